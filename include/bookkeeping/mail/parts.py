"""What the digest tells, part by part: short tables, and for each what to do."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bookkeeping.domain import DocumentKind, HoldReason, Status
from bookkeeping.holds import words_for
from bookkeeping.ledger import UNANSWERED, Entry, PaidBill
from bookkeeping.outcomes import BankMatch, BankRow, MoneyRow, OrderRow, Outcome, Reconciliation
from bookkeeping.report.formats import roubles, short_day
from bookkeeping.report.totals import needing_attention, total_of
from bookkeeping.report.words import (
    KINDS,
    MONEY_KINDS,
    OUTCOMES,
    Tone,
    warning_title,
    what_to_do,
)

Row: TypeAlias = tuple[str, ...]

MOST_ROWS = 30
MOST_NUMBERS = 10
UNSETTLED = (BankMatch.AMBIGUOUS, BankMatch.NONE)
BY_HAND = (Outcome.PAID_IN_SHOP_ONLY, Outcome.REFUND_OPEN)
"""What has a part of its own among the differences."""


@dataclass(frozen=True)
class Part:
    """One table.

    :ivar note: what to do about all of its rows.
    :ivar more: how many rows are left to the report.
    """

    title: str
    columns: Row
    rows: Sequence[Row]
    note: str = ""
    more: int = 0


def parts_of(day: Reconciliation, unsent: Sequence[Entry] = (), paid: Sequence[PaidBill] = ()) -> list[Part]:
    """Return the parts that have something to tell: what asks for something before the rest.

    :param unsent: letters to customers that wait for a person; they come first, for bills fall due soon.
    :param paid: bills of which the books have told since that they are paid.
    """
    told = ((kind, list(kind.rows_of(day))) for kind in ALL_PARTS)
    parts = [_short(kind, rows) for kind, rows in told if rows]
    return [*([_unsent(unsent)] if unsent else []), *parts, *([_paid_bills(paid)] if paid else [])]


MARK = "Магазин деньги получил, а учёт об этом не знает: отметьте эти счета оплаченными."
LOOK = OUTCOMES[Outcome.UNKNOWN].meaning + " " + OUTCOMES[Outcome.UNKNOWN].action
WRITE = (
    "Счета в учёте есть, но покупатели их не получили. Исправьте e-mail в заказе: пока срок оплаты не "
    "прошёл, письмо уйдёт со следующим запуском. Или отправьте счёт покупателю сами."
)
FOREIGN = OUTCOMES[Outcome.FOREIGN].action


def questions_in(day: Reconciliation) -> int:
    """Count what asks something of the accountant."""
    return (
        len(needing_attention(day)) + len(day.foreign) + len(day.warnings) + sum(1 for _ in _unsettled(day))
    )


def _short(kind: "PartKind", rows: Sequence[Row]) -> Part:
    more = max(0, len(rows) - MOST_ROWS)
    return Part(kind.title, kind.columns, rows[:MOST_ROWS], kind.note, more)


def _unsent(letters: Sequence[Entry]) -> Part:
    """Tell of letters by why they were not sent; to whom they were to go is not known here."""
    rows = [
        (why, str(count), _named([f"№ {each.number}" for each in letters if each.detail == why]))
        for why, count in Counter(letter.detail for letter in letters).items()
    ]
    return Part("Письма покупателям не отправлены", ("Почему", "Сколько", "Заказы"), rows, WRITE)


def _paid_bills(bills: Sequence[PaidBill]) -> Part:
    rows = [
        (f"№ {bill.number}", short_day(bill.dated_on), roubles(bill.total), roubles(bill.paid))
        for bill in bills
    ]
    columns = ("Счёт", "Дата", "Сумма", "Оплачено")
    more = max(0, len(rows) - MOST_ROWS)
    return Part("Учёт показывает оплату счетов", columns, rows[:MOST_ROWS], more=more)


def _warnings(day: Reconciliation) -> Iterator[Row]:
    return ((warning_title(kind), text) for kind, text in day.warnings)


def _made(day: Reconciliation) -> Iterator[Row]:
    """Count what stands in the books with the day's date; orders may share a summary."""
    made = [
        each
        for order in day.orders
        for each in order.documents
        if each.status is Status.POSTED and each.issued_on == day.business_date
    ]
    for kind, title in KINDS.items():
        if of_kind := [each for each in made if each.kind is kind]:
            yield title, str(len({each.key for each in of_kind})), roubles(total_of(e.total for e in of_kind))


def _unmarked(day: Reconciliation) -> Iterator[Row]:
    for order in _of(day, Outcome.PAID_IN_SHOP_ONLY):
        yield _documents(order), f"№ {order.number}", order.buyer, roubles(order.difference)


