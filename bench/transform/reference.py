"""The documents of a day, worked out row by row with Decimal: what the columnar transforms must equal.

The rules of DESIGN R2 to R6 are written anew here; only who buys (R7) is asked of the library.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from bookkeeping.clients.kontur.payloads import document_payload
from bookkeeping.clients.transport import to_json
from bookkeeping.domain import (
    Counterparty,
    CounterpartyKind,
    Document,
    DocumentKey,
    DocumentKind,
    DocumentLine,
    HoldReason,
    VatRate,
)
from bookkeeping.errors import RejectedError
from bookkeeping.transforms.buyers import counterparty_of, with_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from bookkeeping.companies import Company

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Hold = tuple[HoldReason, str]
Piece = tuple[str, str, Decimal, Decimal]
"""Name, unit, quantity and price of a line."""

Finished = tuple[str, str, str, str]
"""A document's key, why it is held, the digest of its content, and what Kontur would be sent."""

TABLES = ("orders", "lines", "shipments", "shipment_items")
BUYER = ("inn", "kpp", "company", "address", "name", "email", "phone")
LINE = ("name", "quantity", "unit", "price", "total", "vat_rate", "vat", "is_service")
FINEST = Decimal("0.001")
"""Most books take quantities with three decimals."""

KOPECK, ZERO, ONE = Decimal("0.01"), Decimal(0), Decimal(1)
STANDARD = ((date(2026, 1, 1), VatRate.VAT22), (date(2019, 1, 1), VatRate.VAT20), (date.min, VatRate.VAT18))
"""The standard rates of VAT, the latest first."""

RATES = {Decimal(percent) / 100: VatRate(f"vat{percent}") for percent in (0, 5, 7, 10, 18, 20, 22)}


@dataclass(frozen=True)
class Expected:
    """A document that is due, and what holds it, if anything does."""

    document: Document
    reason: HoldReason | None
    detail: str


@dataclass(frozen=True)
class Part:
    """So much of a line for so much money, VAT inside; ``line`` is None for delivery."""

    line: Row | None
    quantity: Decimal
    total: Decimal


@dataclass(frozen=True)
class Asked:
    """Whose documents are asked for, dated before which day, and which buyers the books know."""

    company: Company
    zone: ZoneInfo
    last: date
    known: frozenset[str]


@dataclass(frozen=True)
class Basket:
    """An order with all that hangs on it.

    :ivar sold: its lines without the parts of bundles.
    :ivar shipments: all of them, by the number of their ids.
    :ivar items: what was packed, by shipment.
    """

    order: Row
    sold: dict[str, Row]
    shipments: list[Row]
    items: Mapping[str, list[Row]]


def finished_parts(folder: Path, company: Company, before: datetime) -> Iterator[list[Finished]]:
    """Yield the finished documents of a staged day, part by part."""
    for rows in read_rows(folder):
        yield [finished(each.document, each.reason) for each in expected_documents(rows, company, before)]


def read_rows(folder: Path) -> Iterator[Rows]:
    """Yield a staged day in its parts, as ordinary rows."""
    files = {name: pq.ParquetFile(folder / f"{name}.parquet") for name in TABLES}
    for part in range(files["orders"].num_row_groups):
        yield {name: file.read_row_group(part).to_pylist() for name, file in files.items()}


def finished(document: Document, reason: HoldReason | None) -> Finished:
    """Write a document down for good."""
    payload = document_payload(document, "buyer", frozenset())
    text = to_json(payload)
    return str(document.key), reason or "", content_hash(document), text


def content_hash(document: Document) -> str:
    """Digest all that would stand in the books; the ledger of any version knows the same digest."""
    key = document.key
    content = {
        "key": {
            "company": key.company,
            "kind": key.kind,
            "order_id": key.order_id,
            "shipment_id": key.shipment_id,
        },
        "number": document.number,
        "issued_on": document.issued_on,
        "counterparty": document.counterparty.key,
        "lines": [{name: getattr(line, name) for name in LINE} for line in document.lines],
        "order_number": document.order_number,
        "pay_by": document.pay_by,
    }
    return hashlib.sha256(json.dumps(content, default=str, sort_keys=True).encode()).hexdigest()


# What is due (R2 to R4).


def expected_documents(
    rows: Rows, company: Company, before: datetime, known: frozenset[str] = frozenset()
) -> list[Expected]:
    """Return the documents of some orders by kind, order and shipment."""
    asked = Asked(company, company.zone, before.astimezone(company.zone).date(), known)
    found = [
        document
        for basket in baskets(rows)
        if is_documented(basket.order, company)
        for document in documents_of(basket, asked)
    ]
    return sorted(found, key=lambda each: _place(each.document.key))


