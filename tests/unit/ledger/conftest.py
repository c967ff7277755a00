"""The ledger promises the same on both of its databases."""

import pytest

from bookkeeping.ledger import Due, open_engine


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request):
    """An empty ledger, once on each database."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres_url")
        yield request.getfixturevalue("postgres_engine")
    else:
        engine = open_engine(request.getfixturevalue("sqlite_url"))
        yield engine
        engine.dispose()


@pytest.fixture(scope="session")
def due():
    """Make a due sale; what is not said is the same for all."""

    def make(key="romashka/sale/7/71", **changes):
        company, kind, order_id, *_ = key.split("/")
        facts = {"company": company, "kind": kind, "order_id": order_id, "due_hash": "first"}
        return Due(key=key, **(facts | changes))

    return make
