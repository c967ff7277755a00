"""What any test may ask for: a clock, a fresh ledger, a real PostgreSQL, several processes, fake books."""

import json
import secrets
import shutil
import subprocess
import sys
from collections import deque
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from bookkeeping.domain import (
    BillNews,
    BookDocument,
    Capability,
    Counterparty,
    CounterpartyKind,
    Document,
    DocumentKey,
    DocumentKind,
    DocumentLine,
    HoldReason,
    VatRate,
)
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, RejectedError, TransientError
from bookkeeping.ledger import Due, SyncLedger, open_engine
from bookkeeping.ledger.tables import metadata
from local_airflow.postgres import ROLE, Postgres

settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("thorough", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile("repeatable")

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


class VirtualClock:
    """Time that passes only when told to."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now

    def time(self):
        return self.now.timestamp()

    def advance(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    """A SQLite ledger with nothing in it, made once: copying it is quicker than making another."""
    path = tmp_path_factory.mktemp("ledger") / "migrated.db"
    open_engine(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory):
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('ledger')}/ledger.db")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory):
    """A PostgreSQL of the session's own; yields the address of its first database, which nobody uses."""
    folder = tmp_path_factory.mktemp("postgres")
    server = Postgres(folder / "data", password := secrets.token_hex(8))
    server.start()
    url = sa.URL.create("postgresql+psycopg2", ROLE, password, "127.0.0.1", server.port, "postgres")
    command(url, "ALTER SYSTEM SET fsync = off")  # nothing here has to survive a power cut
    command(url, "SELECT pg_reload_conf()")
    yield url
    server.stop()
    shutil.rmtree(folder)


def command(url, statement):
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


@pytest.fixture
def empty_postgres_url(postgres_server):
    """The address of a database on PostgreSQL in which nothing has ever been made."""
    command(postgres_server, "DROP DATABASE IF EXISTS empty WITH (FORCE)")
    command(postgres_server, "CREATE DATABASE empty")
    return postgres_server.set(database="empty")


@pytest.fixture(scope="session")
def postgres_engine(postgres_server):
    engine = open_engine(postgres_server.set(database="ledger"))
    yield engine
    engine.dispose()


def emptied(engine):
    """Forget what the test before has left: making tables anew would take longer than most tests."""
    with engine.begin() as tx:
        if engine.dialect.name == "postgresql":
            tx.exec_driver_sql(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY")
        else:
            empty_sqlite(tx)
    return engine


def empty_sqlite(tx):
    """The guards let nothing be forgotten, so they step aside for a moment."""
    guards = tx.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _ in guards:
        tx.exec_driver_sql(f"DROP TRIGGER {name}")
    for table in metadata.sorted_tables:
        tx.execute(table.delete())
    for _, statement in guards:
        tx.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def empty():
    return emptied


@pytest.fixture
def sqlite_ledger(sqlite_engine):
    return emptied(sqlite_engine)


@pytest.fixture
def postgres_ledger(postgres_engine):
    return emptied(postgres_engine)


@pytest.fixture
def engine(sqlite_ledger):
    """An empty ledger on SQLite; a folder of tests that needs both databases asks for both."""
    return sqlite_ledger


@pytest.fixture
def ledger(engine, clock):
    return SyncLedger(engine, clock=clock, run="test")


@pytest.fixture(scope="session")
def at_once():
    """Let several real processes do one job on one ledger at once; return what each of them did."""
    script = Path(__file__).with_name("processes.py")

    def run(job, workers, url, **arguments):
        asked = {"job": job, "url": url.render_as_string(hide_password=False), "arguments": arguments}
        done = subprocess.run(
            [sys.executable, script, str(workers)],
            check=True,
            input=json.dumps(asked),
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
        )
        return json.loads(done.stdout)

    return run


class Ending(Enum):
    """How a write into the fake books ends."""

    DONE = auto()
    LOST = auto()
    """It is done, and the answer never comes."""
    VANISHED = auto()
    """It is not done, and no answer comes either."""
    LATE = auto()
    """No answer comes, and it is done a minute later."""
    BUSY = auto()
    REFUSED = auto()
    FORBIDDEN = auto()
    KILLED_BEFORE = auto()
    """The worker dies, and nothing was sent."""
    KILLED_AFTER = auto()
    """The worker dies, and it is done."""


class Killed(BaseException):
    """What SIGKILL does to a worker: nobody catches it and nothing is tidied up."""


LANDS = {Ending.DONE, Ending.LOST, Ending.KILLED_AFTER}
TAKES_A_MINUTE = timedelta(seconds=60)
FAILURES = {
    Ending.LOST: lambda: OutcomeUnknownError("no answer"),
    Ending.VANISHED: lambda: OutcomeUnknownError("no answer"),
    Ending.LATE: lambda: OutcomeUnknownError("no answer"),
    Ending.BUSY: lambda: TransientError("too many requests", retry_after=7),
    Ending.REFUSED: lambda: RejectedError("ошибка в строке 1", reason=HoldReason.REJECTED_BY_BOOKS),
    Ending.FORBIDDEN: lambda: MisconfiguredError("the key is wrong"),
    Ending.KILLED_BEFORE: Killed,
    Ending.KILLED_AFTER: Killed,
}


class FakeBooks:
    """Books in memory, the double of `AccountingBackend`: each write ends as the next of ``endings`` says.

    :ivar meanwhile: called once, while the next write is under way: what another worker does then.
    """

    system = "fake"
    vat_rates = frozenset(VatRate)
    max_lines = 1000
    at_once = 1
    numbers_itself = frozenset()

    def __init__(self, clock, *without):
        self.capabilities = frozenset(Capability) - set(without)
        self.documents, self.counterparties, self.money, self.news = [], [], [], []
        self.endings, self.late, self.meanwhile = deque(), [], None
        self.writes, self.looks = [], []
        self._clock, self._ids = clock, count(1)

    @property
    def marks(self):
        return [document.comment for document in self.documents]

    def check(self):
        return "nobody's books"

    def find_counterparty(self, counterparty):
        assert counterparty.inn, "a counterparty without an INN must never be searched"
        self._look("counterparty")
        known = [id_ for id_, each in self.counterparties if each.inn == counterparty.inn]
        return known[0] if known else None

    def create_counterparty(self, counterparty):
        id_ = f"buyer-{next(self._ids)}"
        return self._write(counterparty.key, id_, lambda: self.counterparties.append((id_, counterparty)))

    def create_document(self, document, counterparty_id):
        shown = self.shown(document, counterparty_id)
        if any(each.number == shown.number and each.comment != shown.comment for each in self.documents):
            raise RejectedError(f"номер {document.number} занят", reason=HoldReason.NUMBER_TAKEN)
        return self._write(document.key.mark, shown.external_id, lambda: self.documents.append(shown))

    def shown(self, document, counterparty_id="buyer", **changes):
        """Return a document as these books show it."""
        facts = {
            "kind": document.key.kind,
            "external_id": f"document-{next(self._ids)}",
            "number": document.number,
            "issued_on": document.issued_on,
            "counterparty_id": counterparty_id,
            "comment": document.key.mark,
            "total": document.total,
        }
        return BookDocument(**(facts | changes))

    def look_up(self, kind, number, sent_on):
        assert Capability.SEARCH_DOCUMENTS in self.capabilities
        self._look(number)
        same = (kind, number, sent_on.year)
        return [d for d in self.documents if (d.kind, d.number, d.issued_on.year) == same]

    def update_document(self, document, external_id, counterparty_id):
        shown = replace(self.shown(document, counterparty_id), external_id=external_id)
        self._write(f"update {document.key.mark}", external_id, lambda: self._swap(external_id, shown))

    def cancel_document(self, kind, external_id):
        shown = replace(self.read_document(kind, external_id), status="cancelled")
        self._write(f"cancel {shown.comment}", external_id, lambda: self._swap(external_id, shown))

    def _swap(self, external_id, shown):
        self.documents = [shown if d.external_id == external_id else d for d in self.documents]

    def read_news(self, offset):
        assert Capability.NEWS in self.capabilities
        return [BillNews(n, id_, None, None, "") for n, id_ in enumerate(self.news) if n >= offset]

    def read_back(self, document, external_id):
        pass

    def list_documents(self, kind, first_day, last_day):
        assert Capability.SEARCH_DOCUMENTS in self.capabilities
        self._look(kind.value)
        return [d for d in self.documents if d.kind is kind and first_day <= d.issued_on <= last_day]

    def read_document(self, kind, external_id):
        return next((d for d in self.documents if (d.kind, d.external_id) == (kind, external_id)), None)

    def record_money(self, record, external_id):
        id_ = f"money-{next(self._ids)}"
        return self._write(record.key.mark, id_, lambda: self.money.append((id_, external_id, record)))

    def find_money(self, record, external_id):
        assert Capability.PAYMENTS_LIST in self.capabilities
        self._look(record.key.mark)
        known = [id_ for id_, on, each in self.money if (on, each.key) == (external_id, record.key)]
        return known[0] if known else None

    def _look(self, what):
        self.looks.append(what)
        self._land_what_is_late()

    def _land_what_is_late(self):
        arrived = [land for at, land in self.late if at <= self._clock()]
        self.late = [(at, land) for at, land in self.late if at > self._clock()]
        for land in arrived:
            land()

    def _write(self, what, id_, land):
        self._land_what_is_late()
        self.writes.append(what)
        ending = self.endings.popleft() if self.endings else Ending.DONE
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        if ending in LANDS:
            land()
        if ending is Ending.LATE:
            self.late.append((self._clock() + TAKES_A_MINUTE, land))
        if ending in FAILURES:
            failure = FAILURES[ending]()
            raise failure
        return id_


@pytest.fixture
def new_books(clock):
    """Make books that can do everything but what is named."""
    return lambda *without: FakeBooks(clock, *without)


@pytest.fixture
def books(new_books):
    return new_books()


@pytest.fixture(scope="session")
def endings():
    return Ending


@pytest.fixture(scope="session")
def killed():
    return Killed


COMPANY = Counterparty("inn:7707083893:", CounterpartyKind.COMPANY, "ООО «Вектор»", inn="7707083893")
PERSON = Counterparty("person:5f2c", CounterpartyKind.INDIVIDUAL, "Пётр Кузнецов")


@pytest.fixture(scope="session")
def company_buyer():
    return COMPANY


@pytest.fixture(scope="session")
def person_buyer():
    return PERSON


def make_document(order_id="7", *, kind=DocumentKind.SALE, price="990.00", **changes):
    """Make a document of one line; what is not said is the same for all."""
    total = Decimal(price)
    line = DocumentLine("Лампа", Decimal(1), "шт", total, total, VatRate.VAT22, VatRate.VAT22.inside(total))
    facts = {
        "key": DocumentKey("romashka", kind, order_id, "" if kind is DocumentKind.BILL else f"{order_id}1"),
        "number": f"A-{order_id}",
        "issued_on": date(2026, 10, 3),
        "counterparty": COMPANY,
        "lines": (line,),
        "order_number": f"A-{order_id}",
    }
    return Document(**(facts | changes))


@pytest.fixture(scope="session")
def document():
    return make_document


@pytest.fixture(scope="session")
def due_of():
    """Say what the ledger is told of a document."""

    def due(document, **changes):
        facts = {
            "key": str(document.key),
            "company": document.key.company,
            "kind": document.key.kind.value,
            "order_id": document.key.order_id,
            "shipment_id": document.key.shipment_id,
            "counterparty_key": document.counterparty.key,
            "number": document.number,
            "dated_on": document.issued_on,
            "total": document.total,
            "vat": document.vat,
            "due_hash": document.content_hash,
        }
        return Due(**(facts | changes))

    return due