def _place(key: DocumentKey) -> tuple[str, str, str]:
    return key.kind.value, key.order_id, key.shipment_id


def baskets(rows: Rows) -> Iterator[Basket]:
    """Yield each order with its lines, shipments and what they carry."""
    lines, shipments = _grouped(rows["lines"], "order_id"), _grouped(rows["shipments"], "order_id")
    items = _grouped(rows["shipment_items"], "shipment_id")
    for order in rows["orders"]:
        sold = {row["line_id"]: row for row in lines[order["order_id"]] if not is_inside_bundle(row)}
        yield Basket(order, sold, sorted(shipments[order["order_id"]], key=_shipment_number), items)


def _grouped(rows: Iterable[Row], column: str) -> defaultdict[str, list[Row]]:
    groups = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def is_inside_bundle(line: Row) -> bool:
    """Whether a line is a part of another one; a bundle may be its own parent."""
    return line["parent_id"] not in ("", line["line_id"])


def _shipment_number(shipment: Row) -> int:
    return int(shipment["shipment_id"])


def is_documented(order: Row, company: Company) -> bool:
    """Whether an order ever becomes documents."""
    if order["cancelled"] or order["status"] in company.shop.skip_statuses:
        return False
    return order["platform"] not in company.shop.skip_platforms


def documents_of(basket: Basket, asked: Asked) -> Iterator[Expected]:
    """Yield an order's documents that are dated within the time asked for; those of nothing are left out."""
    problem = order_problem(basket)
    for kind, shipment_id, moment, parts in contents(basket, asked.company):
        day = moment.astimezone(asked.zone).date()
        if is_asked_for(kind, day, basket.order, asked):
            key = DocumentKey(asked.company.id, kind, basket.order["order_id"], shipment_id)
            due = written(key, basket, parts, day, asked, problem)
            if problem or due.document.total:
                yield due


def is_asked_for(kind: DocumentKind, day: date, order: Row, asked: Asked) -> bool:
    """Whether the company makes such documents on that day, of this buyer."""
    is_skipped = order["inn"].strip() == "" and asked.company.individuals_on(day) == "skip"
    return kind in asked.company.documents and asked.company.start_date <= day < asked.last and not is_skipped


def contents(basket: Basket, company: Company) -> Iterator[tuple[DocumentKind, str, datetime, list[Part]]]:
    """Yield what goes into which document: all into a bill, goods into sales, services into acts."""
    if billed := bill_parts(basket):
        yield DocumentKind.BILL, "", basket.order["placed_at"], billed
    packed = packed_parts(basket)
    for shipment in basket.shipments:
        if not shipment["shipped"]:
            continue
        parts = packed[shipment["shipment_id"]]
        by_kind = {
            DocumentKind.SALE: [part for part in parts if not part.line["is_service"]],
            DocumentKind.ACT: [part for part in parts if part.line["is_service"]],
        }
        by_kind[delivery_kind(by_kind, company)] += delivery_parts(shipment["delivery_price"])
        for kind, chosen in by_kind.items():
            if chosen:
                yield kind, shipment["shipment_id"], shipment["shipped_at"], chosen


def delivery_kind(by_kind: Mapping[DocumentKind, list[Part]], company: Company) -> DocumentKind:
    """Delivery goes with the goods, else with the services; alone it is a sale, if the company makes any."""
    if by_kind[DocumentKind.SALE]:
        return DocumentKind.SALE
    if by_kind[DocumentKind.ACT] or DocumentKind.SALE not in company.documents:
        return DocumentKind.ACT
    return DocumentKind.SALE


# Kopecks (R6).


def kopecks(amount: Decimal) -> Decimal:
    """Round half up; nothing has no sign."""
    return amount.quantize(KOPECK, ROUND_HALF_UP) + ZERO


def gross(line: Row, quantity: Decimal) -> Decimal:
    """Return the sum of so many pieces with VAT inside; VAT on top is rounded by itself."""
    net = line["price"] * quantity
    is_inside = line["vat_inside"] or line["vat_fraction"] is None
    return kopecks(net) + (ZERO if is_inside else kopecks(net * line["vat_fraction"]))


def bill_parts(basket: Basket) -> list[Part]:
    """Return all that was ordered, with the delivery of all shipments as one line."""
    parts = [Part(row, row["quantity"], gross(row, row["quantity"])) for row in basket.sold.values()]
    return parts + delivery_parts(delivery_of(basket))


def delivery_of(basket: Basket) -> Decimal:
    """Return what the delivery of all shipments costs."""
    return sum((shipment["delivery_price"] for shipment in basket.shipments), ZERO)


def delivery_parts(price: Decimal) -> list[Part]:
    """Return delivery as a line, if it costs anything."""
    return [Part(None, ONE, price)] if price > 0 else []


