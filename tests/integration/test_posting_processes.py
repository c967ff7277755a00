"""Many workers, one ledger, one connection: each document once, and never more requests than are allowed."""

from collections import Counter

import pytest

from sandbox.app import Settings, create_app, serving

DOCUMENTS, WORKERS = 500, 8
LIMITS = {"rate": 100, "burst": 20, "at_once": 2}


@pytest.fixture
def kontur():
    app = create_app(Settings(profiles={f"kontur.{name}": str(value) for name, value in LIMITS.items()}))
    with serving(app) as origin:
        yield origin, app.state.sandbox


def test_eight_processes_that_post_the_same_documents_post_each_once(at_once, kontur, postgres_ledger):
    origin, sandbox = kontur

    counts = at_once("post", WORKERS, postgres_ledger.url, origin=origin, count=DOCUMENTS, **LIMITS)

    numbers = Counter(row["number"] for row in sandbox.shelf.kontur.rows("documents"))
    assert counts == [{"posted": DOCUMENTS}] * WORKERS
    assert (len(numbers), max(numbers.values())) == (DOCUMENTS, 1)
    assert len(sandbox.shelf.kontur.rows("counterparties")) == 1
    assert sandbox.counters()["over_limit"]["kontur"] == 0
