"""A made-up month of a shop, as large as asked for: believable, and the same every time."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from bookkeeping.domain import DocumentKind, HoldReason, MoneyKind, Status
from bookkeeping.outcomes import (
    BankMatch,
    BankRow,
    DocumentRow,
    ForeignRow,
    MoneyRow,
    OrderRow,
    Outcome,
    Reconciliation,
    Seen,
)

FIRST = date(2026, 10, 1)
NOBODY = Decimal("0.00")
SHARES = {
    Outcome.MATCHED: 86,
    Outcome.NOT_DUE: 5,
    Outcome.HELD: 2,
    Outcome.PAYMENT_MISSING: 2,
    Outcome.CHANGED_AFTER_POSTING: 2,
    Outcome.AMOUNT_DIFFERS: 1,
    Outcome.OVERPAID: 1,
    Outcome.REFUND_OPEN: 1,
}
EXPLANATIONS = {
    Outcome.MATCHED: "магазин, журнал и учёт согласны",
    Outcome.NOT_DUE: "документов пока не требуется",
    Outcome.HELD: "не отправлено: ИНН 7707083890 не проходит проверку контрольной цифры",
    Outcome.PAYMENT_MISSING: "оплата из магазина не записана в учёт",
    Outcome.CHANGED_AFTER_POSTING: "заказ изменён после проведения: реализация № {number}; разница {part} ₽",
    Outcome.AMOUNT_DIFFERS: "суммы оплат в магазине и в учёте разные",
    Outcome.OVERPAID: "оплачено больше суммы заказа",
    Outcome.REFUND_OPEN: "деньги возвращены покупателю, в учёте возврата нет",
}
FORMS = ["ООО «{}»", "ООО «Торговый дом „{}“»", "АО «{}»", "ООО «{}-Сервис»"]
NAMES = ["Вектор", "Северный ветер", "Гранит", "Лучик", "Полюс", "Меридиан", "Берёзка", "Купава", "Азимут"]


def month(orders: int = 420, *, bank: int | None = 24) -> Reconciliation:
    """Make October 2026: every fifteenth order is older than the month, two documents are foreign."""
    chance = Random(2026)
    rows = tuple(_order(chance, place) for place in range(orders))
    paid = None if bank is None else tuple(_money_in(chance, place) for place in range(bank))
    last = FIRST.replace(day=monthrange(FIRST.year, FIRST.month)[1])
    return Reconciliation(
        "romashka", "ООО «Ромашка»", "kontur", FIRST, rows, FOREIGN, through=last, bank=paid
    )


FOREIGN = (
    ForeignRow(
        *(DocumentKind.SALE, "10117", date(2026, 10, 9), "77f0c1d2", Decimal("990.00")),
        "носит номер нашего заказа, но создан не нами",
    ),
    ForeignRow(
        *(DocumentKind.ACT, "10240", date(2026, 10, 21), "77f0c1d3", Decimal("15000.00")),
        "отправлен нами, но такого заказа за этот день в магазине больше нет",
    ),
)


def _order(chance: Random, place: int) -> OrderRow:
    number, placed_on = str(10_000 + place), _placed_on(chance, place)
    outcome = chance.choices(list(SHARES), list(SHARES.values()))[0]
    total = Decimal(chance.randrange(49_000, 9_900_000)) / 100
    part = (total / chance.choice([2, 4, 5])).quantize(Decimal("0.01"))
    is_written = outcome not in {Outcome.NOT_DUE, Outcome.HELD}
    difference = {Outcome.HELD: total, Outcome.PAYMENT_MISSING: total}.get(outcome, part)
    unpaid = {Outcome.PAYMENT_MISSING: NOBODY, Outcome.AMOUNT_DIFFERS: total - part}
    in_books = unpaid.get(outcome, total) if is_written else NOBODY
    return OrderRow(
        order_id=str(5000 + place),
        number=number,
        placed_on=placed_on,
        buyer=chance.choice(FORMS).format(chance.choice(NAMES)) if place % 3 else "Розничный покупатель",
        total=total,
        documents_total=total if is_written else NOBODY,
        paid_in_shop=(total + part if outcome is Outcome.OVERPAID else total) if is_written else NOBODY,
        paid_in_books=in_books,
        outcome=outcome,
        difference=NOBODY if outcome in {Outcome.MATCHED, Outcome.NOT_DUE} else difference,
        explanation=EXPLANATIONS[outcome].format(number=number, part=part),
        documents=() if outcome is Outcome.NOT_DUE else tuple(_documents(number, placed_on, total, outcome)),
        money=(MoneyRow(f"8{place}", MoneyKind.PAYMENT, placed_on, total, in_books, Status.POSTED),)
        if is_written
        else (),
    )


def _placed_on(chance: Random, place: int) -> date:
    """Fewer orders come at weekends; some are older than the month."""
    if place % 15 == 0:
        return FIRST - timedelta(days=chance.randrange(1, 20))
    days = [FIRST + timedelta(days=number) for number in range(31)]
    return chance.choices(days, [2 if day.weekday() > 4 else 5 + day.day % 4 for day in days])[0]


def _documents(number: str, on: date, total: Decimal, outcome: Outcome) -> list[DocumentRow]:
    held = outcome is Outcome.HELD
    return [
        DocumentRow(
            key=f"romashka/{kind}/{number}/",
            kind=kind,
            number=number,
            issued_on=on,
            total=total,
            vat=(total * 22 / 122).quantize(Decimal("0.01")),
            status=Status.HELD if held else Status.POSTED,
            external_id="" if held else f"5b6c2f0a-1d1e-4f6e-9a53-{number:0>12}",
            reason=HoldReason.INN_INVALID if held else None,
            seen=Seen.NO if held else Seen.YES,
            books_total=None if held else total,
        )
        for kind in (DocumentKind.BILL, DocumentKind.SALE)
    ]


def _money_in(chance: Random, place: int) -> BankRow:
    amount = Decimal(chance.randrange(99_000, 9_900_000)) / 100
    match = [*[BankMatch.DOCUMENT] * 3, BankMatch.ACQUIRER, BankMatch.ACQUIRER, *BankMatch][place % 9]
    commission = (amount * 2 / 100).quantize(Decimal("0.01")) if match is BankMatch.ACQUIRER else NOBODY
    numbers = [str(10_000 + place), str(10_001 + place)]
    fitting = {BankMatch.DOCUMENT: 1, BankMatch.AMBIGUOUS: 2}.get(match, 0)
    return BankRow(
        external_id=f"bank-{place}",
        dated_on=FIRST + timedelta(days=place % 31),
        amount=amount,
        payer="АО «Банк»" if commission else chance.choice(FORMS).format(chance.choice(NAMES)),
        purpose="Возмещение по эквайрингу" if commission else f"Оплата по счёту {numbers[0]}, без НДС",
        match=match,
        explanation="",
        commission=commission,
        numbers=tuple(numbers[:fitting]),
        expected=None if match is BankMatch.NONE else amount + commission,
    )