def packed_parts(basket: Basket) -> dict[str, list[Part]]:
    """Return what is in each shipment, and what it costs."""
    packed = [
        (shipment["shipment_id"], item["line_id"], item["quantity"])
        for shipment in basket.shipments
        for item in basket.items[shipment["shipment_id"]]
        if item["quantity"] > 0 and item["line_id"] in basket.sold
    ]
    quantities = defaultdict(list)
    for _, line_id, quantity in packed:
        quantities[line_id].append(quantity)
    sums = {line_id: iter(spread(basket.sold[line_id], each)) for line_id, each in quantities.items()}
    parts = defaultdict(list)
    for shipment_id, line_id, quantity in packed:
        parts[shipment_id].append(Part(basket.sold[line_id], quantity, next(sums[line_id])))
    return parts


def spread(line: Row, quantities: list[Decimal]) -> list[Decimal]:
    """Spread a line's sum: each part rounds alone; where all is packed, the last one takes the remainder."""
    sums = [gross(line, quantity) for quantity in quantities]
    if sum(quantities) == line["quantity"]:
        sums[-1] = gross(line, line["quantity"]) - sum(sums[:-1])
    return sums


def pieces(name: str, unit: str, quantity: Decimal, total: Decimal) -> list[Piece]:
    """Return the lines that make up a sum to the kopeck."""
    if quantity <= 0 or total < 0:
        return [(name, unit, ONE, total)]
    price = kopecks(total / quantity)
    if kopecks(price * quantity) == total and quantity % FINEST == 0:
        return [(name, unit, quantity, price)]
    if quantity % 1:
        return [(f"{name} ({str(quantity).replace('.', ',')} {unit})", "шт", ONE, total)]
    rest = total - price * (quantity - 1)
    if rest >= 0:
        return [(name, unit, quantity - 1, price), (name, unit, ONE, rest)]
    low = (total / quantity).quantize(KOPECK, ROUND_FLOOR)
    dearer = (total - low * quantity) * 100
    return [(name, unit, quantity - dearer, low), (name, unit, dearer, low + KOPECK)]


def plain(quantity: Decimal) -> Decimal:
    """Return the same number without an exponent and needless zeros."""
    return Decimal(f"{quantity.normalize():f}")


def lines_of(part: Part, rate: VatRate, company: Company) -> Iterator[DocumentLine]:
    """Yield a part as lines of a document."""
    line = part.line or {"name": company.delivery.name, "unit": company.delivery.unit, "is_service": True}
    percent = percent_of(rate)
    for name, unit, quantity, price in pieces(line["name"], line["unit"], plain(part.quantity), part.total):
        total = kopecks(price * quantity)
        vat = kopecks(total * percent / (100 + percent))
        yield DocumentLine(name, plain(quantity), unit, price, total, rate, vat, line["is_service"])


# VAT (R5).


def percent_of(rate: VatRate) -> Decimal:
    """Return a rate in percent, nothing for no VAT."""
    return ZERO if rate is VatRate.NONE else Decimal(rate.value.removeprefix("vat"))


def rate_of(part: Part, day: date, company: Company) -> VatRate:
    """Return the rate of a line on a document's day.

    :raises RejectedError: it is not in force.
    """
    mode = company.vat_mode_on(day)
    if part.line is None:
        return delivery_rate(day, mode, company)
    if mode != "standard":
        return VatRate(mode)
    return rate_in_force(shop_rate(part.line["vat_fraction"]), day, company)


def delivery_rate(day: date, mode: str, company: Company) -> VatRate:
    """Return the company's rate for delivery, else the seller's own."""
    own = company.delivery.vat
    if own in {rate for _, rate in STANDARD}:
        return rate_in_force(own, day, company)
    return own or (standard_rate(day) if mode == "standard" else VatRate(mode))


def standard_rate(day: date) -> VatRate:
    """Return the standard rate of a day."""
    return next(rate for begins_on, rate in STANDARD if begins_on <= day)


def shop_rate(fraction: Decimal | None) -> VatRate:
    """Read the shop's rate."""
    if fraction is None:
        return VatRate.NONE
    if fraction in RATES:
        return RATES[fraction]
    raise stale(f"ставки НДС {(fraction * 100).normalize():f} % не существует")


def rate_in_force(rate: VatRate, day: date, company: Company) -> VatRate:
    """Insist on a rate that is right on a day, or put the day's in the place of an older standard one."""
    standard = standard_rate(day)
    if rate in {VatRate.NONE, VatRate.VAT0, VatRate.VAT10, standard}:
        return rate
    if company.on_stale_vat == "recompute" and rate in {VatRate.VAT18, VatRate.VAT20, VatRate.VAT22}:
        return standard
    raise stale(f"ставка НДС {percent_of(rate)} %, на {day:%d.%m.%Y} действует {percent_of(standard)} %")


