"""What reconciling many orders in one task costs: seconds and memory, for days of several sizes."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from throughput import ledger_url, serving_apart
from transform.day import BEFORE, DAY, LINES_PER_ORDER, OWNER, stage

from bookkeeping.clients.auth import ApiKey
from bookkeeping.clients.kontur import KonturClient
from bookkeeping.clients.transport import Transport
from bookkeeping.domain import DocumentKind, MoneyRecord, Status
from bookkeeping.due import COUNTERPARTY, to_due
from bookkeeping.ledger import Due, SyncLedger, open_engine
from bookkeeping.ledger.tables import entries
from bookkeeping.reconciliation import explain
from bookkeeping.report import summary, write_report
from bookkeeping.storage import read_parts
from bookkeeping.transforms.documents import due_documents
from bookkeeping.transforms.payments import Posted, payments_of, spread
from sandbox.app import Credentials, Settings, create_app, serving

if TYPE_CHECKING:
    import multiprocessing
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from bookkeeping.domain import Document
    from bookkeeping.transforms.building import DueDocument
    from sandbox.books.book import Book

SIZES = (5_000, 20_000, 50_000)
FOLDER = Path(".bench/reconcile")
AT_A_TIME = 2_000
PATHS = {DocumentKind.BILL: "bill", DocumentKind.SALE: "saleinvoice", DocumentKind.ACT: "act"}


def main() -> None:
    """Measure each size with books and a ledger of its own, in which all of it stands."""
    print("Every order of one day explained in one task, with its report; Kontur's documents listed by 500")
    print("orders  documents  matched  explain, s  report, s  of it CPU, s  peak, MB")
    for orders in SIZES:
        folder = FOLDER / str(orders)
        stage(folder, orders * LINES_PER_ORDER)
        with books(folder) as origin, ledger_url() as url:
            documents = fill(SyncLedger(open_engine(url)), folder)
            print(line(orders, documents, measured(folder, url, origin)), flush=True)


def measured(folder: Path, url: sa.URL, origin: str) -> dict[str, Any]:
    """Reconcile in a process of its own, as a task does."""
    hidden = url.render_as_string(hide_password=False)
    told = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, __file__, str(folder), hidden, origin], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def line(orders: int, documents: int, found: dict[str, Any]) -> str:
    """Return a line of the table."""
    return (
        f"{orders:6}  {documents:9}  {found['matched']:7}  {found['explain']:10.1f}  "
        f"{found['report']:9.1f}  {found['cpu']:12.1f}  {found['peak_mb']:8.0f}"
    )


def reconcile(folder: Path, url: str, origin: str) -> None:
    """Do what the task does, and print what it cost as JSON."""
    ledger, began = SyncLedger(open_engine(url)), time.monotonic()
    told = explain(read_parts(folder), OWNER, (DAY, DAY), BEFORE, ledger, client(origin))
    explained = time.monotonic()
    write_report(told, folder / "report")
    used = resource.getrusage(resource.RUSAGE_SELF)
    outcomes = summary(told)["outcomes"]
    print(
        json.dumps(
            {
                "explain": explained - began,
                "report": time.monotonic() - explained,
                "cpu": used.ru_utime + used.ru_stime,
                "peak_mb": used.ru_maxrss / 1024,
                "matched": outcomes["matched"]["count"],
            }
        )
    )


def client(origin: str) -> KonturClient:
    """Open the books without a limit: what is measured is our own work."""
    keys = Credentials()
    auth = ApiKey("X-Api-Key", keys.kontur_api_key)
    return KonturClient(Transport(f"{origin}/budget/v1", auth=auth), keys.kontur_account)


def fill(ledger: SyncLedger, folder: Path) -> int:
    """Let the ledger know that all of the day was posted and paid; return how many documents."""
    buyers, documents = dict[str, dict[str, Any]](), 0
    for due, money in days_work(folder):
        buyers |= {item.document.counterparty.key: buyer_row(item.document) for item in due}
        rows = [row(to_due(item), "" if item.reason else external_id(item.document)) for item in due]
        insert(ledger, [*rows, *(row(money_due(record), f"id {record.key}") for record in money)])
        documents += len(due)
    insert(ledger, list(buyers.values()))
    return documents


def days_work(folder: Path) -> Iterator[tuple[list[DueDocument], list[MoneyRecord]]]:
    """Yield the parts of a day with what they ask for, as it was posted and paid."""
    for shop in read_parts(folder):
        due = list(due_documents(shop, OWNER, BEFORE))
        posted = [posted_as(item.document) for item in due if not item.reason]
        payable = [each for each in posted if each.key.kind is not DocumentKind.BILL]
        yield due, spread(payments_of(shop, OWNER.zone, BEFORE), payable)


def posted_as(document: Document) -> Posted:
    """Return a document as something that takes money."""
    return Posted(document.key, document.issued_on, document.total, document.order_number, {})


def external_id(document: Document) -> str:
    """Return the id of a document in the books."""
    return "-".join(document.key.path)


def buyer_row(document: Document) -> dict[str, Any]:
    """Return the ledger's row of a buyer."""
    buyer = document.counterparty
    key = f"{OWNER.id}/counterparty/{buyer.digest}"
    return row(Due(key, OWNER.id, COUNTERPARTY, counterparty_key=buyer.key), buyer.digest)


