"""The weekly look over the whole shop: what the daily runs missed, and what the shop no longer has."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bookkeeping.clients.bitrix import BitrixClient, ListQuery
from bookkeeping.companies import Company
from bookkeeping.domain import Status
from bookkeeping.due import DOCUMENTS, is_cancelled
from bookkeeping.extraction import Day, find_out_once
from bookkeeping.extraction.lists import ORDERS, of_site
from bookkeeping.fingerprints import FIELDS, fingerprint
from bookkeeping.ledger import SyncLedger
from bookkeeping.ledger.shop import Fingerprint, ShopMemory
from bookkeeping.outcomes import WarningKind

log = logging.getLogger(__name__)

REACH = timedelta(days=90)
SHOWN = 100
"""Ids that a text names."""

PAGE = 50


@dataclass(frozen=True)
class Findings:
    """What a sweep found.

    :ivar looked_at: how many orders the shop has.
    :ivar missed: ids of orders that no run has taken up as they are now.
    :ivar vanished: ids of orders that a run took up and that the shop no longer has.
    """

    looked_at: int
    missed: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()


def sweep_shop(client: BitrixClient, company: Company, ledger: SyncLedger) -> Findings:
    """Compare the shop with what the runs took up; leave to the next run what they missed, and warn.

    Documents stay as they are, also those of an order that is gone.

    :raises MisconfiguredError: the portal ignored a filter, or a right is missing.
    :raises TransientError: the portal cannot be reached.
    """
    memory, today = ShopMemory(ledger), ledger.now().astimezone(company.zone).date()
    client.write_moment = find_out_once(client, company.shop, memory).write_moment
    findings = look_over(client, company, memory, today)
    ledger.leave_to_next_run(company.id, findings.missed)
    _warn(ledger, company, today, findings)
    log.info("looked at %s orders of %s", findings.looked_at, company.id)
    log.info("missed, and left to the next run: %s (%s)", len(findings.missed), shown(findings.missed))
    log.info("gone from the shop: %s (%s)", len(findings.vanished), shown(findings.vanished))
    return findings


def look_over(client: BitrixClient, company: Company, memory: ShopMemory, today: date) -> Findings:
    """Read the orders placed within our reach and before today, and compare them with what we know."""
    first = max(company.start_date, today - REACH)
    if first >= today:
        return Findings(0)
    reach = Day(_midnight(first, company), _midnight(today, company))
    seen = _read(client, [{**reach.within("dateInsert"), **of_site(company.shop)}])
    known = {
        id_: order
        for id_, order in memory.known(company.id, reach.start).items()
        if order.placed_at < reach.end
    }
    seen |= read_ids(client, known.keys() - seen.keys())  # the shop may date an order anew
    return compare(seen, known, memory.own_versions(company.id, known), reach.end)


def _midnight(day: date, company: Company) -> datetime:
    return datetime.combine(day, time(), company.zone)


def compare(
    seen: Mapping[str, Fingerprint],
    known: Mapping[str, Fingerprint],
    own: Mapping[str, int],
    turn: datetime,
) -> Findings:
    """Find what was missed and what is gone.

    :param own: the versions that our own write made; its moment may be known less exactly.
    :param turn: what was changed at this moment or later is still the daily run's to find.
    """
    missed = [
        id_
        for id_, order in seen.items()
        if order.changed_at < turn and not _is_known(order, known.get(id_), own.get(id_))
    ]
    return Findings(len(seen), _by_number(missed), _by_number(known.keys() - seen.keys()))


def _is_known(order: Fingerprint, known: Fingerprint | None, own: int | None) -> bool:
    if known is None:
        return False
    return order == (replace(known, changed_at=order.changed_at) if own == order.version else known)


def _by_number(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(ids, key=int))


def read_ids(client: BitrixClient, ids: Collection[str]) -> dict[str, Fingerprint]:
    """Return what those of these orders look like that the shop has."""
    wanted = _by_number(ids)
    return _read(client, [{"@id": wanted[at : at + PAGE]} for at in range(0, len(wanted), PAGE)])


def _read(client: BitrixClient, filters: Iterable[Mapping[str, object]]) -> dict[str, Fingerprint]:
    queries = [
        ListQuery(f"orders{n}", ORDERS.method, ORDERS.wrapper, FIELDS, each) for n, each in enumerate(filters)
    ]
    found = client.read_lists(queries) if queries else {}
    orders = [fingerprint(row) for rows in found.values() for row in rows]
    return {order.order_id: order for order in orders}


def _warn(ledger: SyncLedger, company: Company, today: date, findings: Findings) -> None:
    """Warn in the report of the day; orders that have come back take their warning with them."""
    memory = ShopMemory(ledger)
    if findings.missed:
        memory.warn(company.id, today, WarningKind.MISSED_ORDERS, missed_text(findings.missed))
    if findings.vanished:
        standing = _standing(ledger, company, findings.vanished)
        text = vanished_text(findings.vanished, standing)
        memory.warn(company.id, today, WarningKind.VANISHED_ORDERS, text)
    else:
        memory.settle_warning(company.id, today, WarningKind.VANISHED_ORDERS)


def _standing(ledger: SyncLedger, company: Company, order_ids: Collection[str]) -> list[str]:
    """Return the numbers of these orders' documents in the books."""
    entries = ledger.of_orders(company.id, order_ids, DOCUMENTS)
    posted = [entry for entry in entries if entry.status is Status.POSTED and not is_cancelled(entry)]
    return list(dict.fromkeys(entry.number for entry in posted))


def missed_text(ids: Sequence[str]) -> str:
    """Say to the accountant what it means that orders were missed."""
    return (
        "Проверка магазина нашла заказы, которые ни один запуск ещё не прочитал в их нынешнем виде: "
        f"{len(ids)} (ID в магазине: {shown(ids, 'и ещё')}). Документов по ним в учёте может не быть, "
        "или они устарели. Следующий ежедневный запуск прочитает эти заказы сам и проведёт, что положено; "
        "документ с датой в закрытом периоде он удержит. Проверьте эти заказы в его сверке."
    )


def vanished_text(ids: Sequence[str], standing: Sequence[str]) -> str:
    """Say to the accountant what it means that orders are gone.

    :param standing: numbers of their documents in the books.
    """
    documents = (
        f"Их документы в учёте остались как были: № {shown(standing, 'и ещё')}. Если продажи не было, "
        "отмените их в учёте сами; если была — восстановите заказ или сохраните эти документы."
        if standing
        else "Проведённых документов по ним нет."
    )
    return (
        f"Заказы, которые уже были прочитаны, в магазине больше не находятся: {len(ids)} "
        f"(ID в магазине: {shown(ids, 'и ещё')}). {documents} Узнайте, кто и зачем удалил заказы."
    )


def shown(names: Sequence[str], more: str = "and") -> str:
    """Name the first hundred and count the rest.

    >>> shown(["7", "8"]), shown([]), shown([str(n) for n in range(102)])[-12:]
    ('7, 8', 'none', '98, 99 and 2')
    """
    rest = len(names) - SHOWN
    return (", ".join(names[:SHOWN]) or "none") + (f" {more} {rest}" if rest > 0 else "")
