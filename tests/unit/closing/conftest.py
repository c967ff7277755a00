"""A company's October: documents that really went through the ledger, and what the reconciliation says."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests.unit.builders import company

from bookkeeping.closing import close_month
from bookkeeping.domain import DocumentKind, DocumentLine, MoneyKind, Status, VatRate
from bookkeeping.errors import OutcomeUnknownError
from bookkeeping.ledger import Due
from bookkeeping.outcomes import DocumentRow, MoneyRow, OrderRow, Outcome, Reconciliation, Seen
from bookkeeping.report import write_report
from bookkeeping.transforms.revisions import content_of

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
IN_NOVEMBER = datetime(2026, 11, 5, 9, tzinfo=UTC)
ON_TIME = datetime(2026, 11, 1, 1, tzinfo=UTC)
ZERO = Decimal(0)


class October:
    """Orders with their documents and money, in the ledger and as the reconciliation tells of them."""

    def __init__(self, ledger, clock, document, due_of):
        self.ledger, self.clock = ledger, clock
        self._document, self._due_of = document, due_of
        self.rows, self.facts, self.settings = {}, {}, {"documents": ["sale"]}
        self.through = LAST
        clock.now = ON_TIME

    def post(self, order_id, *prices, rate=VatRate.VAT22, **changes):
        """Let a document of these lines stand in the books."""
        made = self._made(order_id, prices, rate, changes)
        self.ledger.expect([self._due_of(made)])
        sent = {"sent_hash": made.content_hash, "content": content_of(made)}
        self.ledger.bind(self.ledger.claim(str(made.key), sent), f"id-{order_id}-{made.key.kind}")
        return self._row(made, status=Status.POSTED, seen=Seen.YES)

    def lose(self, order_id, *prices):
        """Send a document, and get no answer."""
        made = self._made(order_id, prices, VatRate.VAT22, {})
        self.ledger.expect([self._due_of(made)])
        self.ledger.release(self.ledger.claim(str(made.key)), OutcomeUnknownError("no answer"))
        return self._row(made, status=Status.UNKNOWN)

    def hold(self, order_id, reason, detail=""):
        """Let a document wait for a person."""
        made = self._made(order_id, ["100.00"], VatRate.VAT22, {})
        self.ledger.expect([self._due_of(made, reason=reason, detail=detail)])
        return self._row(made, status=Status.HELD, reason=reason, detail=detail)

    def record(self, kind, payment_id, amount, on=FIRST):
        """Put money into the books."""
        key = f"romashka/{kind}/{payment_id}/sale/1/11"
        due = Due(key, "romashka", kind, "1", payment_id=payment_id, dated_on=on, total=Decimal(amount))
        self.ledger.expect([replace(due, due_hash="as paid")])
        self.ledger.bind(self.ledger.claim(key), f"money-{payment_id}")

    def order(self, order_id, *documents, number=None, outcome=Outcome.MATCHED, **changes):
        """Say how the reconciliation ends an order."""
        total = sum((row.total for row in documents), ZERO)
        facts = {
            "order_id": order_id,
            "number": number or f"A-{order_id}",
            "placed_on": FIRST,
            "buyer": "ООО «Вектор»",
            "total": total,
            "documents_total": total,
            "paid_in_shop": ZERO,
            "paid_in_books": ZERO,
            "outcome": outcome,
            "difference": ZERO,
            "explanation": "",
            "documents": documents,
        }
        self.rows[order_id] = OrderRow(**(facts | changes))
        return self.rows[order_id]

    def sold(self, *order_ids, price="100.00"):
        """Make orders whose sales stand in the books and agree."""
        for order_id in order_ids:
            self.order(order_id, self.post(order_id, price))

    @property
    def reconciliation(self):
        orders = tuple(self.rows.values())
        facts = {"foreign": (), "bank": (), "system": "kontur", "title": "ООО «Ромашка»"} | self.facts
        return Reconciliation("romashka", business_date=FIRST, through=self.through, orders=orders, **facts)

    @property
    def company(self):
        return company(**self.settings)

    def close(self, folder, at=IN_NOVEMBER):
        """Write the report, and close the month beside it."""
        self.clock.now = max(at, self.clock.now)
        self.clock.advance(1)
        write_report(self.reconciliation, folder)
        return close_month(self.reconciliation, self.ledger, self.company, folder)

    def _made(self, order_id, prices, rate, changes):
        lines = tuple(self._line(Decimal(price), rate) for price in prices)
        return self._document(order_id, **({"lines": lines} | changes))

    def _line(self, price, rate):
        return DocumentLine("Лампа", Decimal(1), "шт", price, price, rate, rate.inside(price))

    def _row(self, made, **facts):
        return DocumentRow(
            str(made.key), made.key.kind, made.number, made.issued_on, made.total, made.vat, **facts
        )


@pytest.fixture
def october(ledger, clock, document, due_of):
    return October(ledger, clock, document, due_of)


@pytest.fixture
def unpaid():
    """A payment in the shop of which the books have only a part."""
    return MoneyRow("9", MoneyKind.PAYMENT, FIRST, Decimal("50.00"), Decimal("20.10"), note="остаток ждёт")


@pytest.fixture(scope="session")
def sale():
    return DocumentKind.SALE
