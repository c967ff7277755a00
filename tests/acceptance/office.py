"""A seller's office: all that the tasks of a day do, over real HTTP, in time that passes when told to."""

import re
import time
from contextlib import suppress
from datetime import date, datetime, timedelta
from datetime import time as clock_time

import requests

from bookkeeping.clients.auth import ApiKey, ClientCredentials
from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.clients.elba import ElbaOauthClient, ElbaPublicClient
from bookkeeping.clients.kontur import KonturClient
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.companies import Company
from bookkeeping.day import batches_of, finish, takes
from bookkeeping.errors import OutcomeUnknownError, TransientError
from bookkeeping.extraction import Day, Known, Portal, stage_day
from bookkeeping.ledger import SyncLedger
from bookkeeping.posting import Poster
from bookkeeping.reconciliation import reconcile
from bookkeeping.staging import Staging
from bookkeeping.storage import read_documents, read_shop, write_documents

DAY = date(2026, 10, 3)
A_WHILE = 600.0
"""Seconds between two tries of a task: an unanswered write is over by then, and a dead worker's lease too."""

TRIES = 5
A_MOMENT = 0.005
"""Seconds of real time that any sleep takes: what another thread waits for happens outside of our clock."""


class Sandbox:
    """One sandbox: steered from within, and asked what it holds."""

    def __init__(self, parts, origin):
        self.parts, self.origin = parts, origin

    @property
    def keys(self):
        return self.parts.settings.credentials

    def behaves(self, **profiles):
        self.parts.profiles.update(profiles)

    def breaks(self, fault, path="*", method="POST", **rule):
        silence = {"seconds": 0.05} if fault.startswith("timeout") else {}
        return self.parts.faults.add({"fault": fault, "method": method, "path": path, **silence, **rule})

    def watches(self, path, method="*"):
        """Count the requests to a path, and break none of them."""
        return self.breaks("500", path, method, after=10**9)

    def counters(self):
        return self.parts.counters()

    def asked(self, service):
        return self.counters()["by_book"].get(service, 0)

    def writes(self, service):
        return self.counters()["writes"].get(service, 0)

    def answered(self, status):
        return self.counters()["by_status"].get(status, 0)


def seen(rule):
    return rule.as_dict()["seen"]


class Office:
    """One seller: its settings, its ledger, and its ways to the shop and to the books.

    :ivar naps: how long anybody slept, in seconds of our clock.
    """

    book: str
    base: str
    documents: tuple

    def __init__(self, sandbox, engine, clock, staging, *, secret=None, capabilities=None, **settings):
        self.sandbox, self.clock, self.staging, self.naps = sandbox, clock, staging, []
        self.company = Company.model_validate(self.ordinary() | settings)
        self.ledger = SyncLedger(engine, clock=clock, run="acceptance")
        self.secret, self.capabilities = secret, capabilities

    def ordinary(self):
        return {
            "id": "romashka",
            "title": "ООО «Ромашка»",
            "inn": "7707083893",
            "start_date": "2025-01-01",
            "vat": [{"from": "2019-01-01", "mode": "standard"}],
        }

    def open_books(self):
        raise NotImplementedError

    def sync(self, day=DAY):
        """Do what the tasks of a day do, one after another."""
        end = self._midnight_after(day)
        self._extract(day, end)
        self._transform(end)
        self._post()
        self._pay(end)

    def sync_to_the_end(self, day=DAY):
        """Try again after a while, as Airflow does, as long as a task asks for that."""
        for _ in range(TRIES - 1):
            with suppress(TransientError, OutcomeUnknownError):
                return self.sync(day)
            self.clock.advance(A_WHILE)
        return self.sync(day)

    def sync_days(self, first, count):
        for n in range(count):
            self.sync_to_the_end(first + timedelta(n))

    def reconcile(self, day=DAY):
        """Explain the day that was read last."""
        end = self._midnight_after(day)
        return reconcile(read_shop(self.staging), self.company, day, end, self.ledger, self.open_books())

    def rows(self, collection):
        return self.sandbox.parts.shelf.state()[self.book][collection]

    def marks(self):
        """Return the marks of all that stands in the books, each as often as it stands there."""
        comments = (row.get("comment") or "" for name in self.marked for row in self.rows(name))
        return sorted(mark for comment in comments for mark in re.findall(r"\[b2:[^]]+]", comment))

    def entry(self, key):
        return self.ledger.entry(f"{self.company.id}/{key}")

    def sleep(self, seconds):
        self.naps.append(seconds)
        self.clock.advance(seconds)
        time.sleep(A_MOMENT)

    def poster(self, books=None):
        closed = self.company.closed_through
        return Poster(
            self.company.id,
            books or self.open_books(),
            self.ledger,
            closed_through=closed,
            follows_changes=self.company.on_change == "update",
            wait=600,
            sleep=self.sleep,
        )

    def transport(self, base, auth):
        return Transport(
            self.sandbox.origin + base, auth=auth, timeout=(2, 10), clock=self.clock.time, sleep=self.sleep
        )

    def _extract(self, day, end):
        keys = self.sandbox.keys
        base = f"/rest/{keys.bitrix_user}/{keys.bitrix_webhook}"
        portal = BitrixClient(self.transport(base, Unsigned((keys.bitrix_webhook,))))
        still_open = self.ledger.open_orders(self.company.id, end.date())
        begin = self._midnight_after(day - timedelta(1))
        staging = Staging(self.staging, self.staging / "unfinished")
        stage_day(portal, self.company.shop, Day(begin, end), staging, Known(still_open), Portal())

    def _transform(self, end):
        parts, fits = [read_shop(self.staging)], takes(self.open_books())
        write_documents(self.staging, batches_of(parts, self.company, end, self.ledger, 10**6, fits=fits))

    def _post(self):
        self.poster().post_documents(read_documents(self.staging, 0))

    def _pay(self, end):
        finish(read_shop(self.staging), self.company, end, self.poster())

    def _midnight_after(self, day):
        return datetime.combine(day + timedelta(1), clock_time(), self.company.zone)


