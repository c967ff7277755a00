"""Orders and what becomes of them in the three books, to the letter; `make golden` writes it anew."""

from collections import Counter
from difflib import unified_diff

import pytest
from tests.golden.books import becomes, to_text
from tests.golden.shop import CASES, FILES, FOLDER


@pytest.mark.parametrize("name", CASES)
def test_an_order_becomes_what_its_golden_file_says(name):
    golden, now = FILES[name].with_suffix(".json"), to_text(becomes(name))
    then = golden.read_text(encoding="utf-8") if golden.exists() else ""

    if then != now:
        changes = unified_diff(then.splitlines(), now.splitlines(), f"{name}.json", "now", lineterm="", n=8)
        pytest.fail("\n".join([CASES[name]["title"], *changes]), pytrace=False)


def test_every_golden_file_belongs_to_an_order_and_every_order_has_one():
    files = {path.with_suffix("") for path in (FOLDER / "orders").rglob("*.json")}

    assert files == {path.with_suffix("") for path in FILES.values()}


def test_every_case_has_a_title_and_every_order_an_id_of_its_own():
    titles = Counter(case["title"] for case in CASES.values())
    ids = Counter(order["id"] for case in CASES.values() for order in case["orders"])

    assert [text for text, times in (titles + ids).items() if times > 1] == []
