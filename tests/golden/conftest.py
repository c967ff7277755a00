"""`make golden` writes the files anew before anything is compared with them."""

import pytest
from tests.golden.books import becomes, to_text
from tests.golden.shop import FILES, FOLDER


def pytest_addoption(parser):
    parser.addoption("--rewrite-golden", action="store_true", help="write the golden files anew")


@pytest.fixture(scope="session", autouse=True)
def rewritten(request):
    """Write what the orders become now, and forget what belongs to no order; only if asked to."""
    if not request.config.getoption("--rewrite-golden", default=False):
        return
    for path in (FOLDER / "orders").rglob("*.json"):
        path.unlink()
    for name, path in FILES.items():
        path.with_suffix(".json").write_text(to_text(becomes(name)), encoding="utf-8")
