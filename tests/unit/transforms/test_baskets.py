"""Random baskets: their documents add up to the kopeck and equal the reference's (DESIGN R2 to R8).

`make properties` checks ten times as many as the ordinary suite, and says how many those were.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import zip_longest
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from bench.transform.reference import content_hash, expected_documents
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.unit.builders import company, due, line, midnight, order, service, shipment

from bookkeeping.companies import Company
from bookkeeping.domain import DocumentKind, HoldReason
from bookkeeping.transforms.columns import SCHEMAS, ShopFrames, to_table
from bookkeeping.transforms.documents import due_documents

BILL = DocumentKind.BILL
BEFORE = "2026-03-01"
"""The day before which all documents are asked for."""

BATCH = 40
"""Baskets in one example: 25 examples are a thousand baskets, and 250 are those of the thorough profile."""

CHECKED = Counter()


@pytest.fixture(scope="module", autouse=True)
def _told():
    """Say how many baskets were checked, and that they were not all of one kind."""
    yield
    print(", ".join(f"{count:,} {what}" for what, count in CHECKED.items()))  # noqa: T201


def in_proportion(examples):
    """Make so many examples in the ordinary suite, and ten times as many in the thorough one."""
    return settings(max_examples=examples * settings().max_examples // 100, phases=[Phase.generate])


# What a basket may be like.


def fixed(least, most, places):
    """Draw a number with so many decimals."""
    return st.integers(least * 10**places, most * 10**places).map(lambda n: Decimal(n).scaleb(-places))


ODD_PRICES = [
    "0",
    "0.005",
    "0.01",
    "0.015",
    "17.925",
    "33.335",
    "0.00000001",
    "33.33333333",
    "99999.99999999",
]
PRICES = st.one_of(
    fixed(0, 9999, 2), fixed(0, 999, 4), fixed(0, 9999, 8), st.sampled_from(ODD_PRICES).map(Decimal)
)
PIECES = st.one_of(st.sampled_from([1, 1, 2, 3, 10]), st.integers(1, 2000)).map(Decimal)
FRACTIONS = st.integers(1, 99_999).map(lambda n: Decimal(n).scaleb(-4))
QUANTITIES = st.one_of(PIECES, PIECES, FRACTIONS)
DELIVERIES = st.sampled_from(["0", "0", "0.01", "350.00", "1234.56"])

LAST_YEAR = ["2025-12-30T12:00", "2025-12-31T20:59:59.999999+00:00"]
THIS_YEAR = ["2025-12-31T21:00+00:00", "2025-12-31T22:30+00:00", "2026-01-05T12:00", "2026-02-01T12:00"]
ANY_TIME = [*LAST_YEAR, *THIS_YEAR, "2026-03-01T12:00"]
OF_LAST_YEAR = ["0.1", "0.2"]
OF_THIS_YEAR = [None, "0", "0.1", "0.22"]
ODD = [*OF_LAST_YEAR, *OF_THIS_YEAR, "0.18", "0.05", "0.2200001"]
TIMES = [(THIS_YEAR, OF_THIS_YEAR)] * 5 + [
    (LAST_YEAR, OF_LAST_YEAR),
    (ANY_TIME, OF_THIS_YEAR),
    (ANY_TIME, ODD),
]
"""When something happens to an order, and at which rates of VAT it sells."""

PERSON = {"inn": "", "kpp": "", "company": "", "name": "Пётр", "email": "p@example.ru"}
BUYERS = [
    *[{}] * 4,
    PERSON,
    PERSON | {"email": "", "phone": "8 912 345-67-89"},
    PERSON | {"email": "", "name": ""},
    {"inn": "081206022988", "kpp": "", "company": "ИП Петрова"},
]
TROUBLES = [
    {"cancelled": True},
    {"currency": "USD"},
    {"currency": "RUR"},
    {"status": "DR"},
    {"platform": "9"},
    {"inn": "7707083894"},
    {"inn": "000000000000"},
    {"kpp": "77"},
    {"company": ""},
    {"price": "-1.00"},
]
WRONG = [
    ("lines", "price", "-10.00"),
    ("lines", "quantity", "0"),
    ("lines", "quantity", "-1"),
    ("shipments", "delivery_price", "-10.00"),
    ("shipment_items", "quantity", "99999"),
    ("orders", "price", "0"),
]
EXCESSES = ["0.01", "-0.01", "-100.00", "0.00000001", "0.005"]

SELLERS = st.fixed_dictionaries(
    {
        "timezone": st.sampled_from(["Europe/Moscow", "Europe/Kaliningrad", "Asia/Vladivostok"]),
        "start_date": st.sampled_from(["2025-01-01", "2025-12-31"]),
        "closed_through": st.sampled_from([*[None] * 5, "2025-12-31"]),
        "on_stale_vat": st.sampled_from(["hold", "recompute"]),
        "individuals": st.sampled_from([*["per_order"] * 5, "skip"]),
        "documents": st.sampled_from([*[["bill", "sale", "act"]] * 6, ["sale", "act"], ["bill", "act"]]),
        "delivery": st.sampled_from([*[{}] * 4, {"vat": "none"}, {"vat": "vat20"}, {"vat": "vat5"}]),
        "shop": st.just({"skip_statuses": ["DR"], "skip_platforms": ["9"]}),
        "vat": st.sampled_from(["standard", "standard", "standard", "vat5", "none"]).map(
            lambda mode: [
                {"from": "2017-01-01", "mode": "standard"},
                {"from": "2026-02-01", "mode": mode},
            ]
        ),
    }
)


@dataclass(frozen=True)
class Drawn:
    """An order, and whether all of it was packed."""

    tables: dict[str, list[dict[str, Any]]]
    is_packed: bool

    @property
    def row(self):
        return self.tables["orders"][0]


@dataclass(frozen=True)
class Day:
    """Some orders, and whose they are."""

    orders: list[Drawn]
    owner: Company
    known: frozenset[str]

    def _repr_pretty_(self, printer, _cycle):
        """Hypothesis would print pages; a broken law shows its order."""
        printer.text(f"a day of {len(self.orders)} orders")

    @cached_property
    def tables(self):
        rows = {name: [row for each in self.orders for row in each.tables[name]] for name in SCHEMAS}
        return {name: to_table(rows[name], declared) for name, declared in SCHEMAS.items()}

    def due(self, tables):
        before = midnight(BEFORE, self.owner)
        return due_documents(ShopFrames.of(tables), self.owner, before, self.known)

    def expected(self):
        rows = {name: table.to_pylist() for name, table in self.tables.items()}
        return expected_documents(rows, self.owner, midnight(BEFORE, self.owner), self.known)


MAKERS, RARELY, UP_TO_FIVE = st.sampled_from([line, line, service]), st.integers(0, 14), st.integers(1, 5)
PLACES = st.sampled_from([1, 1, 2, 3, 6])


def position(draw, rates):
    """Draw a line."""
    price, quantity, rate = str(draw(PRICES)), str(draw(QUANTITIES)), draw(st.sampled_from(rates))
    return draw(MAKERS)(price, quantity, rate, vat_inside=draw(st.booleans()))


def positions(draw, order_id, rates):
    """Draw what was ordered: goods and services, bundles among them."""
    rows = []
    for _ in range(draw(UP_TO_FIVE)):
        rows.append(position(draw, rates))
        if draw(RARELY) == 0:
            id_ = f"{order_id}{len(rows):02}"
            rows[-1]["parent_id"] = draw(st.sampled_from(["", id_]))
            rows += [line("5.55", parent_id=id_), line("0.005", "2", parent_id=id_)]
    return rows


def loads(draw, rows, *, is_all):
    """Draw what is in each of some shipments."""
    places = draw(PLACES)
    packed = [{} for _ in range(places)]
    for number, row in enumerate(rows):
        first = draw(st.integers(0, places - 1))
        for turn, part in enumerate(parts_of(draw, row["quantity"], places, is_all=is_all)):
            packed[(first + turn) % places][number] = str(part)
    return packed


def parts_of(draw, quantity, places, *, is_all):
    """Draw how a line is spread over shipments, by its smallest units."""
    unit = Decimal(1).scaleb(min(0, quantity.normalize().as_tuple().exponent))
    count = int(quantity / unit)
    cuts = sorted(draw(st.lists(st.integers(0, count), max_size=places - 1))) if places > 1 else []
    last = count if is_all else draw(st.integers(cuts[-1] if cuts else 0, count))
    return [(to - since) * unit for since, to in zip([0, *cuts], [*cuts, last], strict=True)]


def shipments(draw, packed, order_id, moments):
    """Draw when shipments left, if they did; their ids are in one order as numbers and in another as text."""
    return [
        shipment(
            load,
            delivery=draw(DELIVERIES),
            shipped=draw(st.sampled_from([*moments, *moments, None])),
            shipment_id=f"{order_id}{number}",
        )
        for number, load in enumerate(packed, start=8)
    ]


def some_order(draw, order_id):
    """Draw an order, one in five with something the matter."""
    moments, rates = draw(st.sampled_from(TIMES))
    is_all, trouble = draw(RARELY) > 3, draw(RARELY)
    rows = positions(draw, order_id, rates)
    sent = shipments(draw, loads(draw, rows, is_all=is_all), order_id, moments)
    columns = {"placed_at": draw(st.sampled_from(moments)), **draw(st.sampled_from(BUYERS))}
    if trouble == 0:
        columns |= draw(st.sampled_from(TROUBLES))
    made = order(*rows, order_id=order_id, shipments=sent, **columns)
    if trouble == 1:
        made["orders"][0]["price"] += Decimal(draw(st.sampled_from(EXCESSES)))
    if trouble == 2:
        spoil(made, *draw(st.sampled_from(WRONG)))
    return Drawn(made, is_all and trouble != 2)


def spoil(made, table, column, value):
    """Put a wrong number into the first row of a table, if it has one."""
    for row in made[table][:1]:
        row[column] = Decimal(value)


@st.composite
def days(draw):
    """Draw a day."""
    drawn = [some_order(draw, str(order_id)) for order_id in range(980, 980 + BATCH)]
    known = draw(st.sampled_from([(), ("inn:7707083893:773601001",)]))
    return Day(drawn, company(**draw(SELLERS)), frozenset(known))


# What must be true of them.


def by_order(due):
    groups = defaultdict(list)
    for item in due:
        groups[item.document.key.order_id].append(item)
    return groups


def in_kopecks(amount):
    """Return roubles as a whole number."""
    kopecks = int(amount * 100)
    assert kopecks == amount * 100
    return kopecks


def half_up(numerator, denominator):
    """Divide whole numbers, neither below zero."""
    return (2 * numerator + denominator) // (2 * denominator)


def gross_kopecks(row):
    """Reckon a line of the shop in whole numbers."""
    price, quantity, rate = (int((row[name] or 0) * 10**8) for name in ("price", "quantity", "vat_fraction"))
    on_top = 0 if row["vat_inside"] else half_up(price * quantity * rate, 10**22)
    return half_up(price * quantity, 10**14) + on_top


def reckoned(drawn):
    """Reckon what an order costs in whole numbers."""
    sold = [row for row in drawn.tables["lines"] if row["parent_id"] in {"", row["line_id"]}]
    delivery = sum(in_kopecks(row["delivery_price"]) for row in drawn.tables["shipments"])
    return sum(map(gross_kopecks, sold)) + delivery


def has_left(drawn, owner):
    """Whether all of an order was packed and has left, on days that are asked for."""
    first, last = owner.start_date, date.fromisoformat(BEFORE)
    moments = [row["shipped_at"] for row in drawn.tables["shipments"]]
    return drawn.is_packed and all(
        moment and first <= moment.astimezone(owner.zone).date() < last for moment in moments
    )


def check_lines(document):
    """A line is its price times quantity, its VAT the rate's share, and the document their sum."""
    for row in document.lines:
        total, percent = in_kopecks(row.total), int(row.vat_rate.percent)
        assert row.quantity > 0
        assert row.price >= 0
        assert total == half_up(in_kopecks(row.price) * int(row.quantity * 10**8), 10**8)
        assert in_kopecks(row.vat) == half_up(total * percent, 100 + percent)
    assert document.total == sum(row.total for row in document.lines)
    assert document.vat == sum(row.vat for row in document.lines)


