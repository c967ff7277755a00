"""A made-up day in which every outcome occurs."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import cycle

import pytest

from bookkeeping.domain import DocumentKind, DocumentLine, HoldReason, MoneyKind, Status, VatRate
from bookkeeping.outcomes import (
    DifferenceRow,
    DocumentRow,
    ForeignRow,
    MoneyRow,
    OrderRow,
    Outcome,
    Reconciliation,
    Seen,
    Sums,
)
from bookkeeping.transforms.revisions import Change, LineDifference

DAY = date(2026, 10, 3)
BUYERS = cycle(
    [
        "ООО «Вектор»",
        "ИП Соколова М. Ю.",
        "Пётр Ильич Кузнецов",
        "АО «Научно-производственное объединение „Гранит“»",
    ]
)
ORDINARY = [Outcome.MATCHED] * 9
REASONS = [HoldReason.INN_INVALID, HoldReason.TOTAL_MISMATCH]


def document(number: str, total: Decimal, **changes: object) -> DocumentRow:
    """Make a posted sale that the books show."""
    facts = {
        "key": f"romashka/sale/{number}/1",
        "kind": DocumentKind.SALE,
        "number": number,
        "issued_on": DAY,
        "total": total,
        "vat": (total * 22 / 122).quantize(Decimal("0.01")),
        "status": Status.POSTED,
        "external_id": "5b6c2f0a-1d1e-4f6e-9a53-0a1f6f1b2c3d",
        "seen": Seen.YES,
        "books_total": total,
    }
    return DocumentRow(**(facts | changes))


def order(number: str, total: Decimal, outcome: Outcome = Outcome.MATCHED, **changes: object) -> OrderRow:
    """Make an order with one document and one payment."""
    payment = MoneyRow(f"9{number}", MoneyKind.PAYMENT, DAY, total, total, Status.POSTED)
    facts = {
        "order_id": number,
        "number": f"{number}/26",
        "placed_on": DAY,
        "buyer": next(BUYERS),
        "total": total,
        "documents_total": total,
        "paid_in_shop": total,
        "paid_in_books": total,
        "outcome": outcome,
        "difference": Decimal(0),
        "explanation": "",
        "documents": (document(f"{number}/26", total),),
        "money": (payment,),
    }
    return OrderRow(**(facts | changes))


def line(name: str, quantity: str, price: str, rate: VatRate = VatRate.VAT22) -> DocumentLine:
    """Make a line of goods."""
    total = Decimal(price) * Decimal(quantity)
    return DocumentLine(name, Decimal(quantity), "шт", Decimal(price), total, rate, rate.inside(total))


def difference(
    change: Change, before: object, after: object, name: str = "", **sums: Decimal | None
) -> DifferenceRow:
    """Make a difference of a sale."""
    return DifferenceRow(DocumentKind.SALE, "1217/26", change, name, before, after, **sums)


def line_difference(before: DocumentLine | None, after: DocumentLine | None) -> DifferenceRow:
    """Make a difference of a line of a sale."""
    pair = LineDifference(before, after)
    return difference(pair.change, before, after, pair.name, total=pair.total, vat=pair.vat)


DIFFERENCES = {
    Outcome.CHANGED_AFTER_POSTING: (
        difference(Change.DATE, DAY, date(2026, 10, 4)),
        difference(Change.BUYER, "inn:7707083893:773601001", "person:5f2c"),
        difference(Change.PAY_BY, DAY, None),
        line_difference(line("Чайник «Заря»", "2.000", "1234.50"), line("Чайник «Заря»", "3", "1200.00")),
        line_difference(line("Доставка", "1", "300.00"), None),
        line_difference(None, line("Книга", "1", "550.00", VatRate.VAT10)),
    ),
    Outcome.CANCELLED_AFTER_POSTING: (
        difference(
            Change.WHOLE,
            Sums(Decimal("18250.00"), None),
            None,
            total=Decimal("-18250.00"),
            vat=None,
        ),
    ),
}


def odd_order(place: int, outcome: Outcome) -> OrderRow:
    """Make an order that ends as asked, with a difference unless the outcome has none."""
    number, total = str(1200 + place), Decimal("4990.10") + 1357 * place
    is_calm = outcome in {Outcome.MATCHED, Outcome.NOT_DUE, Outcome.NOT_CHECKED}
    return order(
        number,
        total,
        outcome,
        difference=Decimal(0) if is_calm else Decimal("-350.50") if place % 3 else total,
        explanation=f"Заказ {number}/26: здесь одно предложение о том, что именно разошлось.",
        paid_in_books=None if outcome is Outcome.NOT_CHECKED else total,
        differences=DIFFERENCES.get(outcome, ()),
    )


def held_order(place: int, reason: HoldReason) -> OrderRow:
    """Make an order whose only document is held."""
    number, total = str(1300 + place), Decimal("18250.00")
    held = document(
        f"{number}/26",
        total,
        status=Status.HELD,
        reason=reason,
        external_id="",
        seen=Seen.NO,
        books_total=None,
    )
    return order(
        number, total, Outcome.HELD, difference=total, documents=(held,), money=(), documents_total=Decimal(0)
    )


@pytest.fixture
def odd(day: Reconciliation) -> Reconciliation:
    """The same day, with warnings of which one is newer than this report."""
    warnings = (("few_orders", "За 03.10.2026 создано заказов: 2."), ("new_kind", "Что-то ещё."))
    return replace(day, warnings=warnings)


@pytest.fixture
def day() -> Reconciliation:
    """About twenty-five orders of all outcomes, and two foreign documents."""
    ordinary = [
        order(str(1100 + place), Decimal("1234.50") * (place + 1)) for place, _ in enumerate(ORDINARY)
    ]
    odd = [
        odd_order(place, outcome) for place, outcome in enumerate(Outcome) if outcome is not Outcome.FOREIGN
    ]
    held = [held_order(place, reason) for place, reason in enumerate(REASONS)]
    foreign = (
        ForeignRow(
            DocumentKind.SALE, "1105/26", DAY, "77f0", Decimal("990.00"), "Номер нашего заказа, метки нет."
        ),
        ForeignRow(DocumentKind.ACT, "88", DAY, "77f1", Decimal("15000.00"), "Метка наша, заказа нет."),
    )
    return Reconciliation("romashka", "ООО «Ромашка»", "kontur", DAY, tuple(ordinary + odd + held), foreign)