def stale(detail: str) -> RejectedError:
    """A rate that cannot stand in a document of the day."""
    return RejectedError(detail, reason=HoldReason.VAT_RATE_NOT_VALID_ON_DATE)


# Holds (R8, R9).


def order_problem(basket: Basket) -> Hold | None:
    """Return what is wrong with a whole order."""
    order = basket.order
    if order["currency"] not in {"RUB", "RUR"}:
        detail = f"валюта заказа {order['currency']}, в учёте только рубли"
        return HoldReason.UNSUPPORTED_CURRENCY, detail
    if is_negative(basket):
        return HoldReason.NEGATIVE_AMOUNT, "в заказе отрицательная сумма или количество не больше нуля"
    total = sum((gross(row, row["quantity"]) for row in basket.sold.values()), delivery_of(basket))
    if order["price"] != total:
        detail = f"сумма заказа {order['price']:.2f}, строки с доставкой дают {total:.2f}"
        return HoldReason.TOTAL_MISMATCH, detail
    if is_overpacked(basket):
        return HoldReason.TOTAL_MISMATCH, "в отгрузках больше товара, чем в заказе"
    return None


def is_negative(basket: Basket) -> bool:
    """Whether anything costs less than nothing, or is less than a piece of it."""
    return (
        basket.order["price"] < 0
        or any(row["price"] < 0 or row["quantity"] <= 0 for row in basket.sold.values())
        or any(shipment["delivery_price"] < 0 for shipment in basket.shipments)
    )


def is_overpacked(basket: Basket) -> bool:
    """Whether more of a line is in shipments than was ordered."""
    packed: dict[str, Decimal] = defaultdict(Decimal)
    for shipment in basket.shipments:
        for item in basket.items[shipment["shipment_id"]]:
            packed[item["line_id"]] += item["quantity"]
    return any(packed[line_id] > row["quantity"] for line_id, row in basket.sold.items())


def closed(day: date, company: Company) -> Hold | None:
    """Return what keeps documents out of a closed period."""
    through = company.closed_through
    if through is None or day > through:
        return None
    return HoldReason.PERIOD_CLOSED, f"документ от {day:%d.%m.%Y}, период закрыт по {through:%d.%m.%Y}"


# Documents.


def written(
    key: DocumentKey, basket: Basket, parts: list[Part], day: date, asked: Asked, problem: Hold | None
) -> Expected:
    """Write one document, held for the first thing that is wrong: order, buyer, lines, period."""
    order, company = basket.order, asked.company
    buyer, bad_buyer = buyer_of(order, company, asked.known)
    lines, bad_lines = taxed(parts, day, company)
    reason, detail = problem or bad_buyer or bad_lines or closed(day, company) or (None, "")
    pay_by = day + timedelta(company.bill_due_days) if key.kind is DocumentKind.BILL else None
    number = numbered(order["number"], key.shipment_id, basket.shipments)
    return Expected(Document(key, number, day, buyer, lines, order["number"], pay_by), reason, detail)


def numbered(number: str, shipment_id: str, shipments: list[Row]) -> str:
    """Return the order's number, with a place behind it from the second shipment on."""
    ids = [shipment["shipment_id"] for shipment in shipments]
    place = ids.index(shipment_id) + 1 if shipment_id else 1
    return number if place == 1 else f"{number}/{place}"


def buyer_of(order: Row, company: Company, known: frozenset[str]) -> tuple[Counterparty, Hold | None]:
    """Return who buys; nobody in particular if that cannot be told."""
    try:
        buyer = counterparty_of({name: order[name] for name in BUYER}, company.retail_buyer.name)
        return with_name(buyer, known), None
    except RejectedError as error:
        nobody = Counterparty("", CounterpartyKind.INDIVIDUAL, order["company"] or order["name"])
        return nobody, (error.reason, str(error))


def taxed(parts: list[Part], day: date, company: Company) -> tuple[tuple[DocumentLine, ...], Hold | None]:
    """Return the lines with their VAT; without any, where that cannot be told."""
    try:
        if any(part.total < 0 for part in parts):
            raise RejectedError("сумма строки меньше нуля", reason=HoldReason.NEGATIVE_AMOUNT)  # noqa: TRY301
        rates, hold = [rate_of(part, day, company) for part in parts], None
    except RejectedError as error:
        rates, hold = [VatRate.NONE] * len(parts), (error.reason, str(error))
    lines = [line for part, rate in zip(parts, rates, strict=True) for line in lines_of(part, rate, company)]
    return tuple(lines), hold
