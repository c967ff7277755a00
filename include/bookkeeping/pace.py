"""Zero is suspicious: a day with far fewer orders than usual may be one that the shop did not show whole."""

import logging
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pyarrow as pa

from bookkeeping.companies import Company
from bookkeeping.ledger import SyncLedger
from bookkeeping.ledger.shop import ShopMemory
from bookkeeping.outcomes import WarningKind

log = logging.getLogger(__name__)

WEEKS, ENOUGH, LATELY = 8, 3, 14
SATURDAY = 5


def is_suspicious(orders: int, day: date, known: Mapping[date, int]) -> bool:
    """Whether so few orders were placed on a day that somebody should look.

    They are compared with what is known of the eight weeks before the day. Either is enough:

    - they are fewer than half of the smallest of the same weekdays, of which at least three are known;
    - there are none, though one of the last fourteen known days had some, and this weekday is not one that
      may be empty. A weekday may be empty if it was so in these weeks, and Saturday and Sunday also as long
      as none of them is known.

    :param known: how many orders were placed on earlier days.
    """
    same = _same_weekdays(day, known)
    if len(same) >= ENOUGH and 2 * orders < min(same):
        return True
    may_be_empty = not all(same) if same else day.weekday() >= SATURDAY
    return orders == 0 and not may_be_empty and any(_lately(day, known).values())


def _same_weekdays(day: date, known: Mapping[date, int]) -> list[int]:
    days = (day - timedelta(weeks=n) for n in range(1, WEEKS + 1))
    return [known[each] for each in days if each in known]


def _lately(day: date, known: Mapping[date, int]) -> dict[date, int]:
    """Return the last fourteen known days of the weeks before a day."""
    days = [each for each in sorted(known) if day - timedelta(weeks=WEEKS) <= each < day]
    return {each: known[each] for each in days[-LATELY:]}


def watch(ledger: SyncLedger, company: Company, orders: pa.Table, start: datetime, end: datetime) -> None:
    """Remember how many orders were placed on a day; warn in its report if they are suspiciously few.

    Read again, the day may lose its warning. A day that is not over yet says nothing.

    :param orders: the staged orders of the day, of which some were placed earlier.
    """
    if end > ledger.now():
        return
    memory, day = ShopMemory(ledger), start.astimezone(company.zone).date()
    placed = sum(start <= moment < end for moment in orders["placed_at"].to_pylist())
    memory.remember_day(company.id, day, placed)
    known = memory.days(company.id, day - timedelta(weeks=WEEKS), day)
    if is_suspicious(placed, day, known):
        text = few_text(placed, day, known, company)
        memory.warn(company.id, day, WarningKind.FEW_ORDERS, text)
        log.warning(text)
    else:
        memory.settle_warning(company.id, day, WarningKind.FEW_ORDERS)


def few_text(orders: int, day: date, known: Mapping[date, int], company: Company) -> str:
    """Say to the accountant what is odd about a day, with its figures."""
    return (
        f"За {day:%d.%m.%Y} в магазине создано заказов: {orders}. {_usual(day, known)} "
        "Может быть, день был тихим, а может быть, магазин показал не все заказы, и тогда их документов нет "
        "в учёте. Сравните со списком заказов в магазине. Если там их больше, запустите "
        f"sync_orders__{company.id} за этот день ещё раз: повторов не будет, а предупреждение исчезнет."
    )


def _usual(day: date, known: Mapping[date, int]) -> str:
    """Say what is usual: on this weekday, or else lately."""
    same = _same_weekdays(day, known)
    if len(same) >= ENOUGH:
        return f"В этот день недели за последние недели их было от {min(same)} до {max(same)}."
    last, count = [(each, count) for each, count in _lately(day, known).items() if count][-1]
    return f"До этого заказы были: {last:%d.%m.%Y} — {count}."
