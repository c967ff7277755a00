"""Several processes at one ledger at the same moment: run with how many, told on stdin what each shall do."""

import json
import multiprocessing
import sys
import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bookkeeping.clients.auth import ApiKey
from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.clients.kontur import KonturClient
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.companies import Shop
from bookkeeping.domain import (
    Counterparty,
    CounterpartyKind,
    Document,
    DocumentKey,
    DocumentKind,
    DocumentLine,
    VatRate,
)
from bookkeeping.errors import TransientError
from bookkeeping.extraction import read_day
from bookkeeping.ledger import Due, SharedLimit, SyncLedger, open_engine
from bookkeeping.posting import Poster
from sandbox.app import Credentials

BUYER = Counterparty("inn:7707083893:", CounterpartyKind.COMPANY, "ООО «Вектор»", inn="7707083893")

# Forked from this script, which has no threads: only it pays for the imports, and each opens its own ledger.
processes = multiprocessing.get_context("fork")
together = processes.Barrier(int(sys.argv[1]))


def open_(url):
    """Open the ledger as every task does; return the revision that it then has."""
    together.wait()
    with open_engine(url).connect() as connection:
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()


def claim(url, keys):
    """Claim all keys in turn; return those that were won."""
    ledger = SyncLedger(open_engine(url), run="claim")
    together.wait()
    return [key for key in keys if ledger.claim(key)]


def expire(url):
    """Call lapsed attempts unknown; return how many."""
    ledger = SyncLedger(open_engine(url), run="expire")
    together.wait()
    return ledger.expire()


def take(url, rate, burst, seconds):
    """Take places of a shared limit for some seconds; return when this began and when each place came."""
    limit = SharedLimit(open_engine(url), "books", rate=rate, burst=burst)
    together.wait()
    began, came = time.time(), []
    while time.time() < began + seconds:
        with limit():
            came.append(time.time())
    return began, came


def post(url, origin, count, **limits):
    """Post so many documents to Kontur, the same in every process, until all of them stand there."""
    engine = open_engine(url)
    ledger, documents = SyncLedger(engine, run="post"), [sale(n) for n in range(count)]
    ledger.expect(due_of(document) for document in documents)
    keys = Credentials()
    http = Transport(
        f"{origin}/budget/v1",
        auth=ApiKey("X-Api-Key", keys.kontur_api_key),
        limit=SharedLimit(engine, "kontur", **limits),
    )
    poster = Poster("romashka", KonturClient(http, keys.kontur_account), ledger)
    together.wait()
    while True:
        try:
            return poster.post_documents(documents)
        except TransientError:  # some are in other processes' hands
            time.sleep(0.5)


def read(url, origin, sites, seconds, **limits):
    """Read the same day of one site after the other for some seconds; return how many times that was."""
    keys, used = Credentials(), 0
    http = Transport(
        f"{origin}/rest/{keys.bitrix_user}/{keys.bitrix_webhook}",
        auth=Unsigned((keys.bitrix_webhook,)),
        limit=SharedLimit(open_engine(url), "bitrix", **limits),
    )
    start = datetime(2026, 10, 1, tzinfo=ZoneInfo("Europe/Moscow"))
    together.wait()
    until = time.time() + seconds
    while time.time() < until:
        shop = Shop(site=sites[used % len(sites)])
        tables = read_day(BitrixClient(http, at_once=limits["at_once"]), shop, start, start + timedelta(1))
        assert tables["orders"].num_rows
        used += 1
    return used


def sale(number):
    """Make the sale document of an order; all orders are of one buyer."""
    price = Decimal(100 + number)
    line = DocumentLine("Лампа", Decimal(1), "шт", price, price, VatRate.VAT22, VatRate.VAT22.inside(price))
    key = DocumentKey("romashka", DocumentKind.SALE, str(number + 1), str(number + 1))
    return Document(key, f"A-{number}", date(2026, 10, 3), BUYER, (line,), f"A-{number}")


def due_of(document):
    """Say what the ledger is told of a document."""
    key = document.key
    return Due(
        str(key),
        key.company,
        key.kind,
        key.order_id,
        key.shipment_id,
        number=document.number,
        dated_on=document.issued_on,
        total=document.total,
        due_hash=document.content_hash,
    )


JOBS = {"open": open_, "claim": claim, "expire": expire, "take": take, "post": post, "read": read}


def main():
    asked = json.load(sys.stdin)
    with processes.Pool(together.parties) as pool:
        pending = [
            pool.apply_async(JOBS[asked["job"]], [asked["url"]], asked["arguments"])
            for _ in range(together.parties)
        ]
        json.dump([each.get() for each in pending], sys.stdout)


if __name__ == "__main__":
    main()
