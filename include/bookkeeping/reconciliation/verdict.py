"""Which outcome an order gets: the first thing that is wrong with it, or that all is well (DESIGN R12)."""

from collections.abc import Sequence
from decimal import Decimal

from bookkeeping.bill_payments import paid_on
from bookkeeping.domain import BookDocument, DocumentKind, MoneyKind, Status
from bookkeeping.ledger import UNANSWERED, Entry
from bookkeeping.outcomes import DifferenceRow, Outcome, Seen
from bookkeeping.reconciliation.differences import difference_of, difference_rows, outdated, vat_of
from bookkeeping.reconciliation.story import ZERO, Story
from bookkeeping.transforms.payments import Payment
from bookkeeping.transforms.returns import goods_back, sold_elsewhere
from bookkeeping.transforms.revisions import Change

Verdict = tuple[Outcome, Decimal, str]
"""The outcome, the roubles that do not agree, and one sentence for the accountant."""


PAYABLE = (DocumentKind.SALE, DocumentKind.ACT)


def verdict(story: Story) -> Verdict:
    """Return the first thing that is wrong with an order, most pressing first."""
    checks = (cancelled, changed, unknown, held, missing, differing, money_verdict)
    found = (check(story) for check in checks)
    return next(filter(None, found), None) or calm(story)


def total_of(entries: Sequence[Entry]) -> Decimal:
    """Return the roubles of these entries."""
    return sum((entry.total or ZERO for entry in entries), ZERO)


def worth(entries: Sequence[Entry]) -> Decimal:
    """Return the roubles sold on these documents; a bill counts where nothing else says what was sold.

    An act beside bills covers the services alone, so the larger sum is the one of the whole order.
    """
    sold = total_of([entry for entry in entries if entry.kind in PAYABLE])
    return max(sold, total_of([entry for entry in entries if entry.kind not in PAYABLE]))


def _numbers(entries: Sequence[Entry]) -> str:
    return ", ".join(f"{KINDS[entry.kind]} № {entry.number}" for entry in entries)


KINDS: dict[str, str] = {
    DocumentKind.BILL: "счёт",
    DocumentKind.SALE: "реализация",
    DocumentKind.ACT: "акт",
    MoneyKind.PAYMENT: "оплата по заказу",
    MoneyKind.REFUND: "возврат по заказу",
}


def cancelled(story: Story) -> Verdict | None:
    """A cancelled order whose documents stand, or have been taken out of the books since."""
    if not story.order["cancelled"] or not any(entry.external_id for entry in story.documents):
        return None
    standing, vat = outdated(story), vat_of(difference_rows(story))
    if not standing:
        return Outcome.NOT_DUE, ZERO, "заказ отменён, документов в учёте больше нет"
    total = total_of(standing)
    inside = f", в том числе НДС {abs(vat):.2f} ₽" if vat else ""
    text = f"заказ отменён, а в учёте стоит {_numbers(standing)}: {total:.2f} ₽{inside}"
    return Outcome.CANCELLED_AFTER_POSTING, total, "; ".join((text, *story.kept_back(standing)))


def changed(story: Story) -> Verdict | None:
    """An order that now asks for something else than was posted."""
    entries, rows = outdated(story), difference_rows(story)
    if not entries:
        return None
    what = (
        "товар вернули, в учёте возврата нет"
        if _is_return(story, entries)
        else "заказ изменён после проведения"
    )
    text = f"{what}: {_numbers(entries)}; {_change_of(rows)}"
    return Outcome.CHANGED_AFTER_POSTING, difference_of(rows), "; ".join((text, *story.kept_back(entries)))


def _is_return(story: Story, entries: Sequence[Entry]) -> bool:
    """Whether nothing has happened to these documents but that goods came back."""
    if any(entry.kind != DocumentKind.SALE for entry in entries):
        return False
    asked = [item.document for item in story.due.values()]
    pairs = ((story.contents.get(entry.key), story.asked_for(entry)) for entry in entries)
    return all(
        sent is not None and due is not None and goods_back(sent, due, sold_elsewhere(due, asked))
        for sent, due in pairs
    )


def _change_of(rows: Sequence[DifferenceRow]) -> str:
    """Say in one clause what all these differences come to."""
    if not rows:
        return "строки, суммы и реквизиты прежние"
    unknown = "; прежние строки неизвестны" if any(row.change is Change.WHOLE for row in rows) else ""
    total, vat = difference_of(rows), vat_of(rows)
    roubles = f"разница {total:+.2f} ₽" if total else "сумма прежняя"
    inside = f", {'в том числе НДС' if total else 'НДС'} {vat:+.2f} ₽" if vat else ""
    return f"{roubles}{inside}{unknown}"