class KonturOffice(Office):
    """A seller that keeps its books in Kontur.Accounting."""

    book, base = "kontur", "/budget/v1"
    marked = ("documents", "payments", "refunds")

    def ordinary(self):
        own = {"books": {"system": "kontur"}, "documents": ["bill", "sale", "act"]}
        return super().ordinary() | own

    def open_books(self):
        keys = self.sandbox.keys
        auth = ApiKey("X-Api-Key", self.secret or keys.kontur_api_key)
        return KonturClient(self.transport(self.base, auth), keys.kontur_account, self.capabilities)

    def ask(self, method, path, body=None):
        """Ask the books over HTTP, past our own client."""
        keys = self.sandbox.keys
        url = f"{self.sandbox.origin}{self.base}/accounts/{keys.kontur_account}{path}"
        return requests.request(method, url, json=body, headers={"X-Api-Key": keys.kontur_api_key}, timeout=5)


class ElbaOffice(Office):
    """A seller that keeps its books in Kontur.Elba, behind its first API."""

    book, base = "elba_oauth", "/api/v1"
    marked = ("invoices", "acts")

    def ordinary(self):
        own = {"books": {"system": "elba", "api": "oauth"}, "documents": ["bill", "act"]}
        return super().ordinary() | own

    def open_books(self):
        keys = self.sandbox.keys
        auth = ClientCredentials(
            f"{self.sandbox.origin}/connect/token",
            keys.elba_client_id,
            self.secret or keys.elba_client_secret,
            "elba.api",
            clock=self.clock.time,
            sleep=self.sleep,
        )
        return ElbaOauthClient(self.transport(self.base, auth), self.capabilities)


class ElbaPublicOffice(Office):
    """A seller that keeps its books in Kontur.Elba, behind its public API; sales bear no mark there."""

    book, base = "elba_public", "/v1"
    marked = ("bills", "acts")

    def ordinary(self):
        own = {"books": {"system": "elba", "api": "public"}, "documents": ["bill", "sale", "act"]}
        return super().ordinary() | own | {"vat": [{"from": "2019-01-01", "mode": "none"}]}

    def open_books(self):
        keys = self.sandbox.keys
        auth = ApiKey("X-Kontur-ApiKey", self.secret or keys.elba_api_key)
        account = keys.elba_organization_id, keys.elba_bank_account_id
        return ElbaPublicClient(self.transport(self.base, auth), *account, self.capabilities)


def text_of(ledger_file):
    """Return all that a ledger on SQLite has stored, what is not yet in its main file too."""
    files = ledger_file.parent.glob(f"{ledger_file.name}*")
    return "".join(file.read_bytes().decode(errors="replace") for file in files)
