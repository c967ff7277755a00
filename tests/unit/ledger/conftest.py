"""The ledger promises the same on both of its databases."""

import pytest

from bookkeeping.ledger import Due


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request):
    """An empty ledger, once on each database."""
    return request.getfixturevalue(f"{request.param}_ledger")


@pytest.fixture(scope="session")
def due():
    """Make a due sale; what is not said is the same for all."""

    def make(key="romashka/sale/7/71", **changes):
        company, kind, order_id, *_ = key.split("/")
        facts = {"company": company, "kind": kind, "order_id": order_id, "due_hash": "first"}
        return Due(key=key, **(facts | changes))

    return make