def money_due(record: MoneyRecord) -> Due:
    """Return what the ledger is told of money."""
    return Due(
        str(record.key),
        OWNER.id,
        record.key.kind,
        order_id=record.order_id,
        payment_id=record.key.payment_id,
        document_key=str(record.key.document),
        number=record.order_number,
        dated_on=record.paid_on,
        total=record.amount,
        due_hash=record.content_hash,
    )


def row(due: Due, id_: str) -> dict[str, Any]:
    """Return the ledger's row of a write that is in the books, or held."""
    status = Status.HELD if due.reason else Status.POSTED
    times = dict.fromkeys(("created_at", "updated_at"), BEFORE)
    sent = {"sent_hash": "" if due.reason else due.due_hash, "external_id": None if due.reason else id_}
    return {**asdict(due), "status": status, **sent, **times}


def insert(ledger: SyncLedger, rows: list[dict[str, Any]]) -> None:
    """Put rows into the ledger."""
    with ledger.engine.begin() as tx:
        for start in range(0, len(rows), AT_A_TIME):
            tx.execute(sa.insert(entries), rows[start : start + AT_A_TIME])


def books(folder: Path) -> AbstractContextManager[str]:
    """Serve books in which the day stands, from a process of their own."""
    return serving_apart(serve, folder)


def serve(folder: Path, announce: multiprocessing.connection.Connection) -> None:
    """Serve until terminated."""
    app = create_app(Settings(days=0, limits=False))
    plant(app.state.sandbox.shelf.books["kontur"], folder)
    with serving(app) as origin:
        announce.send(origin)
        time.sleep(3600)


def plant(book: Book, folder: Path) -> None:
    """Let the day's documents and money stand in the books."""
    for due, money in days_work(folder):
        for item in due:
            if not item.reason:
                book.add("documents", document_row(item.document))
        for paid in payment_rows(money):
            book.add("payments", paid)


def document_row(document: Document) -> dict[str, Any]:
    """Return a document as the books keep it, without its lines, which no list needs here."""
    return {
        "id": external_id(document),
        "kind": PATHS[document.key.kind],
        "status": "posted",
        "version": 1,
        "date": document.issued_on.isoformat(),
        "number": document.number,
        "counterpartyId": document.counterparty.digest,
        "items": [],
        "totalAmount": document.total,
        "vatAmount": document.vat,
        "comment": document.key.mark,
    }


def payment_rows(money: Iterable[MoneyRecord]) -> Iterator[dict[str, Any]]:
    """Yield money as the books keep it."""
    for record in money:
        document_id = "-".join(record.key.document.path)
        yield {"documentId": document_id, "amount": record.amount, "comment": record.key.mark}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        reconcile(Path(sys.argv[1]), *sys.argv[2:])
    else:
        main()