def unknown(story: Story) -> Verdict | None:
    """A document or money whose writing went unanswered."""
    money = [entry for entry in story.money if entry.status in UNANSWERED]
    entries = [*story.of(*UNANSWERED), *money]
    if not entries:
        return None
    return (
        Outcome.UNKNOWN,
        total_of(entries),
        f"ответ учёта потерян: {_numbers(entries)}; проверьте, дошло ли это до учёта",
    )


def held(story: Story) -> Verdict | None:
    """A document that waits for a person."""
    entries = story.of(Status.HELD)
    if not entries:
        return None
    details = "; ".join(dict.fromkeys(entry.detail for entry in entries))
    return Outcome.HELD, worth(entries), f"не отправлено: {_numbers(entries)}: {details}"


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
    """A document that the books show otherwise than it was sent."""
    shown = [(entry, s) for entry in story.of(Status.POSTED) if (s := story.shelf.of(entry))]
    found = [(entry, s, what) for entry, s in shown if (what := _differences(story, entry, s))]
    if not found:
        return None
    total = sum((s.total - (entry.total or ZERO) for entry, s, _ in found), ZERO)
    vat = sum(((s.vat or ZERO) - (entry.vat or ZERO) for entry, s, _ in found if s.vat is not None), ZERO)
    texts = ", ".join(f"{_numbers([entry])} ({', '.join(what)})" for entry, _, what in found)
    return Outcome.DOCUMENT_DIFFERS, total or vat, f"в учёте иначе: {texts}"


def _differences(story: Story, entry: Entry, shown: BookDocument) -> list[str]:
    """Name what is not as it was sent; what the books do not say is no difference."""
    pairs = {
        "сумма": (entry.total, shown.total),
        "НДС": (entry.vat, shown.vat),
        "дата": (entry.dated_on, shown.issued_on),
        "покупатель": (story.buyers.get(entry.counterparty_key), shown.counterparty_id or None),
    }
    return [name for name, (ours, theirs) in pairs.items() if None not in {ours, theirs} and ours != theirs]


def money_verdict(story: Story) -> Verdict | None:
    """Money that the shop and the books do not agree on."""
    if not story.of(Status.POSTED):
        return None
    return (_kept_money(story) if story.records_money else _shown_money(story)) or overpaid(story)


def _kept_money(story: Story) -> Verdict | None:
    """Books that record payments: all that fits on the documents must stand there, and nothing else."""
    found = (check(story) for check in (_unrefunded_money, _unrecorded, _unlike_sent, _too_much))
    return next(filter(None, found), None)


def _unrefunded_money(story: Story) -> Verdict | None:
    """Money that went back to the buyer, and in the books did not."""
    if not (still := sum((_unrefunded(story, payment) for payment in story.payments), ZERO)):
        return None
    text = _with_holds(story, "деньги возвращены покупателю, в учёте возврата нет")
    return Outcome.REFUND_OPEN, still, text


def _unrecorded(story: Story) -> Verdict | None:
    """Money of the shop for which there is room on the documents, and which we have not recorded."""
    kept = [story.recorded(MoneyKind.PAYMENT, p) for p in story.payments if p.returned_on is None]
    missing_part = min(_room(story), story.paid) - sum(kept, ZERO)
    if missing_part <= 0:
        return None
    return Outcome.PAYMENT_MISSING, missing_part, _with_holds(story, "оплата из магазина не записана в учёт")


def _unlike_sent(story: Story) -> Verdict | None:
    """Money in the books that is not what we recorded: somebody took it away, doubled it or wrote another."""
    in_books, ours = paid_in_books(story), _recorded(story)
    if in_books is None or in_books == ours:
        return None
    if ours == 0 and story.paid == 0:
        return _paid_in_books_only(in_books)
    if ours - in_books in _gone(story):
        return Outcome.PAYMENT_MISSING, ours - in_books, "записанной нами оплаты в учёте больше нет"
    back = _refunded_in_books(story) - story.recorded(MoneyKind.REFUND)
    text = "в учёте стоит возврат, которого нет в магазине" if back > 0 else DIFFERENT_SUMS
    return Outcome.AMOUNT_DIFFERS, in_books - ours, text


def _too_much(story: Story) -> Verdict | None:
    """Money in the books that the shop no longer calls paid."""
    ours = _recorded(story)
    if ours > story.paid:
        if story.paid == 0:
            return _paid_in_books_only(ours)
        return Outcome.AMOUNT_DIFFERS, ours - story.paid, DIFFERENT_SUMS
    return None


def _room(story: Story) -> Decimal:
    return total_of([entry for entry in story.of(Status.POSTED) if entry.kind in PAYABLE])


