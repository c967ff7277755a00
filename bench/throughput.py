"""How much of the books' limit posting uses, and how many requests a document costs, at several rates."""

import multiprocessing
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import requests
import sqlalchemy as sa

from bookkeeping.clients.auth import ApiKey
from bookkeeping.clients.kontur import KonturClient
from bookkeeping.clients.transport import Transport
from bookkeeping.domain import (
    Counterparty,
    CounterpartyKind,
    Document,
    DocumentKey,
    DocumentKind,
    DocumentLine,
    VatRate,
)
from bookkeeping.ledger import Due, SharedLimit, SyncLedger, open_engine
from bookkeeping.posting import Poster
from local_airflow.postgres import ROLE, Postgres
from sandbox.app import Credentials, Settings, create_app, serving

RATES, BURST, AT_ONCE, SECONDS = (5, 20, 100), 10, 2, 20
BATCH = 100
BUYER = Counterparty("inn:7707083893:", CounterpartyKind.COMPANY, "ООО «Вектор»", inn="7707083893")


def main() -> None:
    """Measure each rate with a fresh sandbox and a fresh ledger on PostgreSQL."""
    print(f"Kontur, burst {BURST}, {AT_ONCE} requests at once, one task, {SECONDS} s at each rate")
    print("rate  documents  seconds  documents/s  of the limit  requests/document  refused")
    for rate in RATES:
        with sandbox(rate) as origin, ledger_url() as url:
            print(measure(rate, origin, url), flush=True)


def measure(rate: int, origin: str, url: sa.URL) -> str:
    """Post for some seconds, buyers known; return a line of the table."""
    engine = open_engine(url)
    poster = Poster("romashka", client(origin, engine, rate), SyncLedger(engine))
    poster.counterparty_id(BUYER)
    documents = [sale(number) for number in range(rate * SECONDS)]
    poster.ledger.expect(map(due_of, documents))
    time.sleep(BURST / rate)  # every rate begins with a full burst
    before, began = counters(origin), time.monotonic()
    for start in range(0, len(documents), BATCH):
        poster.post_documents(documents[start : start + BATCH])
    seconds, after = time.monotonic() - began, counters(origin)
    asked, refused = (after[name] - before[name] for name in ("requests", "refused"))
    share = (asked - BURST) / seconds / rate
    engine.dispose()
    return (
        f"{rate:4}  {len(documents):9}  {seconds:7.1f}  {len(documents) / seconds:11.1f}  {share:12.0%}  "
        f"{asked / len(documents):17.3f}  {refused:7}"
    )


def client(origin: str, engine: sa.Engine, rate: int) -> KonturClient:
    """Open Kontur through the limit that all workers share."""
    keys = Credentials()
    limit = SharedLimit(engine, "kontur", rate=rate, burst=BURST, at_once=AT_ONCE)
    auth = ApiKey("X-Api-Key", keys.kontur_api_key)
    return KonturClient(Transport(f"{origin}/budget/v1", auth=auth, limit=limit), keys.kontur_account)


def counters(origin: str) -> dict[str, int]:
    """Ask the sandbox what came, and what it refused."""
    state = requests.get(f"{origin}/_sandbox/state", timeout=10).json()["counters"]
    return {"requests": state["requests"], "refused": state["over_limit"]["kontur"]}


def sandbox(rate: int) -> AbstractContextManager[str]:
    """Serve the books from a process of their own."""
    return serving_apart(serve, rate)


@contextmanager
def serving_apart(serve: Callable[..., None], *arguments: object) -> Iterator[str]:
    """Let a process of its own serve; return the address that it announces through its last argument."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(*arguments, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def serve(rate: int, announce: "multiprocessing.connection.Connection") -> None:
    """Serve until terminated."""
    profiles = {"kontur.rate": rate, "kontur.burst": BURST, "kontur.at_once": AT_ONCE}
    with serving(create_app(Settings(days=1, orders_per_day=1, profiles=profiles))) as origin:
        announce.send(origin)
        time.sleep(3600)


@contextmanager
def ledger_url() -> Iterator[sa.URL]:
    """Start a PostgreSQL of its own, as careful as a real one."""
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder) / "data", password := secrets.token_hex(8))
        server.start()
        try:
            url = sa.URL.create("postgresql+psycopg2", ROLE, password, "127.0.0.1", server.port, "ledger")
            yield url
        finally:
            server.stop()


def sale(number: int) -> Document:
    """Make the sale document of an order."""
    price = Decimal(100 + number % 900)
    line = DocumentLine("Лампа", Decimal(1), "шт", price, price, VatRate.VAT22, VatRate.VAT22.inside(price))
    key = DocumentKey("romashka", DocumentKind.SALE, str(number + 1), str(number + 1))
    return Document(key, f"A-{number}", date(2026, 10, 3), BUYER, (line,), f"A-{number}")


def due_of(document: Document) -> Due:
    """Say what the ledger is told of a document."""
    key, total = document.key, document.total
    return Due(
        str(key), key.company, key.kind, key.order_id, dated_on=document.issued_on, total=total,
        due_hash=document.content_hash,
    )  # fmt: skip


if __name__ == "__main__":
    main()
