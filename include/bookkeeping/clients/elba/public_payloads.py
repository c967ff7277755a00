"""Our documents and buyers in the words of Elba's public API, and its bills in ours.

A document is one "with VAT" if any of its lines has a rate; only then may lines name rates at all.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from bookkeeping.clients.books import to_roubles
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
    HoldReason,
    VatRate,
    to_kopecks,
)
from bookkeeping.errors import RejectedError

VAT_CODES: Mapping[VatRate, str] = {
    VatRate.NONE: "withoutNds",
    VatRate.VAT0: "nds0",
    VatRate.VAT5: "nds5",
    VatRate.VAT10: "nds10",
    VatRate.VAT20: "nds20",
    VatRate.VAT22: "nds22",
}
PATHS: Mapping[DocumentKind, str] = {
    DocumentKind.BILL: "/bills",
    DocumentKind.ACT: "/acts",
}
SALE_PATHS = {"upd": "/universal-transfer-documents", "delivery_note": "/delivery-notes"}
"""What a sale document is in Elba, by the companies file's ``books.sale_form``."""

COMMENTS: Mapping[DocumentKind, str] = {
    DocumentKind.BILL: "Order from website",
    DocumentKind.ACT: "Services for order",
}
NO_LIMIT = 1_000_000  # none is documented
LIMITS = Limits(
    lines=NO_LIMIT,
    number=30,
    line_name=2000,
    unit=1000,
    comment=10000,
    counterparty_name=400,
    address=2000,
    contact=400,
    quantity_places=4,
    price_places=8,
    price=Decimal("99999999.99999999"),
)


def contractor_payload(counterparty: Counterparty) -> Payload:
    """Say who buys; what is not known is left out, for empty texts are refused."""
    known = {
        "name": counterparty.name,
        "inn": counterparty.inn,
        "kpp": counterparty.kpp,
        "address": counterparty.address,
    }
    contact = {"phone": counterparty.phone} if counterparty.phone else {}
    emails = [counterparty.email] if counterparty.email else None
    contacts = {"contacts": [{"emails": emails, **contact}]} if contact or emails else {}
    return {**{field: text for field, text in known.items() if text}, **contacts}


def document_payload(document: Document, contractor_id: str, bank_account_id: str) -> Payload:
    """Say what is to be paid or was done: a bill or an act."""
    kind = document.key.kind
    return {
        **_head(document, contractor_id, bank_account_id),
        "withNDS": has_vat(document),
        "comment": f"{COMMENTS[kind]} #{document.order_number} {document.key.mark}",
        "warehouseItems": _items(document),
    }


def delivery_note_payload(document: Document, contractor_id: str, bank_account_id: str) -> Payload:
    """Say what was sold, on a waybill; like a УПД it has no comment."""
    head = _head(document, contractor_id, bank_account_id)
    return {**head, "withNDS": has_vat(document), "warehouseItems": _items(document)}


def upd_payload(document: Document, contractor_id: str, bank_account_id: str) -> Payload:
    """Say what was sold: a УПД, which has no comment, so its number alone is ours.

    :raises RejectedError: ``requisites_missing``, a УПД with VAT needs more of the buyer than we know.
    """
    if has_vat(document):
        _check_requisites(document.counterparty)
    kinds = ({"productType": "service" if line.is_service else "product"} for line in document.lines)
    return {
        **_head(document, contractor_id, bank_account_id),
        "status": "status1" if has_vat(document) else "status2",
        "warehouseItems": [{**item, **kind} for item, kind in zip(_items(document), kinds, strict=True)],
    }


def has_vat(document: Document) -> bool:
    """Whether any line has a rate, be it 0 %."""
    return any(line.vat_rate is not VatRate.NONE for line in document.lines)


def _head(document: Document, contractor_id: str, bank_account_id: str) -> Payload:
    account = {"bankAccountId": bank_account_id} if bank_account_id else {}
    return {
        "number": document.number,
        "date": document.issued_on.isoformat(),
        "contractorId": contractor_id,
        "sumsWithNDS": has_vat(document),
        **account,
    }


def _items(document: Document) -> list[Payload]:
    with_vat = has_vat(document)
    return [_item(line, with_vat=with_vat) for line in document.lines]


def _item(line: DocumentLine, *, with_vat: bool) -> Payload:
    rate = {"ndsRate": VAT_CODES[line.vat_rate]} if with_vat else {}
    return {
        "productName": line.name,
        "unitName": line.unit,
        "quantity": line.quantity,
        "price": line.price,
        **rate,
    }


def _check_requisites(buyer: Counterparty) -> None:
    needed = {"ИНН": buyer.inn, "адрес": buyer.address}
    if buyer.kind is CounterpartyKind.COMPANY:
        needed["КПП"] = buyer.kpp
    if missing := [name for name, text in needed.items() if not text]:
        raise RejectedError(
            f"Для УПД с НДС у покупателя не хватает: {', '.join(missing)}. Заполните в заказе.",
            reason=HoldReason.REQUISITES_MISSING,
        )


def to_bill(kind: DocumentKind, row: Row) -> BookDocument:
    """Read a bill, whose total is the sum of its lines: it has none of its own, and no paid sum."""
    items = row.get("warehouseItems") or []
    return BookDocument(
        kind=kind,
        external_id=str(row["id"]),
        number=row["number"],
        issued_on=date.fromisoformat(row["date"]),
        counterparty_id=row.get("contractorId") or "",
        comment=row.get("comment") or "",
        total=sum((_line_sum(item) for item in items), to_roubles(0)),
        status=row["status"],
    )


def _line_sum(item: Row) -> Decimal:
    if item.get("sum") is not None:
        return to_roubles(item["sum"])
    return to_kopecks(to_roubles(item["quantity"]) * to_roubles(item.get("price") or 0))
