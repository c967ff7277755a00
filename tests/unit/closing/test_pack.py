"""A pack proves what it was, the one after it says what changed, and none is ever lost."""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from html.parser import HTMLParser
from io import BytesIO

import pytest
from openpyxl import load_workbook

from bookkeeping.closing import verify
from bookkeeping.closing.html import MOST_ROWS, render_html
from bookkeeping.closing.seal import manifest_of, sums_of
from bookkeeping.closing.tables import tables
from bookkeeping.domain import DocumentKind, HoldReason
from bookkeeping.outcomes import ForeignRow, Outcome
from bookkeeping.report.xlsx import render_workbook

REPORT = {"reconciliation.html", "reconciliation.xlsx"}
CLOSING = {"closing.html", "closing.xlsx", "orders.json"}
SEAL = {"manifest.json", "manifest.sha256"}
CANARY = """"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}"""
FORMULA = '=HYPERLINK("http://x","y")'


def names(folder):
    return {path.name for path in folder.iterdir() if path.is_file()}


def contents(folder):
    return {name: (folder / name).read_bytes() for name in names(folder)}


def packs(folder):
    return sorted((folder / "packs").iterdir())


def manifest(folder):
    return json.loads((folder / "manifest.json").read_bytes())


def checked_by_coreutils(folder):
    """Return what the ordinary program says of the files, by name."""
    done = subprocess.run(
        ["sha256sum", "-c", "manifest.sha256"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    return dict(line.rsplit(": ", 1) for line in done.stdout.splitlines())


@pytest.fixture
def closed(october, tmp_path):
    """A pack of three orders."""
    october.sold("1001", "1002", "1003")
    october.close(tmp_path)
    return tmp_path


def test_the_pack_lies_beside_the_report_and_is_kept(closed):
    (kept,) = packs(closed)

    assert names(closed) == names(kept) >= REPORT | CLOSING | SEAL
    assert contents(closed) == contents(kept)


def test_the_manifest_names_every_file_with_its_size_and_sum(closed):
    told = manifest(closed)

    files = {file["name"]: (file["size"], file["sha256"]) for file in told["files"]}
    assert files.keys() == names(closed) - SEAL
    for name, known in files.items():
        content = (closed / name).read_bytes()
        assert known == (len(content), hashlib.sha256(content).hexdigest())
    assert (told["company"], told["month"], told["created_at"]) == (
        *("romashka", "2026-10"),
        "2026-11-05T09:00:01+00:00",
    )
    assert told["counts"]["documents"]["sale"] == {"count": 3, "total": "300.00", "vat": "54.09"}
    assert told["previous_manifest_sha256"] is None


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="no sha256sum here")
@pytest.mark.parametrize("name", sorted(REPORT | CLOSING | {"manifest.json"}))
def test_one_changed_byte_is_found_here_and_by_sha256sum(closed, name):
    assert verify(closed) == []
    assert set(checked_by_coreutils(closed).values()) == {"OK"}

    content = bytearray((closed / name).read_bytes())
    content[len(content) // 2] ^= 1
    (closed / name).write_bytes(content)

    assert verify(closed) == [name]
    assert [each for each, said in checked_by_coreutils(closed).items() if said != "OK"] == [name]
    assert verify(packs(closed)[0]) == []


def test_a_file_that_is_gone_is_named(closed):
    (closed / "closing.xlsx").unlink()

    assert verify(closed) == ["closing.xlsx"]


def test_a_line_taken_out_of_the_sums_is_noticed(closed):
    lines = (closed / "manifest.sha256").read_text().splitlines(keepends=True)
    (closed / "manifest.sha256").write_text("".join(line for line in lines if "orders" not in line))
    assert verify(closed) == ["orders.json"]

    (closed / "manifest.sha256").write_text("".join(line for line in lines if "manifest" not in line))
    assert verify(closed) == ["manifest.json"]


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b"\xff\xfe", f"{'0' * 64}  ../x\n".encode()])
def test_sums_that_cannot_be_read_are_named(closed, content):
    (closed / "manifest.sha256").write_bytes(content)

    assert verify(closed) == ["manifest.sha256"]


