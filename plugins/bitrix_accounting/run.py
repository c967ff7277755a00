"""One task's view of its run: whose day it is, where its files lie, and the way to shop, books and ledger."""

import hashlib
import logging
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from airflow.sdk import ObjectStoragePath, get_current_context

from bitrix_accounting.hooks.elba import ElbaHook
from bitrix_accounting.hooks.kontur import KonturHook
from bitrix_accounting.hooks.ledger import SyncLedgerHook
from bitrix_accounting.period import BusinessDay, asked_orders, business_day, is_plan
from bitrix_accounting.postponing import LONGEST
from bookkeeping.companies import Company, companies_file, load_companies
from bookkeeping.day import batches_of, poster_for, takes
from bookkeeping.domain import DAY, AccountingBackend, Document
from bookkeeping.due import DOCUMENTS
from bookkeeping.errors import MisconfiguredError
from bookkeeping.extraction import Day, Known
from bookkeeping.ledger import ShopMemory, SyncLedger
from bookkeeping.ledger.address import airflow_home
from bookkeeping.posting import Poster
from bookkeeping.storage import (
    newest_extraction,
    read_parts,
    read_shop,
)
from bookkeeping.transforms.columns import SCHEMAS
from bookkeeping.transforms.payments import Payment, payments_of

log = logging.getLogger(__name__)

NAMED = "%Y%m%dT%H%M%S%f"
"""How the folder of an extraction is named after its moment, in UTC."""

ON_ITS_WAY = 19
"""Days that the money of a day of cards needs at most, over the New Year, and those told again as late."""

FRESH = timedelta(hours=12)
"""Longer than a run with all its retries takes; then a cleared task reads the shop anew."""


