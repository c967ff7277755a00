"""Whether a month can be closed, and in the accountant's words why not."""

from collections.abc import Iterable, Iterator

from bookkeeping.closing.month import Cause, Closing
from bookkeeping.domain import DocumentKind
from bookkeeping.ledger import Entry
from bookkeeping.outcomes import Outcome, Reconciliation
from bookkeeping.report.formats import NO_BREAK_SPACE, counted, roubles, short_day
from bookkeeping.report.totals import OutcomeTotal, total_of, unexplained
from bookkeeping.report.words import OUTCOMES, Tone, warning_title

TOLERATED = {Outcome.OVERPAID}
"""Wrong, and yet no reason to keep a month open: an advance does not change its documents."""

ORDERS = ("заказ", "заказа", "заказов")
DOCUMENTS = ("документ", "документа", "документов")
ENTRIES = ("запись", "записи", "записей")
NUMBERS = ("номер", "номера", "номеров")
ARRIVALS = ("поступление", "поступления", "поступлений")


def reasons_of(closing: Closing, reconciliation: Reconciliation, *, is_over: bool) -> Iterator[str]:
    """Yield what speaks against closing the month, each thing once."""
    if not is_over:
        yield f"месяц ещё идёт: последний его день — {short_day(closing.month_end)}{_so_far(closing)}"
    for total in closing.outcomes:
        if _is_blocking(total.outcome):
            yield _counted(total)
    if untold := list(_untold(closing.waiting, reconciliation)):
        yield f"нет в учёте или неизвестно, есть ли: {counted(len(untold), *ENTRIES)} журнала"
    if repeated := len({(row.kind, row.number) for row in closing.repeats}):
        yield f"повторяется в учёте: {counted(repeated, *NUMBERS)}"


def _so_far(closing: Closing) -> str:
    is_whole = closing.month_end <= closing.last_day
    return "" if is_whole else f", сверено по {short_day(closing.last_day)}"


def _is_blocking(outcome: Outcome) -> bool:
    return OUTCOMES[outcome].tone is not Tone.CALM and outcome not in TOLERATED


def _counted(total: OutcomeTotal) -> str:
    nouns = DOCUMENTS if total.outcome is Outcome.FOREIGN else ORDERS
    title = OUTCOMES[total.outcome].title
    return f"{title[0].lower()}{title[1:]}: {counted(total.count, *nouns)}"


def _untold(waiting: Iterable[Entry], reconciliation: Reconciliation) -> Iterator[Entry]:
    """Yield the open writes that no outcome of an order speaks of yet."""
    told = [order for order in reconciliation.orders if _is_blocking(order.outcome)]
    ids = {order.order_id for order in told}
    keys = {row.key for order in told for row in order.documents}
    for entry in waiting:
        if entry.order_id not in ids and not {entry.key, entry.document_key} & keys:
            yield entry


def notes_of(closing: Closing, reconciliation: Reconciliation) -> Iterator[str]:
    """Yield what has to be known of the month, and does not keep it from being closed."""
    yield from (f"{warning_title(kind)}: {text}" for kind, text in reconciliation.warnings)
    yield from (_counted(total) for total in closing.outcomes if total.outcome in TOLERATED)
    for kind in DocumentKind:
        free = [gap for gap in closing.gaps if (gap.kind, gap.cause) == (kind, Cause.UNEXPLAINED)]
        if free:
            count = counted(sum(gap.count for gap in free), *NUMBERS)
            yield f"{KINDS_IN_PLURAL[kind]}: без заказа и документа {count}"
    if closing.late:
        yield f"проведено после конца месяца: {counted(len(closing.late), *DOCUMENTS)}"
    if closing.unrecorded:
        missing = roubles(total_of(row.missing for row in closing.unrecorded))
        yield f"деньги месяца, которых нет в учёте: {missing}"
    yield from _of_bank(reconciliation)


def _of_bank(reconciliation: Reconciliation) -> Iterator[str]:
    """Yield what is not known of the bank account: nothing of it at all, or what some money came for."""
    if reconciliation.bank is None:
        yield "поступления на расчётный счёт не сверены: учёт их не показывает"
    elif arrived := unexplained(reconciliation):
        amount = roubles(total_of(row.amount for row in arrived))
        yield f"не опознано на расчётном счёте: {counted(len(arrived), *ARRIVALS)} на {amount}"


KINDS_IN_PLURAL = {
    DocumentKind.BILL: "счета",
    DocumentKind.SALE: "реализации",
    DocumentKind.ACT: "акты",
}


def verdict(closing: Closing) -> str:
    """Say in a few words whether the month can be closed.

    A month that the companies file calls closed needs nothing more, or has something left open.
    """
    if closing.is_closed:
        return "Период закрыт" if closing.can_be_closed else "Период закрыт, но не всё в порядке:"
    return "Можно закрывать" if closing.can_be_closed else "Нельзя закрывать:"


def why(closing: Closing) -> str:
    """Say why it cannot be closed, in one clause; empty if it can."""
    return "; ".join(reason.replace(NO_BREAK_SPACE, " ") for reason in closing.reasons)