def test_a_folder_without_a_pack_is_no_pack(tmp_path):
    assert verify(tmp_path) == ["manifest.sha256"]


def told(closing):
    return [(row.kind, row.number, row.field.value, row.before, row.after) for row in closing.changes]


def test_the_next_pack_says_what_changed_since(october, closed):
    changed = replace(
        october.rows["1001"],
        outcome=Outcome.CHANGED_AFTER_POSTING,
        total=Decimal("120.00"),
        difference=Decimal("20.00"),
    )
    october.rows["1001"] = changed
    del october.rows["1002"]
    october.ledger.brought_up("romashka/sale/1003/10031", {"sent_hash": "new", "total": Decimal("99.00")})
    october.order("1004", october.hold("1004", HoldReason.INN_INVALID), outcome=Outcome.HELD)
    closing = october.close(closed)

    assert told(closing) == [
        ("order", "A-1001", "outcome", "matched", "changed_after_posting"),
        ("order", "A-1001", "total", "100.00", "120.00"),
        ("order", "A-1001", "difference", "0.00", "20.00"),
        ("order", "A-1002", "went", "100.00", None),
        ("order", "A-1004", "came", None, "100.00"),
        ("sale", "A-1003", "total", "100.00", "99.00"),
        ("sale", "A-1004", "came", None, "100.00"),
    ]
    page = (closed / "closing.html").read_text(encoding="utf-8")
    assert all(
        text in page for text in ("Что изменилось с прошлого раза", "Изменён после проведения", "Исчез")
    )
    sheet = load_workbook(closed / "closing.xlsx")["Что изменилось с прошлого раза"]
    assert ("Заказ", "A-1001", "Сумма", 100, 120, "1001") in list(sheet.iter_rows(values_only=True))


def test_a_held_document_that_went_through_and_a_cancelled_one_are_told(october, tmp_path, due_of, document):
    october.sold("1002")
    october.order("1001", october.hold("1001", HoldReason.INN_INVALID), outcome=Outcome.HELD)
    october.close(tmp_path)
    october.order("1001", october.post("1001", "100.00"))
    october.ledger.brought_up("romashka/sale/1002/10021", {"sent_hash": ""})
    facts = (DocumentKind.SALE, "A-9", october.rows["1001"].placed_on, "77f0", Decimal(5), "чужой")
    october.facts = {"foreign": (ForeignRow(*facts),)}

    assert told(october.close(tmp_path)) == [
        ("order", "A-1001", "outcome", "held", "matched"),
        ("sale", "A-1001", "status", "held", "posted"),
        ("sale", "A-1001", "reason", "inn_invalid", None),
        ("sale", "A-1002", "status", "posted", "cancelled"),
        ("foreign sale", "A-9", "came", None, "5.00"),
    ]
    page = (tmp_path / "closing.html").read_text(encoding="utf-8")
    assert all(text in page for text in ("отменён в учёте", "ИНН с ошибкой", "Чужой документ: Реализация"))


def test_a_second_time_with_nothing_new_says_so(october, closed):
    closing = october.close(closed)

    assert (closing.changes, closing.previous.damaged) == ((), ())
    assert "ничего не изменилось" in (closed / "closing.html").read_text(encoding="utf-8")


def test_every_pack_stays_as_it_was_and_is_chained_to_the_one_before(october, closed):
    before = contents(packs(closed)[0])
    october.sold("1004")
    october.close(closed)
    october.close(closed)

    kept = packs(closed)
    assert contents(kept[0]) == before
    assert [verify(pack) for pack in (*kept, closed)] == [[], [], [], []]
    sums = [hashlib.sha256((pack / "manifest.json").read_bytes()).hexdigest() for pack in kept]
    assert [manifest(pack)["previous_manifest_sha256"] for pack in kept] == [None, *sums[:2]]
    assert manifest(closed)["previous"] == f"packs/{kept[1].name}"