def _recorded(story: Story) -> Decimal:
    return story.recorded(MoneyKind.PAYMENT) - story.recorded(MoneyKind.REFUND)


def _gone(story: Story) -> set[Decimal]:
    """The sums that the books lack if one of the payments that we recorded, or all of them, are gone."""
    recorded = [e.total for e in story.money if e.kind == MoneyKind.PAYMENT and e.status is Status.POSTED]
    return {*(total for total in recorded if total), _recorded(story)}


def _refunded_in_books(story: Story) -> Decimal:
    shown = (story.shelf.of(entry) for entry in story.of(Status.POSTED))
    return sum((document.refunded or ZERO for document in shown if document), ZERO)


def _paid_in_books_only(amount: Decimal) -> Verdict:
    return Outcome.PAID_IN_BOOKS_ONLY, amount, "оплата стоит в учёте, в магазине оплаты нет"


DIFFERENT_SUMS = "суммы оплат в магазине и в учёте разные"


def _unrefunded(story: Story, payment: Payment) -> Decimal:
    """Return the roubles that went back to the buyer and still stand in the books as paid."""
    if payment.returned_on is None:
        return ZERO
    return story.recorded(MoneyKind.PAYMENT, payment) - story.recorded(MoneyKind.REFUND, payment)


def _with_holds(story: Story, text: str) -> str:
    details = dict.fromkeys(entry.detail for entry in story.money if entry.status is Status.HELD)
    return "; ".join((text, *details))


def _shown_money(story: Story) -> Verdict | None:
    """Books that only show whether a bill is paid: the accountant is told."""
    if story.returned:
        return (
            Outcome.REFUND_OPEN,
            story.returned,
            "деньги возвращены покупателю: проведите возврат в учёте вручную",
        )
    in_books = paid_in_books(story)
    by_shop = (story.paid, story.paid_by_now)
    if in_books is None or in_books in {story.paid, *(min(paid, story.order["price"]) for paid in by_shop)}:
        return None
    if in_books == 0:
        return Outcome.PAID_IN_SHOP_ONLY, story.paid, "оплачен в магазине: отметьте оплату счёта в учёте"
    if story.paid == 0:
        return _paid_in_books_only(in_books)
    return Outcome.AMOUNT_DIFFERS, in_books - story.paid, DIFFERENT_SUMS


def overpaid(story: Story) -> Verdict | None:
    """More money than the order costs by now: the rest is an advance.

    What the shop has given back since, on a later day, is no advance any more.
    """
    paid, sold = min(story.paid, story.paid_by_now), worth(story.of(Status.POSTED))
    if not story.goods_back:
        over, text = paid - story.order["price"], "оплачено больше суммы заказа"
    else:
        unsold = max(story.order["price"] - sold - story.goods_back, ZERO)
        over, text = paid - sold - unsold, GOODS_BACK
    return (Outcome.OVERPAID, over, text) if over > 0 else None


GOODS_BACK = "товар вернули, а деньги покупателя ещё у магазина: верните их или оставьте авансом"


def paid_in_books(story: Story) -> Decimal | None:
    """Return the roubles that the books show as paid by the day's end; None where they do not show it."""
    shown = [shown for entry in story.of(Status.POSTED) if (shown := story.shelf.of(entry))]
    paid = (paid_on(document, story.heard.get(document.external_id)) for document in shown)
    known = [amount for amount in paid if amount is not None]
    return sum(known, ZERO) - story.later if known else None


def calm(story: Story) -> Verdict:
    """Nothing is wrong: the order asks for nothing, agrees, or cannot be checked."""
    if not story.documents:
        return Outcome.NOT_DUE, ZERO, _why_not_due(story)
    if any(story.shelf.sees(entry) is Seen.NOT_CHECKED for entry in story.documents):
        return Outcome.NOT_CHECKED, ZERO, "документы отправлены; прочитать их обратно этот учёт не даёт"
    if story.payments and paid_in_books(story) is None:
        return Outcome.NOT_CHECKED, ZERO, "документы на месте; оплат этот учёт не показывает"
    sold = worth(story.of(Status.POSTED))
    rest = story.order["price"] - sold - story.goods_back
    still = f"; без документа пока {rest:.2f} ₽" if rest > 0 else ""
    return Outcome.MATCHED, ZERO, f"магазин, журнал и учёт согласны{still}"


def _why_not_due(story: Story) -> str:
    if story.order["cancelled"]:
        why = "заказ отменён, хотя отгружен" if story.has_shipped else "заказ отменён до проведения"
        return f"{why}; деньги покупателя не возвращены: {story.paid:.2f} ₽" if story.paid > 0 else why
    if not story.is_documented:
        return "заказ исключён настройками компании: покупатель, статус или площадка"
    return "документов пока не требуется"
