"""From an order's lines to a document's: what was sold, for how much, and in which shipment (DESIGN R6)."""

from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal

import pandas as pd

from bookkeeping.domain import KOPECK, DocumentLine, VatRate, to_kopecks


def sold_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """Leave out the parts of a bundle: the bundle itself is the line; add each line's gross ``total``."""
    is_part = (lines["parent_id"] != "") & (lines["parent_id"] != lines["line_id"])
    return lines[~is_part].pipe(with_totals)


def with_totals(lines: pd.DataFrame) -> pd.DataFrame:
    """Add ``total``: roubles with VAT inside, rounded once a line."""
    columns = (lines[name] for name in ("price", "quantity", "vat_fraction", "vat_inside"))
    return lines.assign(
        total=pd.Series([gross(*row) for row in zip(*columns, strict=True)], lines.index, object)
    )


def gross(price: Decimal, quantity: Decimal, vat_fraction: Decimal | None, vat_inside: bool) -> Decimal:  # noqa: FBT001
    """Return a line's sum with VAT inside; VAT on top is rounded by itself, as the shop's core does.

    >>> gross(Decimal("17.925"), Decimal(10), Decimal("0.22"), True)
    Decimal('179.25')
    """
    net = price * quantity
    on_top = Decimal(0) if vat_inside or vat_fraction is None else to_kopecks(net * vat_fraction)
    return to_kopecks(net) + on_top


def shipped_lines(lines: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Return one row a line and shipment, with the shipment's ``quantity`` and ``total``.

    Each part rounds alone; of a line that is wholly spread over shipments, the last one takes the remainder.
    """
    parts = (
        items[items["quantity"] > 0]
        .merge(lines, on="line_id", suffixes=("", "_ordered"), validate="many_to_one")
        .rename(columns={"total": "total_ordered"})
        .pipe(with_totals)
        .sort_values("shipment_id", key=lambda ids: ids.astype("int64"), kind="stable")
        .reset_index(drop=True)
    )
    whole = _sums(parts, "quantity") == parts["quantity_ordered"]
    is_last = ~parts.duplicated("line_id", keep="last")
    remainder = parts["total_ordered"] - (_sums(parts, "total") - parts["total"])
    return parts.assign(total=parts["total"].where(~(whole & is_last), remainder))


def _sums(parts: pd.DataFrame, column: str) -> pd.Series:
    """Return, for each part, the sum of its line's parts."""
    sums: dict[str, Decimal] = {}
    for line_id, value in zip(parts["line_id"], parts[column], strict=True):
        sums[line_id] = sums.get(line_id, Decimal(0)) + value
    return parts["line_id"].map(sums).astype(object)


def split(
    name: str, unit: str, quantity: Decimal, total: Decimal, rate: VatRate, *, is_service: bool
) -> Iterator[DocumentLine]:
    """Yield the lines by which price × quantity is the sum to the kopeck.

    >>> rows = split("Болт", "шт", Decimal(10), Decimal("179.25"), VatRate.VAT22, is_service=False)
    >>> [(str(row.quantity), str(row.price)) for row in rows]
    [('9', '17.93'), ('1', '17.88')]

    A fractional quantity that cannot be split becomes one piece with the original amount in its name. What
    is held for its negative numbers is one piece too, and keeps its sum.
    """
    for part_name, part_unit, pieces, price in _pieces(name, unit, quantity.normalize(), total):
        amount = to_kopecks(price * pieces)
        yield DocumentLine(part_name, pieces, part_unit, price, amount, rate, rate.inside(amount), is_service)


def _pieces(
    name: str, unit: str, quantity: Decimal, total: Decimal
) -> Iterator[tuple[str, str, Decimal, Decimal]]:
    if quantity <= 0 or total < 0:
        yield name, unit, Decimal(1), total
        return
    price = to_kopecks(total / quantity)
    rest = total - price * (quantity - 1)
    if to_kopecks(price * quantity) == total:
        yield name, unit, plain(quantity), price
    elif quantity != quantity.to_integral_value():
        yield f"{name} ({str(plain(quantity)).replace('.', ',')} {unit})", "шт", Decimal(1), total
    elif rest >= 0:
        yield name, unit, plain(quantity - 1), price
        yield name, unit, Decimal(1), rest
    else:
        yield from _two_prices(name, unit, quantity, total)


def _two_prices(
    name: str, unit: str, quantity: Decimal, total: Decimal
) -> Iterator[tuple[str, str, Decimal, Decimal]]:
    """Sell some pieces a kopeck dearer than the others, for sums too small to take a remainder."""
    low = (total / quantity).quantize(KOPECK, rounding=ROUND_DOWN)
    dearer = (total - low * quantity) / KOPECK
    yield name, unit, plain(quantity - dearer), low
    yield name, unit, plain(dearer), low + KOPECK


def plain(number: Decimal) -> Decimal:
    """Return the same number without an exponent or trailing zeros.

    >>> plain(Decimal("1E+2")), plain(Decimal("0.350"))
    (Decimal('100'), Decimal('0.35'))
    """
    whole = number.to_integral_value()
    return whole.quantize(Decimal(1)) if number == whole else number.normalize()
