"""Reconciling a day: every order with its one outcome, and what the books hold besides."""

from collections.abc import Iterator
from datetime import date, datetime

from bookkeeping.companies import Company
from bookkeeping.domain import AccountingBackend, DocumentKind, MoneyKind, Status
from bookkeeping.due import DOCUMENTS
from bookkeeping.ledger import Entry, ShopMemory, SyncLedger
from bookkeeping.outcomes import DocumentRow, MoneyRow, OrderRow, Reconciliation
from bookkeeping.reconciliation.differences import difference_rows
from bookkeeping.reconciliation.shelf import Shelf, foreign_documents, orphans
from bookkeeping.reconciliation.story import ZERO, Story, tell
from bookkeeping.reconciliation.verdict import paid_in_books, total_of, verdict, worth
from bookkeeping.transforms.columns import ShopFrames
from bookkeeping.transforms.payments import Payment


def reconcile(
    shop: ShopFrames,
    company: Company,
    day: date,
    before: datetime,
    ledger: SyncLedger,
    backend: AccountingBackend,
) -> Reconciliation:
    """Return one outcome for every order of a day, the documents that no order explains, and its warnings.

    :param before: the end of the day; documents and money dated later belong to later days.
    """
    stories = list(tell(shop, company, before, ledger, backend))
    entries = [entry for story in stories for entry in story.documents]
    rows = tuple(order_row(story, company) for story in stories)
    if (told := sum((row.total for row in rows), ZERO)) != (sold := sum(shop.orders["price"], ZERO)):
        raise AssertionError(f"the outcomes of {day} add up to {told}, the shop's orders to {sold}")
    of_day = [*entries, *ledger.of_day(company.id, DOCUMENTS, day)]
    numbers = {*shop.orders["number"], *(entry.number for entry in of_day)}
    foreign = foreign_documents(backend, company.documents, day, of_day, numbers)
    foreign += orphans(of_day, set(shop.orders["order_id"]))
    warnings = tuple(ShopMemory(ledger).warnings(company.id, day))
    return Reconciliation(company.id, company.title, backend.system, day, rows, tuple(foreign), warnings)


def order_row(story: Story, company: Company) -> OrderRow:
    """Turn a story into the row of the report."""
    outcome, difference, explanation = verdict(story)
    order = story.order
    return OrderRow(
        order_id=order["order_id"],
        number=order["number"],
        placed_on=order["placed_at"].astimezone(company.zone).date(),
        buyer=order["company"] or order["name"] or company.retail_buyer.name,
        total=order["price"],
        documents_total=worth(story.of(Status.POSTED)),
        paid_in_shop=story.paid,
        paid_in_books=paid_in_books(story),
        outcome=outcome,
        difference=difference,
        explanation=explanation,
        documents=tuple(_document_row(entry, story.shelf) for entry in story.documents),
        money=tuple(_money_rows(story)),
        differences=tuple(difference_rows(story)),
    )


def _document_row(entry: Entry, shelf: Shelf) -> DocumentRow:
    shown = shelf.of(entry)
    return DocumentRow(
        key=entry.key,
        kind=DocumentKind(entry.kind),
        number=shown.number if shown else entry.number,
        issued_on=entry.dated_on or date.min,
        total=entry.total or ZERO,
        vat=entry.vat or ZERO,
        status=entry.status,
        external_id=entry.external_id or "",
        reason=entry.reason,
        detail=entry.detail,
        seen=shelf.sees(entry),
        books_total=shown.total if shown else None,
    )


def _money_rows(story: Story) -> Iterator[MoneyRow]:
    for payment in story.payments:
        yield _money_row(story, payment, MoneyKind.PAYMENT, payment.paid_on)
        if payment.returned_on:
            yield _money_row(story, payment, MoneyKind.REFUND, payment.returned_on)


def _money_row(story: Story, payment: Payment, kind: MoneyKind, day: date) -> MoneyRow:
    parts = [e for e in story.money if e.kind == kind and e.payment_id == payment.payment_id]
    posted = [entry for entry in parts if entry.status is Status.POSTED]
    status = next(
        (e.status for e in parts if e.status is not Status.POSTED), posted[0].status if posted else None
    )
    note = next((e.detail for e in parts if e.detail), "") or _money_note(story, kind, payment)
    return MoneyRow(payment.payment_id, kind, day, payment.amount, total_of(posted), status, note)


def _money_note(story: Story, kind: MoneyKind, payment: Payment) -> str:
    if payment.to_inner_account:
        return "возвращено на внутренний счёт покупателя: деньги остались в магазине"
    if not story.records_money:
        return "этот учёт не принимает оплаты: запишите вручную"
    recorded = story.recorded(MoneyKind.PAYMENT, payment)
    if kind is MoneyKind.REFUND and story.recorded(kind, payment) < recorded:
        return "возврат ещё не записан в учёт"
    if recorded == payment.amount:
        return ""
    return (
        "вернулось раньше, чем попало в учёт" if payment.returned_on else "остаток ждёт документа как аванс"
    )