@dataclass(frozen=True)
class Run:
    """One task's view of its run: whose day it is, and where its files lie.

    :ivar orders: the ids of the orders to which it is limited; none if it is about its whole day.
    :ivar plan_only: whether it only says what it would do.
    """

    company: Company
    day: BusinessDay
    ledger: SyncLedger
    run_id: str
    was_cleared: bool = False
    orders: tuple[str, ...] = ()
    plan_only: bool = False

    @classmethod
    def of(cls, company_id: str) -> "Run":
        """Return the run that the present task belongs to.

        :raises MisconfiguredError: the companies file no longer knows the company.
        """
        context: Any = get_current_context()
        company = company_of(company_id)
        instance = context["ti"]
        name = f"{instance.dag_id} {instance.run_id} {instance.task_id} try {instance.try_number}"
        ledger = SyncLedgerHook().get_ledger(name)
        day, cleared = business_day(context, company.zone), bool(context["dag_run"].clear_number)
        orders, plans = asked_orders(context), is_plan(context)
        return cls(company, day, ledger, instance.run_id, cleared, orders, plans)

    @property
    def staging(self) -> ObjectStoragePath:
        """The day's folder, with one for each extraction: two runs at once never mix their files."""
        return self._staging_of(self.day.name)

    def _staging_of(self, name: str) -> ObjectStoragePath:
        return _folder("STAGING_PATH", "staging") / self.company.id / name

    def new_extraction(self) -> ObjectStoragePath:
        """Return a folder for this extraction; a later one's name sorts after it.

        A plan's, or that of a few orders, lies apart: it is never taken for the day as it was posted.
        """
        of_day = self.staging / "apart" if self.is_apart else self.staging
        return of_day / f"{datetime.now(UTC):{NAMED}}-{self._digest}"

    @property
    def is_apart(self) -> bool:
        """Whether what it reads is not the day as it went into the books."""
        return self.plan_only or bool(self.orders)

    @property
    def reads(self) -> Day:
        """The time whose events it looks for; to orders that were asked for nothing has to have happened."""
        return Day(self.day.end if self.orders else self.day.start, self.day.end)

    def known(self) -> Known:
        """Return what is known of the shop's orders; a plan leaves them to the next run as they are."""
        if self.orders:
            return Known(self.orders, on_gone=self._refuse)
        if self.day.is_month:
            return Known(self._with_documents())
        last = self.day.end.astimezone(self.company.zone).date()
        still_open = self.ledger.open_orders(self.company.id, last)
        own_versions = partial(ShopMemory(self.ledger).own_versions, self.company.id)
        if self.plan_only:
            return Known(still_open, own_versions)
        end_orders = partial(self.ledger.end_orders, self.company.id)
        return Known(still_open, own_versions, on_gone=end_orders)

    def _with_documents(self) -> list[str]:
        """Return the orders that have documents of these days: they may have been shipped anew since."""
        entries = self.ledger.dated(self.company.id, DOCUMENTS, self.day.day, self.day.last)
        return sorted({entry.order_id for entry in entries} - {DAY})

    def _refuse(self, gone: Collection[str]) -> None:
        if gone:
            site = f" on its site {self.company.shop.site}" if self.company.shop.site else ""
            raise MisconfiguredError(
                f"The shop has no orders with the ids {', '.join(gone)}{site}. Correct the run's parameter "
                "`orders`: it takes the ids of orders, which may differ from their numbers. Nothing was sent."
            )

    @property
    def unfinished(self) -> ObjectStoragePath:
        """The folder for what this run has read of a day that is not whole yet, under these settings."""
        settings = hashlib.sha256(f"{self.company.shop.model_dump_json()} {SCHEMAS}".encode()).hexdigest()[:8]
        return self.staging / f"unfinished-{self._digest}-{settings}"

    @property
    def _digest(self) -> str:
        return hashlib.sha256(self.run_id.encode()).hexdigest()[:8]

    def staged(self, folder: str) -> ObjectStoragePath:
        """Return the folder of an extraction; a run that was never cleared may have waited for a quota."""
        return staged(folder, self._fresh)

    @property
    def _fresh(self) -> timedelta:
        return FRESH if self.was_cleared else FRESH + LONGEST

    @property
    def reports(self) -> ObjectStoragePath:
        """The folder of the day's reports."""
        return _folder("REPORTS_PATH", "reports") / self.company.id / self.day.name

    def extraction(self) -> Path:
        """Return the folder of the day's orders as they were staged last.

        :raises MisconfiguredError: the day was never read.
        """
        extraction = newest_extraction(self.staging)
        if extraction is None:
            raise MisconfiguredError(
                f"There are no staged orders of {self.day.name} in {self.staging}: "
                f"run sync_orders__{self.company.id} for this day first. Nothing was compared."
            )
        return extraction

    def to_explain(self) -> Path:
        """Return the extraction to reconcile; that of a month says what the shop says of all its days.

        :raises MisconfiguredError: nothing was read, or a month too early or too long ago.
        """
        extraction = self.extraction()
        if self.day.is_month:
            self._refuse_stale(extraction)
        return extraction

    def _refuse_stale(self, extraction: Path) -> None:
        at = read_at(extraction)
        if at < self.day.end or datetime.now(UTC) - at > self._fresh:
            raise MisconfiguredError(
                f"The orders of {self.day.name} in {extraction} were read on {at:%F at %H:%M} UTC: orders "
                f"up to {self.day.last} may be missing or may have changed since. Nothing was compared, and "
                "no pack was written. Clear the task read_month with all that follows it."
            )

    def earlier_payments(self) -> list[Payment]:
        """Return what the shop was paid in the days before: cards of then may reach the bank account now."""
        days = (self.day.day - timedelta(days=number) for number in range(ON_ITS_WAY, 0, -1))
        staged = (newest_extraction(self._staging_of(day.isoformat())) for day in days)
        return [payment for folder in staged if folder for payment in self._paid_earlier(folder)]

    def _paid_earlier(self, folder: Path) -> list[Payment]:
        """What an older version staged is left out: then an acquirer's sum may stay unexplained."""
        try:
            return payments_of(read_shop(folder), self.company.zone, self.day.start)
        except MisconfiguredError as error:
            log.warning("Payments of an earlier day are left out: %s", error)
            return []

    def books(self) -> AccountingBackend:
        """Open the company's books; all workers of the connection share one rate limit."""
        books = self.company.books
        if books.system == "kontur":
            return KonturHook(books.conn_id).get_client(self.ledger.engine)
        return ElbaHook(books.conn_id, sale_form=books.sale_form).get_client(self.ledger.engine)

    def batches(self, path: ObjectStoragePath, size: int) -> Iterator[list[Document]]:
        """Yield what may be sent of staged orders; only of a day that was read whole a summary is made."""
        day = (read_parts(path), self.company, self.day.end, self.ledger)
        return batches_of(*day, size, is_whole=not self.orders, fits=takes(self.books()))

    def poster(self) -> Poster:
        """Return the one who writes, by the companies file as it is now."""
        return poster_for(self.company, self.books(), self.ledger)


def company_of(company_id: str) -> Company:
    """Return a company of the companies file."""
    companies = {company.id: company for company in load_companies(companies_file())}
    if company_id not in companies:
        known = ", ".join(companies)
        raise MisconfiguredError(
            f'{companies_file()} has no company "{company_id}" any more; it knows {known}. Nothing was sent.'
        )
    return companies[company_id]


def _folder(variable: str, default: str) -> ObjectStoragePath:
    return ObjectStoragePath(os.environ.get(variable) or str(airflow_home() / default))


def staged(folder: str, fresh: timedelta = FRESH) -> ObjectStoragePath:
    """Return the folder of an extraction that still says what the shop says.

    :raises MisconfiguredError: it is too old: orders may have been changed or cancelled since.
    """
    path = ObjectStoragePath(folder)
    at = read_at(path)
    if datetime.now(UTC) - at > fresh:
        raise MisconfiguredError(
            f"The orders in {folder} were read on {at:%F at %H:%M} UTC and may have changed since. "
            "Nothing was sent. Clear the task extract with all that follows it."
        )
    return path


def read_at(extraction: Path) -> datetime:
    """Return when an extraction was begun, which its folder is named after."""
    return datetime.strptime(extraction.name.partition("-")[0], NAMED).replace(tzinfo=UTC)