def test_a_damaged_pack_is_not_compared_with_in_silence(october, closed):
    (packs(closed)[0] / "orders.json").write_text("{}")
    closing = october.close(closed)

    assert (closing.previous.damaged, closing.changes) == (("orders.json",), ())
    assert "Прошлый пакет повреждён" in (closed / "closing.html").read_text(encoding="utf-8")
    assert "ничего не изменилось" not in (closed / "closing.html").read_text(encoding="utf-8")


def resealed(pack, name, content):
    """Write a file of a pack as somebody would who writes the sums anew, too."""
    (pack / name).write_bytes(content)
    files = {path.name: path.read_bytes() for path in pack.iterdir() if path.name not in SEAL}
    (pack / "manifest.json").write_bytes(content if name == "manifest.json" else manifest_of(files, {}))
    files["manifest.json"] = (pack / "manifest.json").read_bytes()
    (pack / "manifest.sha256").write_bytes(sums_of(files))


@pytest.mark.parametrize(
    ("harm", "damaged"),
    [
        (lambda pack: (pack / "manifest.json").unlink(), "manifest.json"),
        (lambda pack: (pack / "orders.json").unlink(), "orders.json"),
        (lambda pack: (pack / "manifest.sha256").write_bytes(b"\xff"), "manifest.sha256"),
        (lambda pack: (pack / "manifest.sha256").write_bytes(f"{'0' * 64}  a\0b\n".encode()), "a\0b"),
        (lambda pack: resealed(pack, "orders.json", b'{"orders": '), "orders.json"),
        (lambda pack: resealed(pack, "orders.json", b'["orders"]'), "orders.json"),
        (lambda pack: resealed(pack, "orders.json", b'{"orders": {"1001": "100.00"}}'), "orders.json"),
        (lambda pack: resealed(pack, "manifest.json", b"{"), "manifest.json"),
        (lambda pack: resealed(pack, "manifest.json", b"[]"), "manifest.json"),
    ],
)
def test_a_damaged_pack_never_keeps_the_next_from_being_made(october, closed, harm, damaged):
    harm(packs(closed)[0])
    october.sold("1004")
    closing = october.close(closed)

    assert damaged in closing.previous.damaged
    assert (closing.previous.is_compared, closing.changes) == (False, ())
    page = (closed / "closing.html").read_text(encoding="utf-8")
    assert all(text in page for text in ("Прошлый пакет повреждён", "сравнить с ним нельзя"))
    assert (len(packs(closed)), verify(closed), verify(packs(closed)[1])) == (2, [], [])


def test_the_next_pack_but_one_compares_again(october, closed):
    (packs(closed)[0] / "manifest.json").unlink()
    assert october.close(closed).previous.manifest_sha256 is None
    assert manifest(closed)["previous_manifest_sha256"] is None

    october.sold("1004")
    assert [change[1] for change in told(october.close(closed))] == ["A-1004", "A-1004"]


