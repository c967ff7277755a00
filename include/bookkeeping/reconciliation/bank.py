"""The bank account beside the ledger: what arrived, and which documents or days of cards it is for."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa

from bookkeeping.companies import Company
from bookkeeping.covered import covered
from bookkeeping.domain import (
    DAY,
    AccountingBackend,
    BankTransaction,
    Capability,
    DocumentKind,
    MoneyKind,
    Status,
)
from bookkeeping.due import COUNTERPARTY, DOCUMENTS, is_cancelled
from bookkeeping.errors import MisconfiguredError
from bookkeeping.ledger import Entry, SyncLedger
from bookkeeping.ledger.tables import entries
from bookkeeping.outcomes import BankMatch, BankRow
from bookkeeping.transforms.arrivals import ZERO, Known, Paper
from bookkeeping.transforms.bank import match_bank
from bookkeeping.transforms.payments import Payment
from bookkeeping.transforms.purposes import number_key, words

log = logging.getLogger(__name__)

OPEN = frozenset({BankMatch.AMBIGUOUS, BankMatch.NONE})

MAY_REPEAT = timedelta(days=31)
"""So long before the period money is looked at too: what was paid then is not paid again."""

MAY_BE_OWED = timedelta(days=366)
"""Money that arrives is for documents that are no older, or for younger ones."""

MAY_COME_LATE = timedelta(days=5)
"""So long after a day its money may reach the books: what nobody could explain of it is told again."""


def bank_rows(
    ledger: SyncLedger,
    company: Company,
    backend: AccountingBackend,
    payments: Sequence[Payment],
    first_day: date,
    last_day: date,
) -> tuple[BankRow, ...] | None:
    """Return what arrived on the bank account on these days, oldest first, each with what it is for.

    Banks tell of a day on the next morning or later. So a single day also tells, under their own dates, what
    came within the days before and is not explained by now; a longer period has only its own days.

    None where the books do not show the bank.

    :param payments: the shop's. An acquirer's sum is explained if all card payments of its day are among
        them, and it comes up to three banking days later.
    :raises MisconfiguredError: the books show the bank otherwise than we know.
    """
    transactions = _arrived(backend, company, first_day - MAY_REPEAT, last_day)
    if transactions is None:
        return None
    known = _known(ledger, company, transactions, payments, first_day - MAY_BE_OWED)
    rows = match_bank(transactions, known)
    open_since = first_day - (MAY_COME_LATE if first_day == last_day else timedelta())
    return tuple(row for row in rows if row.dated_on >= (open_since if row.match in OPEN else first_day))


def _arrived(
    backend: AccountingBackend, company: Company, first_day: date, last_day: date
) -> list[BankTransaction] | None:
    """Ask the books; those that turn out not to know the call lose the capability, and nothing fails."""
    if Capability.BANK_TRANSACTIONS not in backend.capabilities:
        return None
    try:
        return backend.list_bank_transactions(first_day, last_day)
    except MisconfiguredError as error:
        if Capability.BANK_TRANSACTIONS in backend.capabilities:
            raise
        log.warning("The bank of %s is not reconciled: %s", company.id, error)
        return None


def _known(
    ledger: SyncLedger,
    company: Company,
    transactions: Iterable[BankTransaction],
    payments: Sequence[Payment],
    since: date,
) -> Known:
    transactions = list(transactions)
    named = {form for each in transactions for form in words(each.purpose)}
    tied = {each.document_id for each in transactions if each.document_id}
    orders = _orders_of(ledger, company, named, tied, since)
    by_card = {payment.order_id for payment in payments if payment.is_card}
    documents = _standing(ledger.of_orders(company.id, sorted(orders | by_card), DOCUMENTS))
    return Known(
        papers=[_paper(entry) for entry in documents if entry.order_id in orders],
        payments=payments,
        recorded=_recorded(ledger, company, orders),
        numbers=_numbers(ledger, company, documents, by_card),
        buyers=_buyers(ledger, company),
    )


def _orders_of(
    ledger: SyncLedger, company: Company, named: Collection[str], tied: Collection[str], since: date
) -> set[str]:
    """Return the orders whose documents bear one of these numbers, or have one of these ids in the books."""
    asked = sa.select(entries.c.order_id, entries.c.number, entries.c.external_id).where(
        entries.c.company == company.id,
        entries.c.kind.in_(list(DOCUMENTS)),
        entries.c.dated_on >= since,
        entries.c.status == Status.POSTED,
        entries.c.order_id != DAY,
    )
    with ledger.engine.begin() as tx:
        found = tx.execute(asked.execution_options(yield_per=10_000))
        return {order_id for order_id, number, id_ in found if id_ in tied or number_key(number) in named}


def _standing(documents: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in documents if entry.status is Status.POSTED and not is_cancelled(entry)]


def _paper(entry: Entry) -> Paper:
    return Paper(
        key=entry.key,
        kind=DocumentKind(entry.kind),
        number=entry.number,
        order_id=entry.order_id,
        total=entry.total or ZERO,
        external_id=entry.external_id or "",
    )


def _recorded(ledger: SyncLedger, company: Company, orders: Collection[str]) -> Mapping[str, Decimal]:
    """Return by order the roubles that stand in the books as paid."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for entry in ledger.of_orders(company.id, orders, list(MoneyKind)):
        if entry.status is Status.POSTED:
            total = entry.total or ZERO
            sums[entry.order_id] += total if entry.kind == MoneyKind.PAYMENT else -total
    return sums


def _numbers(
    ledger: SyncLedger, company: Company, documents: Iterable[Entry], orders: Collection[str]
) -> dict[str, str]:
    """Return these orders' numbers as people know them, of those that have documents."""
    first_last = sorted(documents, key=_place_among, reverse=True)
    numbers = {entry.order_id: entry.number for entry in first_last}
    others = [order_id for order_id in orders if order_id not in numbers]
    return numbers | {each.entry.order_id: each.number for each in covered(ledger, company, others)}


def _place_among(entry: Entry) -> tuple[bool, int]:
    """A bill bears the order's own number, and so does its first shipment."""
    return entry.kind != DocumentKind.BILL, int(entry.shipment_id or 0)


def _buyers(ledger: SyncLedger, company: Company) -> frozenset[str]:
    """Return the INNs of a company's buyers."""
    keys = (entry.counterparty_key.split(":") for entry in ledger.of_company(company.id, [COUNTERPARTY]))
    return frozenset(key[1] for key in keys if key[0] == "inn")
