"""What is known of a company when money arrives on its bank account, and the row that says what it is for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bookkeeping.domain import BankTransaction, DocumentKind
from bookkeeping.outcomes import BankMatch, BankRow
from bookkeeping.transforms.payments import Payment

ZERO = Decimal(0)
PAYMENT = "payment:"


@dataclass(frozen=True)
class Paper:
    """A document of ours that stands in the books, as far as money may be meant for it."""

    key: str
    kind: DocumentKind
    number: str
    order_id: str
    total: Decimal
    external_id: str = ""


@dataclass(frozen=True)
class Known:
    """All that money may be for.

    :ivar payments: the shop's, as far as they are known; a day of cards is found if all of its are here.
    :ivar recorded: roubles by order that stand in the books as paid.
    :ivar numbers: orders' numbers for people, by id.
    :ivar buyers: INNs of the company's buyers: none of them is an acquirer.
    """

    papers: Sequence[Paper] = ()
    payments: Sequence[Payment] = ()
    recorded: Mapping[str, Decimal] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    buyers: Collection[str] = frozenset()

    def transfers(self) -> dict[str, list[Payment]]:
        """Return by order the payments that came from bank account to bank account, oldest first."""
        found: dict[str, list[Payment]] = defaultdict(list)
        for payment in sorted(self.payments, key=lambda payment: (payment.paid_on, payment.payment_id)):
            if not (payment.is_cash or payment.is_card):
                found[payment.order_id].append(payment)
        return found

    def cards(self) -> dict[date, list[Payment]]:
        """Return by day the payments that were made by card, as the shop marks them."""
        found: dict[date, list[Payment]] = defaultdict(list)
        for payment in self.payments:
            if payment.is_card:
                found[payment.paid_on].append(payment)
        return dict(found)

    def paid_otherwise(self) -> dict[str, Decimal]:
        """Return by order the roubles that came in cash or by card and stayed on it."""
        found: dict[str, Decimal] = defaultdict(Decimal)
        for payment in self.payments:
            stayed = not (payment.returned_on or payment.to_inner_account)
            if stayed and (payment.is_cash or payment.is_card):
                found[payment.order_id] += payment.amount
        return dict(found)

    def paid(self) -> dict[str, Decimal]:
        """Return by order the roubles that came by any way and stayed."""
        found: dict[str, Decimal] = defaultdict(Decimal)
        for payment in self.payments:
            found[payment.order_id] += ZERO if payment.returned_on else payment.amount
        orders = {*found, *self.recorded}
        return {id_: max(found.get(id_, ZERO), self.recorded.get(id_, ZERO)) for id_ in orders}


def claim_of(payment: Payment) -> str:
    """Return what stands for a payment among all that can be paid once."""
    return PAYMENT + payment.payment_id


def gross(transaction: BankTransaction) -> Decimal:
    """Return the roubles that were paid: what arrived and what an acquirer kept."""
    return transaction.amount + transaction.commission


def listed(numbers: Iterable[str]) -> str:
    """Name documents or orders by their numbers."""
    return f"№ {', '.join(sorted(set(numbers)))}"


def bank_row(
    transaction: BankTransaction,
    match: BankMatch,
    explanation: str,
    numbers: Iterable[str] = (),
    expected: Decimal | None = None,
) -> BankRow:
    """Say what a transaction is for."""
    return BankRow(
        external_id=transaction.external_id,
        dated_on=transaction.dated_on,
        amount=transaction.amount,
        payer=transaction.payer,
        purpose=transaction.purpose,
        match=match,
        explanation=explanation,
        commission=transaction.commission,
        numbers=tuple(sorted(set(numbers))),
        expected=expected,
    )