def check_order(drawn, due, owner):
    """The documents are the order's price to the kopeck, or held."""
    price, held = drawn.row["price"] * 100, [item.reason is not None for item in due]
    if price != reckoned(drawn):
        assert all(held), drawn
    elif not any(held):
        billed, shipped = kopecks_of(due, bills=True), kopecks_of(due, bills=False)
        assert set(billed) <= {price}, drawn
        if due and has_left(drawn, owner) and len(owner.documents) == len(DocumentKind):
            assert sum(shipped) == price, drawn


def kopecks_of(due, *, bills):
    documents = (item.document for item in due)
    return [in_kopecks(document.total) for document in documents if (document.key.kind is BILL) == bills]


@given(days())
@in_proportion(25)
def test_documents_add_up_to_their_orders_or_are_held_and_equal_those_of_the_reference(day):
    due, expected = day.due(day.tables), day.expected()

    grouped = by_order(due)
    for each in day.orders:
        check_order(each, grouped[each.row["order_id"]], day.owner)
    for item in due:
        if item.reason is None:
            check_lines(item.document)
    for ours, theirs in zip_longest(map(as_text, due), map(as_text, expected)):
        assert ours == theirs, day.owner
    hashes = [content_hash(item.document) for item in expected]
    assert [item.content_hash for item in due] == hashes
    assert [item.document.content_hash for item in due] == hashes
    held = sum(item.reason is not None for item in due)
    CHECKED.update({"baskets": len(day.orders), "documents": len(due), "of them held": held})