def _refunds(day: Reconciliation) -> Iterator[Row]:
    for order in _of(day, Outcome.REFUND_OPEN):
        why = order.explanation
        yield _documents(order), f"№ {order.number}", order.buyer, roubles(order.difference), why


def _of(day: Reconciliation, outcome: Outcome) -> Iterator[OrderRow]:
    return (order for order in day.orders if order.outcome is outcome)


def _documents(order: OrderRow) -> str:
    """Name what stands in the books: the bills, if there are any, for they are what is paid."""
    posted = [each for each in order.documents if each.status is Status.POSTED]
    bills = [each for each in posted if each.kind is DocumentKind.BILL]
    return ", ".join(f"{KINDS[each.kind]} № {each.number}" for each in bills or posted)


def _held(day: Reconciliation) -> Iterator[Row]:
    held = {each.key: each for order in day.orders for each in order.documents if each.reason}
    for reason in HoldReason:
        if of_reason := [each for each in held.values() if each.reason is reason]:
            words = words_for(reason)
            numbers = _named([f"{KINDS[each.kind]} № {each.number}" for each in of_reason])
            yield words.title, str(len(of_reason)), numbers, words.action


def _named(names: Sequence[str]) -> str:
    named, more = ", ".join(names[:MOST_NUMBERS]), len(names) - MOST_NUMBERS
    return f"{named} и ещё {more}" if more > 0 else named


def _unknown(day: Reconciliation) -> Iterator[Row]:
    for order in day.orders:
        for document in order.documents:
            if document.status in UNANSWERED:
                what = f"{KINDS[document.kind]} № {document.number} от {short_day(document.issued_on)}"
                yield what, f"№ {order.number}", roubles(document.total)
        for money in order.money:
            if money.status in UNANSWERED:
                what = f"{MONEY_KINDS[money.kind]} от {short_day(money.paid_on)}"
                yield what, f"№ {order.number}", roubles(money.amount)


def _differences(day: Reconciliation) -> Iterator[Row]:
    for order in needing_attention(day):
        words = OUTCOMES[order.outcome]
        if words.tone is Tone.WRONG and order.outcome not in BY_HAND:
            what = f"{words.title}: {order.explanation or words.meaning}"
            yield f"№ {order.number}", what, roubles(order.difference), what_to_do(order)


def _foreign(day: Reconciliation) -> Iterator[Row]:
    for each in day.foreign:
        what = f"{KINDS[each.kind]} № {each.number}"
        yield what, short_day(each.issued_on), roubles(each.total), each.explanation


def _bank(day: Reconciliation) -> Iterator[Row]:
    for each in _unsettled(day):
        yield short_day(each.dated_on), roubles(each.amount), each.payer, each.explanation


def _unsettled(day: Reconciliation) -> Iterator[BankRow]:
    return (each for each in day.bank or () if each.match in UNSETTLED)


def _money(day: Reconciliation) -> Iterator[Row]:
    """Tell what was paid, or paid back, on the day itself."""
    for order in day.orders:
        for each in order.money:
            if each.paid_on == day.business_date:
                what = MONEY_KINDS[each.kind]
                yield what, f"№ {order.number}", order.buyer, roubles(each.amount), _in_books(each, order)


def _in_books(money: MoneyRow, order: OrderRow) -> str:
    """Say what the books have of it, and on which documents, by number."""
    recorded = f"проведено {roubles(money.recorded)}" if money.recorded else ""
    return "; ".join(filter(None, (recorded, money.note, _documents(order))))


@dataclass(frozen=True)
class PartKind:
    """A part as it is on any day.

    :ivar rows_of: what it tells of a day.
    """

    title: str
    columns: Row
    rows_of: Callable[[Reconciliation], Iterator[Row]]
    note: str = ""


ALL_PARTS = (
    PartKind("Предупреждения", ("Что", "Что случилось и что делать"), _warnings),
    PartKind("Сделано за день", ("Документ", "Сколько", "Сумма"), _made),
    PartKind("Отметьте оплату в учёте", ("Документы", "Заказ", "Покупатель", "Оплачено"), _unmarked, MARK),
    PartKind("Оформите возврат", ("Документы", "Заказ", "Покупатель", "Сумма", "Почему"), _refunds),
    PartKind("Удержано", ("Причина", "Сколько", "Документы", "Что сделать"), _held),
    PartKind("Без ответа", ("Что", "Заказ", "Сумма"), _unknown, LOOK),
    PartKind("Расхождения", ("Заказ", "Что случилось", "Разница", "Что сделать"), _differences),
    PartKind("Чужие документы", ("Документ", "Дата", "Сумма", "Пояснение"), _foreign, FOREIGN),
    PartKind("Поступления без пары", ("Дата", "Сумма", "Плательщик", "Пояснение"), _bank),
    PartKind("Деньги за день", ("Что", "Заказ", "Покупатель", "Сумма", "В учёте"), _money),
)
"""The parts in their order."""
