"""Which outcome an order gets: the first thing that is wrong with it, or that all is well (DESIGN R12)."""

from collections.abc import Sequence
from decimal import Decimal

from bookkeeping.domain import DocumentKind, MoneyKind, Status
from bookkeeping.ledger import Entry
from bookkeeping.outcomes import Outcome, Seen
from bookkeeping.reconciliation.story import ZERO, Story

Verdict = tuple[Outcome, Decimal, str]
"""The outcome, the roubles that do not agree, and one sentence for the accountant."""


def verdict(story: Story) -> Verdict:
    """Return the first thing that is wrong with an order, most pressing first."""
    checks = (cancelled, changed, unknown, held, missing, differing, money_verdict)
    found = (check(story) for check in checks)
    return next(filter(None, found), None) or calm(story)


def total_of(entries: Sequence[Entry]) -> Decimal:
    """Return the roubles of these entries."""
    return sum((entry.total or ZERO for entry in entries), ZERO)


def _numbers(entries: Sequence[Entry]) -> str:
    return ", ".join(f"{KINDS[entry.kind]} № {entry.number}" for entry in entries)


KINDS: dict[str, str] = {DocumentKind.BILL: "счёт", DocumentKind.SALE: "реализация", DocumentKind.ACT: "акт"}


def cancelled(story: Story) -> Verdict | None:
    """A cancelled order whose documents stand."""
    posted = story.of(Status.POSTED)
    if not story.order["cancelled"] or not posted:
        return None
    return (
        Outcome.CANCELLED_AFTER_POSTING,
        total_of(posted),
        f"заказ отменён, а в учёте стоит {_numbers(posted)}",
    )


def changed(story: Story) -> Verdict | None:
    """An order that now asks for something else than was posted."""
    entries = [entry for entry in story.documents if entry.changed]
    if not entries:
        return None
    now = sum((story.due[e.key].document.total for e in entries if e.key in story.due), ZERO)
    return (
        Outcome.CHANGED_AFTER_POSTING,
        now - total_of(entries),
        f"заказ изменён после проведения: {_numbers(entries)}",
    )


def unknown(story: Story) -> Verdict | None:
    """A document whose writing went unanswered."""
    entries = story.of(Status.UNKNOWN, Status.IN_FLIGHT)
    if not entries:
        return None
    return (
        Outcome.UNKNOWN,
        total_of(entries),
        f"ответ учёта потерян: {_numbers(entries)}; проверьте, есть ли документ",
    )


def held(story: Story) -> Verdict | None:
    """A document that waits for a person."""
    entries = story.of(Status.HELD)
    if not entries:
        return None
    details = "; ".join(dict.fromkeys(entry.detail for entry in entries))
    return Outcome.HELD, total_of(entries), f"не отправлено: {_numbers(entries)}: {details}"


def missing(story: Story) -> Verdict | None:
    """A document that is due and not in the books."""
    absent = [e for e in story.of(Status.POSTED) if story.shelf.sees(e) is Seen.NO]
    entries = [*story.of(Status.PENDING), *absent]
    forgotten = [
        item.document for key, item in story.due.items() if key not in {e.key for e in story.documents}
    ]
    if not entries and not forgotten:
        return None
    total = total_of(entries) + sum((document.total for document in forgotten), ZERO)
    names = [_numbers(entries)] if entries else []
    names += [f"{KINDS[document.key.kind]} № {document.number}" for document in forgotten]
    return Outcome.DOCUMENT_MISSING, total, f"нет в учёте: {', '.join(names)}"


def differing(story: Story) -> Verdict | None:
    """A document whose sum in the books is not ours."""
    shown = [(e, s) for e in story.of(Status.POSTED) if (s := story.shelf.of(e)) and s.total != e.total]
    if not shown:
        return None
    difference = sum((s.total - (e.total or ZERO) for e, s in shown), ZERO)
    return Outcome.DOCUMENT_DIFFERS, difference, f"сумма в учёте другая: {_numbers([e for e, _ in shown])}"


def money_verdict(story: Story) -> Verdict | None:
    """Money that the shop and the books do not agree on."""
    if not story.of(Status.POSTED):
        return None
    return _kept_money(story) if story.records_money else _shown_money(story)


def _kept_money(story: Story) -> Verdict | None:
    """Books that record payments: all that fits on the documents must stand there."""
    kinds = (DocumentKind.SALE, DocumentKind.ACT)
    room = total_of([entry for entry in story.of(Status.POSTED) if entry.kind in kinds])
    recorded = story.recorded(MoneyKind.PAYMENT)
    in_books = paid_in_books(story)
    expected = min(room, story.paid + story.returned)
    if story.returned > (refunded := story.recorded(MoneyKind.REFUND)) and recorded > refunded:
        return Outcome.REFUND_OPEN, recorded - refunded, "деньги возвращены покупателю, в учёте возврата нет"
    if story.returned == 0 and recorded < expected:
        return Outcome.PAYMENT_MISSING, expected - recorded, "оплата из магазина не записана в учёт"
    if in_books is not None and in_books != recorded - refunded:
        return Outcome.AMOUNT_DIFFERS, in_books - recorded + refunded, "в учёте другая сумма оплат"
    if story.paid > room and story.paid > story.order["price"]:
        return Outcome.OVERPAID, story.paid - story.order["price"], "оплачено больше суммы заказа"
    return None


def _shown_money(story: Story) -> Verdict | None:
    """Books that only show whether a bill is paid: the accountant is told."""
    if story.returned:
        return (
            Outcome.REFUND_OPEN,
            story.returned,
            "деньги возвращены покупателю: проведите возврат в учёте вручную",
        )
    in_books = paid_in_books(story)
    if in_books is None or in_books == story.paid:
        return None
    if in_books == 0:
        return Outcome.PAID_IN_SHOP_ONLY, story.paid, "оплачен в магазине: отметьте оплату счёта в учёте"
    if story.paid == 0:
        return Outcome.PAID_IN_BOOKS_ONLY, in_books, "счёт оплачен в учёте, в магазине оплаты нет"
    return Outcome.AMOUNT_DIFFERS, in_books - story.paid, "суммы оплат в магазине и в учёте разные"


def paid_in_books(story: Story) -> Decimal | None:
    """Return the roubles that the books show as paid, less refunded; None where they do not show it."""
    shown = [shown for entry in story.of(Status.POSTED) if (shown := story.shelf.of(entry))]
    known = [document for document in shown if document.paid is not None]
    if not known:
        return None
    return sum(((d.paid or ZERO) - (d.refunded or ZERO) for d in known), ZERO)


def calm(story: Story) -> Verdict:
    """Nothing is wrong: the order asks for nothing, agrees, or cannot be checked."""
    if not story.documents:
        return Outcome.NOT_DUE, ZERO, _why_not_due(story)
    if any(story.shelf.sees(entry) is Seen.NOT_CHECKED for entry in story.documents):
        return Outcome.NOT_CHECKED, ZERO, "документы отправлены; прочитать их обратно этот учёт не даёт"
    return Outcome.MATCHED, ZERO, "магазин, журнал и учёт согласны"


def _why_not_due(story: Story) -> str:
    if story.order["cancelled"]:
        return "заказ отменён до проведения"
    return "документов пока не требуется"
