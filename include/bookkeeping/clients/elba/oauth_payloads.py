"""Our bills, acts and buyers in the words of Elba's first dialect, and its documents in ours."""

from collections.abc import Mapping
from datetime import date

from bookkeeping.clients.books import roubles_or_none, to_roubles
from bookkeeping.clients.limits import Limits
from bookkeeping.clients.pages import Row
from bookkeeping.clients.transport import Payload
from bookkeeping.domain import (
    BookDocument,
    Counterparty,
    CounterpartyKind,
    Document,
    DocumentKind,
    DocumentLine,
    VatRate,
)

VAT_CODES: Mapping[VatRate, str] = {
    VatRate.NONE: "NoNds",
    VatRate.VAT0: "Nds0",
    VatRate.VAT5: "Nds5",
    VatRate.VAT7: "Nds7",
    VatRate.VAT10: "Nds10",
    VatRate.VAT20: "Nds20",
    VatRate.VAT22: "Nds22",
}
PATHS: Mapping[DocumentKind, str] = {DocumentKind.BILL: "/invoices", DocumentKind.ACT: "/acts"}
LIMITS = Limits(
    lines=500,
    number=50,
    line_name=1000,
    unit=20,
    comment=1000,
    counterparty_name=500,
    address=1000,
    contact=255,
    quantity_places=3,
    price_places=2,
)


def counterparty_payload(counterparty: Counterparty) -> Payload:
    """Say who buys: an organisation by INN and KPP, a person by type."""
    contacts = {"email": counterparty.email, "phone": counterparty.phone, "address": counterparty.address}
    known = {field: text for field, text in contacts.items() if text}
    if counterparty.kind is CounterpartyKind.INDIVIDUAL:
        return {"fullName": counterparty.name, "type": "individual", **known}
    return {"fullName": counterparty.name, "inn": counterparty.inn, "kpp": counterparty.kpp, **known}


def bill_payload(document: Document, counterparty_id: str) -> Payload:
    """Say what is to be paid; the number is the shop's."""
    due = {"paymentDueDate": document.pay_by.isoformat()} if document.pay_by else {}
    comment = f"Order from website #{document.order_number} {document.key.mark}"
    return {"number": document.number, **_document(document, counterparty_id), "comment": comment, **due}


def act_payload(document: Document, counterparty_id: str) -> Payload:
    """Say what was done; the server numbers acts itself."""
    comment = f"Services for order #{document.order_number} {document.key.mark}"
    return {**_document(document, counterparty_id), "comment": comment}


def _document(document: Document, counterparty_id: str) -> Payload:
    return {
        "date": document.issued_on.isoformat(),
        "counterpartyId": counterparty_id,
        "items": [_item(line) for line in document.lines],
    }


def _item(line: DocumentLine) -> Payload:
    return {
        "name": line.name,
        "count": line.quantity,
        "price": line.price,
        "unit": line.unit,
        "ndsRate": VAT_CODES[line.vat_rate],
    }


def to_document(kind: DocumentKind, row: Row) -> BookDocument:
    """Read a bill or an act; only bills have a ``status`` and a paid sum."""
    return BookDocument(
        kind=kind,
        external_id=str(row["id"]),
        number=str(row.get("number") or ""),
        issued_on=date.fromisoformat(row["date"]),
        counterparty_id=str(row.get("counterpartyId") or ""),
        comment=row.get("comment") or "",
        total=to_roubles(row["total"]),
        vat=roubles_or_none(row.get("ndsTotal")),
        paid=roubles_or_none(row.get("paidSum")),
        status=row.get("status") or "",
    )
