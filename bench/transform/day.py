"""A made-up day of a shop as staged Parquet: the same for the same size, and made a column at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bookkeeping.companies import Company
from bookkeeping.staging import IN_MEMORY
from bookkeeping.transforms.columns import EXACT, KOPECKS, SCHEMAS

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Whole = npt.NDArray[np.int64]

DAY = date(2026, 10, 5)
LINES_PER_ORDER, PRODUCTS, FIRMS = 10, 2_000, 1_500
OWNER = Company.model_validate(
    {
        "id": "romashka",
        "title": "ООО «Ромашка»",
        "inn": "7707083893",
        "start_date": DAY.replace(day=1),
        "books": {"system": "kontur"},
        "vat": [{"from": date(2019, 1, 1), "mode": "standard"}],
        "documents": ["bill", "sale", "act"],
    }
)
MIDNIGHT = datetime.combine(DAY, time(), OWNER.zone)
BEFORE = MIDNIGHT + timedelta(days=1)

EXACT_UNIT, WHOLE_PIECE = 10**8, 10**4
"""What prices and rates are counted in, and what quantities are."""

NO_VAT = -1
"""The rate of what is sold without VAT, which is not 0 %."""

TROUBLED = 0.005
"""The share of orders that cost a kopeck too much, of INNs with a mistake, of lines with the rate of 2025."""

STANDARD, STALE = 22, 20
BUNDLE = 7
"""The place of a bundle in its order; the lines behind it are its parts."""


@dataclass(frozen=True)
class Products:
    """What the shop sells: a row a product."""

    name: pa.Array
    unit: pa.Array
    kopecks: Whole
    rate: Whole
    is_service: npt.NDArray[np.bool_]
    is_measured: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, chance: np.random.Generator) -> Products:
        """Make up products; one in twenty is a service, and one in twenty is sold by the metre."""
        kind = chance.integers(0, 20, PRODUCTS)
        numbers = np.arange(PRODUCTS)
        return cls(
            joined("Товар «Серия ", numbers // 40, "», арт. ", numbers + 10_000),
            pa.array(np.where(kind == 0, "усл", np.where(kind == 1, "м", "шт"))),
            chance.integers(500, 2_000_000, PRODUCTS) // 10 * 10,
            chance.choice([STANDARD, 10, 0, NO_VAT], PRODUCTS, p=[0.7, 0.15, 0.05, 0.1]),
            kind == 0,
            kind == 1,
        )


def stage(folder: Path, lines: int) -> None:
    """Write a day of so many order lines; each part of it is a row group."""
    folder.mkdir(parents=True, exist_ok=True)
    writers = {
        name: pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd")
        for name, schema in SCHEMAS.items()
    }
    orders = lines // LINES_PER_ORDER
    for first, last in pairwise([*range(0, orders, IN_MEMORY), orders]):
        for name, table in part_of_a_day(first, last).items():
            writers[name].write_table(table)
    for writer in writers.values():
        writer.close()


def part_of_a_day(first: int, last: int) -> dict[str, pa.Table]:
    """Make the orders with these numbers, and all that hangs on them."""
    chance, products = np.random.default_rng([2026, first]), Products.of(np.random.default_rng(2026))
    ids = np.arange(first, last) + 1_000_000
    lines = Lines.of(ids, products, chance)
    delivery = chance.choice([0, 0, 35_000, 49_950], len(ids))
    price = lines.sums() + delivery + some(ids, TROUBLED, chance)
    sent = shipments(ids, lines, delivery, chance)
    made = {
        "orders": orders(ids, price, chance),
        "lines": lines.columns(products),
        **sent,
        "payments": payments(ids, price),
    }
    return {name: pa.table(made[name], schema=schema) for name, schema in SCHEMAS.items()}


@dataclass(frozen=True)
class Lines:
    """The lines of some orders, ten each; in whole numbers, all of them.

    :ivar parent: the line of which each one is a part, itself where there is none.
    :ivar pieces: ten-thousandths.
    :ivar price: in 1/EXACT_UNIT of a rouble.
    """

    order: Whole
    line: Whole
    parent: Whole
    product: Whole
    pieces: Whole
    price: Whole
    rate: Whole
    is_inside: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, ids: Whole, products: Products, chance: np.random.Generator) -> Lines:
        """Fill baskets; two lines of every thirtieth order are the parts of a bundle."""
        order = np.repeat(ids, LINES_PER_ORDER)
        place = np.tile(np.arange(LINES_PER_ORDER), len(ids))
        line, product = order * 100 + place, chance.integers(0, PRODUCTS, len(order))
        has_bundle = np.repeat(some(ids, 1 / 30, chance), LINES_PER_ORDER)
        is_inside = np.repeat(some(ids, 0.9, chance), LINES_PER_ORDER)
        return cls(
            order,
            line,
            np.where(has_bundle & (place > BUNDLE), order * 100 + BUNDLE, line),
            product,
            quantities(products.is_measured[product], chance),
            discounted(products.kopecks[product], chance),
            stale(products.rate[product], chance),
            is_inside,
        )

    def sums(self) -> Whole:
        """Return what the lines of each order cost, in kopecks with VAT inside."""
        exact_sums = self.price * self.pieces
        net = half_up(exact_sums, 10**10)
        on_top = np.where(self.is_inside, 0, half_up(exact_sums * np.maximum(self.rate, 0), 10**12))
        total = np.where(self.parent == self.line, net + on_top, 0)
        return total.reshape(-1, LINES_PER_ORDER).sum(axis=1)

    def columns(self, products: Products) -> dict[str, pa.Array]:
        """Return them as they are staged."""
        fraction = exact(np.maximum(self.rate, 0) * EXACT_UNIT // 100, EXACT)
        is_bundle = np.isin(self.line, self.parent[self.parent != self.line])
        return {
            "line_id": texts(self.line),
            "order_id": texts(self.order),
            "parent_id": where(is_bundle | (self.parent != self.line), texts(self.parent)),
            "name": products.name.take(pa.array(self.product)),
            "unit": products.unit.take(pa.array(self.product)),
            "quantity": exact(self.pieces * (EXACT_UNIT // WHOLE_PIECE), EXACT),
            "price": exact(self.price, EXACT),
            "vat_inside": pa.array(self.is_inside),
            "is_service": pa.array(products.is_service[self.product]),
            "vat_fraction": pc.if_else(pa.array(self.rate == NO_VAT), pa.scalar(None, EXACT), fraction),
        }


def quantities(is_measured: npt.NDArray[np.bool_], chance: np.random.Generator) -> Whole:
    """Sell a few pieces of most things, and any length of what is measured."""
    pieces = chance.choice(
        [1, 2, 3, 4, 5, 10, 12], len(is_measured), p=[0.6, 0.2, 0.1, 0.04, 0.03, 0.02, 0.01]
    )
    lengths = chance.integers(1, 240, len(is_measured)) * 500
    return np.where(is_measured, lengths, pieces * WHOLE_PIECE)


def discounted(kopecks: Whole, chance: np.random.Generator) -> Whole:
    """Take something off half of the prices: percents, or a coupon's share to the eighth decimal."""
    per_mille = chance.choice([50, 75, 100, 125, 150, 250], len(kopecks))
    full = kopecks * 10**6
    shares = full - chance.integers(0, full // 10 + 1)
    which = chance.choice(3, len(kopecks), p=[0.5, 0.3, 0.2])
    return np.choose(which, [full, full // 1000 * (1000 - per_mille), shares])


def stale(rate: Whole, chance: np.random.Generator) -> Whole:
    """Forget to raise the rate of some lines."""
    return np.where((rate == STANDARD) & some(rate, TROUBLED, chance), STALE, rate)


def orders(ids: Whole, price: Whole, chance: np.random.Generator) -> dict[str, pa.Array]:
    """Place the orders all over the day: six of ten by companies."""
    is_firm, firm = some(ids, 0.6, chance), chance.integers(0, FIRMS, len(ids))
    placed = moments(chance.integers(0, 60_000, len(ids)))
    firms = inns(np.arange(FIRMS) + 770_000_000)
    wrong = np.where(some(ids, TROUBLED, chance), 1, 0)
    nothing = pa.repeat(pa.scalar(""), len(ids))
    return {
        "order_id": texts(ids),
        "number": texts(ids),
        "site": pa.repeat(pa.scalar("s1"), len(ids)),
        "status": pa.repeat(pa.scalar("F"), len(ids)),
        "platform": nothing,
        "placed_at": placed,
        "changed_at": moments(np.full(len(ids), 80_000)),
        "version": pa.array(np.ones(len(ids), np.int64)),
        "cancelled": pa.array(some(ids, 0.02, chance)),
        "paid": pa.array(np.ones(len(ids), np.bool_)),
        "price": exact(price * (EXACT_UNIT // 100), EXACT),
        "currency": pa.repeat(pa.scalar("RUB"), len(ids)),
        "inn": where(is_firm, texts(firms[firm] + wrong)),
        "kpp": where(is_firm, pa.repeat(pa.scalar("770101001"), len(ids))),
        "company": where(is_firm, joined("ООО «Фирма ", firm, "»")),
        "address": where(is_firm, joined("г. Москва, ул. Новая, д. ", firm)),
        "name": joined("Иванова Мария ", ids),
        "email": where(~is_firm, joined("buyer", ids % 7_000, "@example.ru")),
        "phone": joined("8 912 ", 1_000_000 + ids % 9_000_000),
    }


def inns(first_nine: Whole) -> Whole:
    """Add to nine digits the one that makes them a company's INN."""
    digits = first_nine[:, None] // 10 ** np.arange(8, -1, -1) % 10
    return first_nine * 10 + digits @ np.array([2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10


def shipments(
    ids: Whole, lines: Lines, delivery: Whole, chance: np.random.Generator
) -> dict[str, dict[str, pa.Array]]:
    """Pack all of most orders into one shipment and of some into two; eight of ten leave on the day."""
    has_two = some(ids, 0.2, chance)
    order = np.concatenate([ids, ids[has_two]])
    shipment = np.concatenate([ids * 10 + 1, ids[has_two] * 10 + 2])
    shipped = some(order, 0.8, chance)
    left = moments(chance.integers(60_000, 86_400, len(order)))
    prices = np.concatenate([delivery, np.zeros(has_two.sum(), np.int64)])
    return {
        "shipments": {
            "shipment_id": texts(shipment),
            "order_id": texts(order),
            "delivery_price": exact(prices, KOPECKS),
            "shipped": pa.array(shipped),
            "shipped_at": pc.if_else(pa.array(shipped), left, pa.scalar(None, left.type)),
        },
        "shipment_items": items(lines, np.repeat(has_two, LINES_PER_ORDER), chance),
    }


def items(lines: Lines, has_two: npt.NDArray[np.bool_], chance: np.random.Generator) -> dict[str, pa.Array]:
    """Put one piece of half of the lines of an order with two shipments into the second."""
    is_apart = has_two & some(has_two, 0.5, chance)
    second = np.where(is_apart, np.minimum(lines.pieces, WHOLE_PIECE), 0)
    shipment = np.concatenate([lines.order * 10 + 1, lines.order * 10 + 2])
    line, pieces = np.tile(lines.line, 2), np.concatenate([lines.pieces - second, second])
    is_packed = pieces > 0
    return {
        "shipment_id": texts(shipment[is_packed]),
        "line_id": texts(line[is_packed]),
        "quantity": exact(pieces[is_packed] * (EXACT_UNIT // WHOLE_PIECE), EXACT),
    }


def payments(ids: Whole, price: Whole) -> dict[str, pa.Array]:
    """Pay each order at once."""
    yes = np.ones(len(ids), np.bool_)
    return {
        "payment_id": texts(ids),
        "order_id": texts(ids),
        "paid": pa.array(yes),
        "amount": exact(price, KOPECKS),
        "is_cash": pa.array(~yes),
        "is_card": pa.array(~yes),
        "is_inner": pa.array(~yes),
        "returned": pa.repeat(pa.scalar("N"), len(ids)),
        "paid_at": moments(np.full(len(ids), 70_000)),
        "returned_at": pa.nulls(len(ids), SCHEMAS["payments"].field("returned_at").type),
    }


# Columns.


def some(rows: npt.NDArray[Any], share: float, chance: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Pick a share of some rows."""
    return chance.random(len(rows)) < share


def half_up(dividend: Whole, divisor: int) -> Whole:
    """Divide whole numbers, none below zero."""
    return (dividend + divisor // 2) // divisor


def exact(numbers: Whole, kind: pa.DataType) -> pa.Array:
    """Read whole numbers as decimals, counted in the last digit of a type."""
    words = np.stack([numbers, numbers >> 63], axis=1)
    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(np.ascontiguousarray(words))])


def texts(numbers: Whole) -> pa.Array:
    """Write whole numbers."""
    return pa.array(numbers).cast(pa.string())


def joined(*parts: str | Whole) -> pa.Array:
    """Join texts and columns of whole numbers, row by row."""
    written = [part if isinstance(part, str) else texts(part) for part in parts]
    return pc.binary_join_element_wise(*written, "")


def where(condition: npt.NDArray[np.bool_], column: pa.Array) -> pa.Array:
    """Leave a text empty where it does not apply."""
    return pc.if_else(pa.array(condition), column, "")


def moments(seconds: Whole) -> pa.Array:
    """Return moments so many seconds into the day."""
    start = int((MIDNIGHT - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    return pa.array(start + seconds * 10**6).cast(pa.timestamp("us", tz="UTC"))