def as_text(item):
    """What two documents must have in common; 1 and 1.0 are written differently."""
    head, buyer = replace(item.document, lines=()), vars(item.document.counterparty)
    return item.reason, item.detail, repr(head), repr(buyer), *map(repr, item.document.lines)


@given(days(), st.integers(0, 2**32))
@in_proportion(5)
def test_the_order_of_rows_changes_no_sum(day, seed):
    shuffled = {name: shuffle(table, Random(seed)) for name, table in day.tables.items()}

    assert sums(day.due(shuffled)) == sums(day.due(day.tables))


def shuffle(table, chance):
    places = chance.sample(range(table.num_rows), table.num_rows)
    return table.take(pa.array(places, pa.int64()))


def sums(due):
    return {str(item.document.key): (item.document.total, item.document.vat, item.reason) for item in due}


@st.composite
def spreads(draw):
    """Draw orders that leave in some shipments, and the same orders in a single one each."""
    apart, together = [], []
    for order_id in map(str, range(980, 980 + BATCH)):
        rows = positions(draw, order_id, OF_THIS_YEAR)
        packed = map(shipment, loads(draw, rows, is_all=True))
        apart.append(order(*rows, order_id=order_id, shipments=packed))
        together.append(order(*rows, order_id=order_id))
    return apart, together


@given(spreads())
@in_proportion(5)
def test_however_an_order_is_spread_over_shipments_it_costs_the_same(orders):
    apart, together = (by_order(due_of_sales(each)) for each in orders)

    for order_id, whole in together.items():
        parts = apart[order_id]
        if HoldReason.NEGATIVE_AMOUNT not in {item.reason for item in parts}:
            assert total_of(parts) == total_of(whole)


def due_of_sales(orders):
    return due(*orders, documents=["sale", "act"])


def total_of(due):
    return sum(item.document.total for item in due)
