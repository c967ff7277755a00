"""What Kontur.Accounting shows of the bank account, no more than a year of it at once."""

from collections.abc import Iterator
from datetime import date, timedelta

from bookkeeping.clients.books import understood
from bookkeeping.clients.kontur.payloads import to_bank_transaction
from bookkeeping.clients.pages import PAGE_SIZE, list_rows
from bookkeeping.clients.searchable import days
from bookkeeping.clients.transport import Transport
from bookkeeping.domain import BankTransaction, Capability
from bookkeeping.errors import MisconfiguredError

INCOMING = "in"
LONGEST = timedelta(days=365)
"""From the first to the last day of one request: 366 days with both."""


def list_incoming(
    http: Transport, path: str, first_day: date, last_day: date, page_size: int = PAGE_SIZE
) -> list[BankTransaction]:
    """Return what arrived between two days, both inclusive, oldest first and nothing twice.

    :raises MisconfiguredError: the books have no such list, or ignored a filter.
    """
    arrived = {
        each.external_id: each
        for first, last in pieces(first_day, last_day)
        for each in _listed(http, path, first, last, page_size)
    }
    return sorted(arrived.values(), key=lambda each: (each.dated_on, each.external_id))


def pieces(first_day: date, last_day: date) -> Iterator[tuple[date, date]]:
    """Cut a span into pieces that the books take.

    >>> [f"{first} {last}" for first, last in pieces(date(2025, 1, 1), date(2026, 1, 3))]
    ['2025-01-01 2026-01-01', '2026-01-02 2026-01-03']
    """
    while first_day <= last_day:
        last = min(last_day, first_day + LONGEST)
        yield first_day, last
        first_day = last + timedelta(days=1)


def _listed(http: Transport, path: str, first: date, last: date, page_size: int) -> list[BankTransaction]:
    filters = {**days(first, last), "direction": INCOMING}
    rows = list_rows(http, path, filters, switch=Capability.BANK_TRANSACTIONS, page_size=page_size)
    if any(row.get("direction") != INCOMING for row in rows):
        raise _ignored("direction", path)
    found = [understood(to_bank_transaction, "bank transaction", row) for row in rows]
    if any(not first <= each.dated_on <= last for each in found):
        raise _ignored("dateFrom or dateTo", path)
    return found


def _ignored(name: str, path: str) -> MisconfiguredError:
    return MisconfiguredError(
        f"{path}: the books ignored the filter {name}. Nothing was taken; if they do not know it, switch the "
        f'bank off in the connection, "capabilities": {{"{Capability.BANK_TRANSACTIONS}": false}}.'
    )
