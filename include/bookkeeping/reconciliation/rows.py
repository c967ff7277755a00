"""Reconciling a period: every order with its one outcome, and what the books hold besides."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from bookkeeping.companies import Company
from bookkeeping.domain import AccountingBackend, DocumentKind, MoneyKind, Status
from bookkeeping.due import DOCUMENTS
from bookkeeping.ledger import Entry, ShopMemory, SyncLedger
from bookkeeping.outcomes import DocumentRow, MoneyRow, OrderRow, Reconciliation
from bookkeeping.reconciliation.bank import bank_rows
from bookkeeping.reconciliation.differences import difference_rows
from bookkeeping.reconciliation.shelf import Listing, Shelf, days_between
from bookkeeping.reconciliation.story import ZERO, Story, tell
from bookkeeping.reconciliation.sums import add_up
from bookkeeping.reconciliation.unexplained import unexplained
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
    """Return one outcome for every order of a day; as :func:`explain` does."""
    return explain([shop], company, (day, day), before, ledger, backend)


def explain(
    parts: Iterable[ShopFrames],
    company: Company,
    period: tuple[date, date],
    before: datetime,
    ledger: SyncLedger,
    backend: AccountingBackend,
    earlier: Sequence[Payment] = (),
) -> Reconciliation:
    """Return one outcome for every order of a period, the documents that no order explains, and warnings.

    :param parts: the period's orders, each whole, a part in memory at a time.
    :param period: its first and last day.
    :param earlier: the shop's payments of the days before, whose money may arrive within the period.
    :param before: its end; documents and money dated later belong to later days.
    :raises DoesNotAddUpError: the outcomes are not, to the kopeck, what shop and books hold.
    """
    first, last = period
    days, listing = days_between(first, last), Listing(backend)
    of_days = ledger.dated(company.id, DOCUMENTS, first, last)
    rows, payments, sold = list[OrderRow](), list[Payment](), ZERO
    for shop in parts:
        sold += sum(shop.orders["price"], ZERO)
        for story in tell(shop, company, before, ledger, listing):
            rows.append(order_row(story, company))
            payments += story.payments
    strangers = unexplained(rows, of_days, company, days, ledger, listing)
    add_up(rows, strangers.rows, sold, strangers.held)
    return Reconciliation(
        company.id,
        company.title,
        backend.system,
        first,
        tuple(rows),
        tuple(strangers.rows),
        tuple(_warnings(ledger, company, days)),
        through=last if last > first else None,
        bank=bank_rows(ledger, company, backend, _each_once(earlier, payments), first, last),
    )


def _each_once(earlier: Iterable[Payment], payments: Iterable[Payment]) -> list[Payment]:
    """What the shop says now of a payment counts."""
    return list({payment.payment_id: payment for payment in (*earlier, *payments)}.values())


def _warnings(ledger: SyncLedger, company: Company, days: Sequence[date]) -> Iterator[tuple[str, str]]:
    """Yield what is odd about each day; of a longer period, with the day."""
    memory = ShopMemory(ledger)
    for day in days:
        for kind, text in memory.warnings(company.id, day):
            yield kind, f"{day:%d.%m.%Y}: {text}" if len(days) > 1 else text


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
    for payment in story.inner:
        kind, day, amount = MoneyKind.PAYMENT, payment.paid_on, payment.amount
        yield MoneyRow(payment.payment_id, kind, day, amount, ZERO, note=FROM_CREDIT)
    known = {payment.payment_id for payment in story.payments}
    for entry in story.money:
        if entry.payment_id not in known and entry.status is Status.POSTED:
            yield _gone_from_shop(entry)


FROM_CREDIT = "оплачено с внутреннего счёта покупателя: новых денег нет, в учёт не записывается"
TAKEN_BACK = "в магазине больше не отмечено как оплата; в учёте остаётся: решите, что с ней делать"


def _gone_from_shop(entry: Entry) -> MoneyRow:
    """Money that was recorded, and of which the shop says by now that it never came: nothing is deleted."""
    amount = entry.total or ZERO
    kind = MoneyKind(entry.kind)
    return MoneyRow(entry.payment_id, kind, entry.dated_on, ZERO, amount, entry.status, TAKEN_BACK)


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
