from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.unit.mail.postbox import Postbox, ToPostbox, serving_mail

from bookkeeping.companies import Company
from bookkeeping.domain import DocumentKind, HoldReason, MoneyKind, Status
from bookkeeping.mail import Digest, digest_key
from bookkeeping.outcomes import (
    BankMatch,
    BankRow,
    DocumentRow,
    ForeignRow,
    MoneyRow,
    OrderRow,
    Outcome,
    Reconciliation,
)

DAY = date(2026, 10, 3)


@pytest.fixture
def postbox():
    return Postbox()


@pytest.fixture
def mailer(postbox):
    with serving_mail(postbox) as port:
        yield ToPostbox(port)


@pytest.fixture
def company():
    return Company.model_validate(
        {
            "id": "ivanov",
            "title": "ИП Иванов",
            "inn": "500100732259",
            "start_date": "2026-10-01",
            "books": {"system": "elba"},
            "vat": [{"from": "2019-01-01", "mode": "none"}],
            "documents": ["bill", "act"],
            "mail": {"accountants": ["buh@example.ru", "director@example.ru"], "bill_to_customer": True},
        }
    )


@pytest.fixture
def digest():
    return Digest("<p>Всё сошлось</p>", "ИП Иванов, 03.10.2026: всё сошлось\n\nВсё сошлось.\n")


@pytest.fixture
def key(company):
    return digest_key(company.id, DAY)


def document(number, **changes):
    facts = {
        "key": f"ivanov/bill/{number}",
        "kind": DocumentKind.BILL,
        "number": f"A-{number}",
        "issued_on": DAY,
        "total": Decimal("1234.50"),
        "vat": Decimal(0),
        "status": Status.POSTED,
        "external_id": f"id-{number}",
    }
    return DocumentRow(**(facts | changes))


def order(number, outcome=Outcome.MATCHED, **changes):
    total = Decimal("1234.50")
    paid = MoneyRow(f"9{number}", MoneyKind.PAYMENT, DAY, total, Decimal(0), note="запишите вручную")
    facts = {
        "order_id": number,
        "number": f"A-{number}",
        "placed_on": DAY,
        "buyer": f"Покупатель {number}",
        "total": total,
        "documents_total": total,
        "paid_in_shop": total,
        "paid_in_books": None,
        "outcome": outcome,
        "difference": Decimal(0) if outcome is Outcome.MATCHED else total,
        "explanation": f"пояснение {number}",
        "documents": (document(number),),
        "money": (paid,),
    }
    return OrderRow(**(facts | changes))


@pytest.fixture
def quiet():
    return Reconciliation("ivanov", "ИП Иванов", "elba oauth", DAY, ())


@pytest.fixture
def day(quiet):
    """One of everything that a digest tells."""
    held = document("3", status=Status.HELD, reason=HoldReason.INN_INVALID, external_id="")
    lost = document("4", status=Status.UNKNOWN, external_id="")
    orders = (
        order("1"),
        order("2", Outcome.PAID_IN_SHOP_ONLY),
        order("3", Outcome.HELD, documents=(held,), money=()),
        order("4", Outcome.UNKNOWN, documents=(lost,), money=()),
        order("5", Outcome.REFUND_OPEN, money=()),
        order("6", Outcome.AMOUNT_DIFFERS, difference=Decimal("-0.01"), money=()),
    )
    foreign = ForeignRow(DocumentKind.ACT, "88", DAY, "77f1", Decimal(15000), "Метка наша, заказа нет.")
    bank = tuple(
        BankRow("b1", DAY, Decimal(500), "ООО «Вектор»", "по счёту", match, f"поступление {match}")
        for match in BankMatch
    )
    warnings = (("few_orders", "За день создано заказов: 2."),)
    return replace(quiet, orders=orders, foreign=(foreign,), bank=bank, warnings=warnings)


@pytest.fixture
def new_order():
    return order
