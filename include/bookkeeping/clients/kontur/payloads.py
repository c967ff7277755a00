"""Our documents, buyers and money in Kontur.Accounting's words, and its documents in ours."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from bookkeeping.clients.books import roubles_or_none, to_roubles, understood
from bookkeeping.clients.limits import Limits
from bookkeeping.clients.pages import Row
from bookkeeping.clients.transport import Payload
from bookkeeping.domain import (
    BankTransaction,
    BookDocument,
    Capability,
    Correction,
    Counterparty,
    CounterpartyKind,
    Document,
    DocumentKey,
    DocumentKind,
    DocumentLine,
    MoneyKey,
    MoneyKind,
    MoneyRecord,
    VatRate,
)

VAT_CODES: Mapping[VatRate, str] = {rate: rate.value for rate in VatRate}
PATHS: Mapping[DocumentKind, str] = {
    DocumentKind.BILL: "/documents/bills",
    DocumentKind.SALE: "/documents/saleinvoices",
    DocumentKind.ACT: "/documents/acts",
}
TYPES: Mapping[CounterpartyKind, str] = {
    CounterpartyKind.COMPANY: "LegalEntity",
    CounterpartyKind.SOLE_PROPRIETOR: "SoleProprietor",
    CounterpartyKind.INDIVIDUAL: "Individual",
}
LIMITS = Limits(
    lines=1000,
    number=50,
    line_name=1000,
    unit=20,
    comment=1000,
    counterparty_name=255,
    address=1000,
    contact=255,
    quantity_places=3,
    price_places=2,
)


def counterparty_payload(counterparty: Counterparty) -> Payload:
    """Say who buys; an individual has an empty INN."""
    contacts = {"email": counterparty.email, "phone": counterparty.phone, "address": counterparty.address}
    return {
        "name": counterparty.name,
        "inn": counterparty.inn,
        "kpp": counterparty.kpp,
        "type": TYPES[counterparty.kind],
        **{field: text for field, text in contacts.items() if text},
    }


def document_payload(
    document: Document, counterparty_id: str, capabilities: frozenset[Capability]
) -> Payload:
    """Say what was sold; prices have VAT inside, as these books assume."""
    with_amount = Capability.LINE_AMOUNT in capabilities
    due = {"dueDate": document.pay_by.isoformat()} if document.pay_by else {}
    return {
        "date": document.issued_on.isoformat(),
        "number": document.number,
        "counterpartyId": counterparty_id,
        "items": [_item(line, with_amount=with_amount) for line in document.lines],
        "totalAmount": document.total,
        "comment": f"Automatically created from order #{document.order_number} {document.key.mark}",
        **(due if document.key.kind is DocumentKind.BILL else {}),
        **_external_id(document.key, capabilities),
    }


def _item(line: DocumentLine, *, with_amount: bool) -> Payload:
    return {
        "name": line.name,
        "quantity": line.quantity,
        "price": line.price,
        "vatRate": VAT_CODES[line.vat_rate],
        "unit": line.unit,
        **({"amount": line.total} if with_amount else {}),
    }


def _external_id(key: DocumentKey | MoneyKey, capabilities: frozenset[Capability]) -> Payload:
    """Say the mark where it has a field of its own, beside the comment, which every connection has."""
    return {"externalId": key.mark.strip("[]")} if Capability.EXTERNAL_ID in capabilities else {}


def money_payload(record: MoneyRecord, capabilities: frozenset[Capability]) -> Payload:
    """Say what was paid, or given back with a reason."""
    payload: Payload = {
        "date": record.paid_on.isoformat(),
        "amount": record.amount,
        "paymentMethod": "Cash" if record.is_cash else "BankTransfer",
        **_external_id(record.key, capabilities),
    }
    if record.key.kind is MoneyKind.REFUND:
        reason = f"Refund of order #{record.order_number}"
        return {**payload, "reason": reason, "comment": f"{reason} {record.key.mark}"}
    return {**payload, "comment": f"Payment of order #{record.order_number} {record.key.mark}"}


def correction_payload(correction: Correction) -> Payload:
    """Say which lines of a sale are smaller by now, because goods came back."""
    return {
        "date": correction.dated_on.isoformat(),
        "number": correction.number,
        "reason": "return",
        "items": [
            {"line": line.place, "quantityAfter": line.quantity, "priceAfter": line.price}
            for line in correction.lines
        ],
        "comment": f"Goods returned of order #{correction.order_number} {correction.mark}",
    }


def is_corrected(row: Row) -> bool:
    """Whether corrections have left another sum of a document than its lines say."""
    left = roubles_or_none(row.get("correctedAmount"))
    return left is not None and left != roubles_or_none(row.get("totalAmount"))


def says(row: Row, correction: Correction) -> bool:
    """Whether a correction in the books leaves just this much of just these lines."""
    told = understood(_quantities, "correction", row)
    return told == {str(line.place): line.quantity for line in correction.lines}


def _quantities(row: Row) -> dict[str, Decimal]:
    return {str(item["line"]): Decimal(str(item["quantityAfter"])) for item in row["items"]}


def to_document(kind: DocumentKind, row: Row) -> BookDocument:
    """Read a document as its corrections left it; ``status`` is ``posted``, ``draft`` or ``cancelled``.

    How much VAT there is in what is left, the books do not say.
    """
    total = to_roubles(row["totalAmount"])
    left = to_roubles(row.get("correctedAmount", total))
    return BookDocument(
        kind=kind,
        external_id=str(row["id"]),
        number=str(row.get("number") or ""),
        issued_on=date.fromisoformat(row["date"]),
        counterparty_id=str(row.get("counterpartyId") or ""),
        comment=row.get("comment") or "",
        total=left,
        vat=roubles_or_none(row.get("vatAmount")) if left == total else None,
        paid=roubles_or_none(row.get("paidAmount")),
        refunded=roubles_or_none(row.get("refundedAmount")),
        status=row.get("status") or "",
    )


def to_bank_transaction(row: Row) -> BankTransaction:
    """Read money that arrived; an acquirer's commission is left out where there is none."""
    return BankTransaction(
        external_id=str(row["id"]),
        dated_on=date.fromisoformat(row["date"]),
        amount=to_roubles(row["amount"]),
        payer=str(row.get("counterpartyName") or ""),
        payer_inn=str(row.get("counterpartyInn") or ""),
        purpose=str(row.get("purpose") or ""),
        commission=to_roubles(row.get("commission") or 0),
        document_id=str(row.get("documentId") or ""),
    )
