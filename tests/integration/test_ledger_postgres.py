"""Real processes at one ledger: the database alone decides who writes, how often, and how fast."""

import threading
from collections import Counter
from itertools import chain

import pytest
import sqlalchemy as sa

from bookkeeping.domain import Status
from bookkeeping.errors import TransientError
from bookkeeping.ledger import SyncLedger, open_engine
from bookkeeping.ledger.engine import _newest
from bookkeeping.ledger.ledger import LEASE
from bookkeeping.posting import Poster

RATE, BURST, SECONDS, WORKERS = 50, 5, 2, 4
LATE = 0.002
"""A sleep may end this much too early by the clock on the wall."""


@pytest.fixture(params=["postgres", "sqlite"])
def engine(request):
    """An empty ledger, once on each database."""
    return request.getfixturevalue(f"{request.param}_ledger")


@pytest.fixture
def url(engine):
    return engine.url


def test_processes_that_all_find_an_empty_database_make_it_ready_once(at_once, empty_postgres_url):
    assert at_once("open", 6, empty_postgres_url) == [[_newest()]] * 6


def test_processes_that_all_find_no_file_make_it_ready_once(at_once, tmp_path):
    url = sa.URL.create("sqlite", database=str(tmp_path / "new" / "ledger.db"))

    assert at_once("open", 6, url) == [[_newest()]] * 6


def test_of_eight_processes_exactly_one_wins_each_key(at_once, url, ledger, due_of, document):
    dues = [due_of(document(str(n))) for n in range(50)]
    ledger.expect(dues)

    won = at_once("claim", 8, url, keys=[due.key for due in dues])

    assert Counter(chain(*won)) == Counter(due.key for due in dues)
    assert {entry.status for entry in ledger.of_company("romashka")} == {Status.IN_FLIGHT}


def test_processes_that_all_find_dead_attempts_count_each_once(at_once, url, ledger, clock, due_of, document):
    clock.advance(-2 * LEASE.total_seconds() - 365 * 24 * 3600)
    dues = [due_of(document(str(n))) for n in range(60)]
    ledger.expect(dues)
    for due in dues:
        ledger.claim(due.key)

    counts = at_once("expire", 4, url)

    assert sum(counts) == 60
    assert {entry.status for entry in ledger.of_company("romashka")} == {Status.UNKNOWN}


@pytest.mark.alone
def test_processes_together_use_a_shared_limit_and_never_exceed_it(at_once, url):
    began, taken = zip(*at_once("take", WORKERS, url, rate=RATE, burst=BURST, seconds=SECONDS), strict=True)

    came = sorted(chain(*taken))
    too_early = [n for n, at in enumerate(came, 1) if at - min(began) < (n - BURST) / RATE - LATE]
    assert too_early == []
    assert len(came) >= 0.9 * RATE * SECONDS
    assert min(map(len, taken)) > len(came) / WORKERS / 3, "a process starved"


def test_posters_at_once_make_one_document_a_key_and_one_counterparty_a_buyer(
    url, ledger, books, document, due_of, person_buyer
):
    documents = [document(str(n)) for n in range(6)]
    documents += [document(str(n), counterparty=person_buyer) for n in range(6, 12)]
    ledger.expect(map(due_of, documents))
    together = threading.Barrier(3)

    def work():
        engine = open_engine(url)
        poster = Poster("romashka", books, SyncLedger(engine), wait=1000, sleep=lambda _: None)
        together.wait()
        tries = iter(range(1000))
        while next(tries) < 999 and not finished(poster):
            pass
        engine.dispose()

    def finished(poster):
        try:
            return poster.post_documents(documents) == {Status.POSTED: 12}
        except TransientError:  # another poster holds one of them: Airflow would try again
            return False

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(books.marks) == sorted(document.key.mark for document in documents)
    assert sorted(each.key for _, each in books.counterparties) == ["inn:7707083893:", "person:5f2c"]
    assert {entry.status for entry in ledger.of_company("romashka")} == {Status.POSTED}