def test_what_the_comparison_does_not_need_may_be_damaged(october, closed):
    (packs(closed)[0] / "closing.xlsx").unlink()
    del october.rows["1002"]
    closing = october.close(closed)

    assert (closing.previous.damaged, closing.previous.is_compared) == (("closing.xlsx",), True)
    assert told(closing) == [("order", "A-1002", "went", "100.00", None)]
    assert "Данные для сравнения целы" in (closed / "closing.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["{} - копия", "{}.bak", "old", "Новая папка"])
def test_a_copy_of_a_pack_is_not_taken_for_one(october, closed, name):
    (kept,) = packs(closed)
    shutil.copytree(kept, kept.with_name(name.format(kept.name)))
    closing = october.close(closed)

    assert (closing.previous.damaged, closing.changes) == ((), ())
    assert manifest(closed)["previous"] == f"packs/{kept.name}"


def test_half_a_pack_is_none(october, closed):
    (packs(closed)[0] / "manifest.sha256").unlink()

    assert october.close(closed).previous is None


def test_what_else_the_caller_wrote_is_sealed_too(october, tmp_path):
    october.sold("1001")
    (tmp_path / "export.csv").write_text("заказ;разница\n")
    (tmp_path / ".closing.html.half").write_text("half")
    october.close(tmp_path)

    assert "export.csv" in {file["name"] for file in manifest(tmp_path)["files"]}
    assert names(packs(tmp_path)[0]) == names(tmp_path) - {".closing.html.half"}


def test_the_snapshot_names_no_buyer(october, tmp_path):
    october.order("1001", october.hold("1001", HoldReason.INN_INVALID, "ИНН Кузнецова"), buyer="Кузнецов")
    october.close(tmp_path)

    for name in ("orders.json", "manifest.json"):
        assert "Кузнецов" not in (tmp_path / name).read_text(encoding="utf-8")


@pytest.fixture
def full(october, unpaid, tmp_path):
    """A closing with something in every table."""
    october.close(tmp_path)
    october.sold("1001", "1005")
    october.order("1002", october.hold("1002", HoldReason.INN_INVALID, "ИНН"), outcome=Outcome.HELD)
    october.order("1003", outcome=Outcome.NOT_DUE, explanation="отменён", money=(unpaid,))
    october.record("payment", "1", "3.00")
    october.clock.advance(10)
    facts = (DocumentKind.SALE, "A-1001", october.rows["1001"].placed_on, "77f0", Decimal(5), "чужой")
    october.facts = {"foreign": (ForeignRow(*facts),), "warnings": (("few_orders", "мало"),)}
    closing = october.close(tmp_path)
    assert all(table.rows for table in tables(closing) if table.title != "Проведено поздно"), closing
    return closing


def spoilt(value, text):
    """Put a text into every text of a closing, and of the rows within."""
    if isinstance(value, tuple):
        return tuple(spoilt(part, text) for part in value)
    if type(value) is str:
        return text
    if is_dataclass(value):
        return replace(
            value, **{each.name: spoilt(getattr(value, each.name), text) for each in fields(value)}
        )
    return value


class Page(HTMLParser):
    """What a browser would see: tags, their attributes, and text."""

    def __init__(self, content):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def words_only(closing, text):
    """Spoil all but the sums of changes, which no text can be."""
    return replace(spoilt(closing, text), changes=closing.changes)


def test_what_the_shop_wrote_stays_text(full):
    page = Page(render_html(words_only(full, CANARY)))

    assert (page.tags.count("script"), page.tags.count("img")) == (1, 0)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    policy = next(value for name, value in page.attributes if name == "content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert CANARY in page.text
    assert "49" not in page.text.replace(CANARY, "")


def test_no_text_becomes_a_formula(full):
    book = load_workbook(BytesIO(render_workbook(tables(words_only(full, FORMULA)))))

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == FORMULA]
    assert len(cells) > 20
    assert all((cell.data_type, cell.quotePrefix) == ("s", True) for cell in cells)


def test_the_page_and_the_workbook_say_why_not(full):
    page = Page(render_html(full)).text
    book = load_workbook(BytesIO(render_workbook(tables(full))))

    conclusion = dict(list(book["Вывод"].iter_rows(min_row=2, values_only=True)))
    assert "Нельзя закрывать" in page
    assert conclusion["Вывод"].startswith("Нельзя закрывать: чужой документ: 1 документ")
    assert all(reason in page for reason in full.reasons)


def test_a_long_table_is_cut_on_the_page_and_whole_in_the_workbook(full):
    (row,) = [row for row in full.gaps if row.text.startswith("Документ не нужен")]
    long = replace(full, gaps=(row,) * (MOST_ROWS + 1))

    assert f"Показаны первые {MOST_ROWS} из {MOST_ROWS + 1}" in Page(render_html(long)).text
    book = load_workbook(BytesIO(render_workbook(tables(long))))
    assert book["Номера"].max_row == MOST_ROWS + 2
