"""From an order's lines to a document's: what was sold, for how much, and in which shipment (DESIGN R6)."""

from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bookkeeping.transforms.kopecks import (
    LARGEST,
    PRICE,
    QUANTITY,
    TEN_THOUSANDTHS,
    Whole,
    among,
    arrow,
    divided,
    gross,
    quantity_texts,
    to_whole,
    vat_inside,
)

FINEST = 10
"""In ten-thousandths: most books take quantities with three decimals."""

NO_VAT = -1
"""What stands in ``fraction`` for a line without VAT, which is not a line at 0 %."""

FRACTIONS = 100_000_000
"""What a VAT rate of the shop is counted in: it has eight decimals."""

BELIEVABLE_FRACTION = Decimal(10)


def sold_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """Leave out the parts of a bundle: the bundle itself is the line; add what is reckoned with, in integers.

    These are ``total``, kopecks with VAT inside, rounded once a line; ``pieces``, the quantity in
    ten-thousandths; ``fraction``, the VAT rate in 1/FRACTIONS or NO_VAT; and ``is_believable``, without
    which the others are 0.
    """
    is_part = (lines["parent_id"] != "") & (lines["parent_id"] != lines["line_id"])
    return with_whole_numbers(lines[~is_part].drop(columns="parent_id"))


def with_whole_numbers(lines: pd.DataFrame) -> pd.DataFrame:
    """Add the columns that :func:`sold_lines` speaks of."""
    believable = is_believable(lines)
    tame = lines if believable.all() else _tamed(lines, believable)
    return tame.assign(
        is_believable=believable,
        fraction=_fractions(tame["vat_fraction"]),
        pieces=to_whole(tame["quantity"], TEN_THOUSANDTHS),
        total=gross(tame),
    )


def _tamed(lines: pd.DataFrame, believable: pd.Series) -> pd.DataFrame:
    """Take nothing for what cannot be meant."""
    return lines.assign(
        price=lines["price"].where(believable, Decimal(0)),
        quantity=lines["quantity"].where(believable, Decimal(0)),
        vat_fraction=lines["vat_fraction"].where(believable, None),
    )


def is_believable(lines: pd.DataFrame) -> pd.Series:
    """Tell the lines whose numbers may be meant from those beyond all sense, which would overflow."""
    price, quantity = arrow(lines["price"]), arrow(lines["quantity"])
    small = pc.and_(_below(price, LARGEST), countable(lines["quantity"]))
    net = pc.multiply(pc.if_else(small, price, 0).cast(PRICE), pc.if_else(small, quantity, 0).cast(QUANTITY))
    known_rate = pc.fill_null(_below(arrow(lines["vat_fraction"]), BELIEVABLE_FRACTION), fill_value=True)
    believable = pc.and_(pc.and_(small, _below(net, LARGEST)), known_rate)
    return pd.Series(believable.to_numpy(zero_copy_only=False), lines.index)


def countable(quantities: pd.Series) -> pa.Array:
    """Tell the quantities that may be meant: the shop's core keeps four decimals."""
    quantity = arrow(quantities)
    return pc.and_(_below(quantity, LARGEST), pc.equal(pc.round(quantity, ndigits=4), quantity))


def _below(numbers: pa.Array, limit: Decimal) -> pa.Array:
    return pc.less(pc.abs(numbers), pa.scalar(limit))


def _fractions(fractions: pd.Series) -> Whole:
    return np.where(fractions.isna(), NO_VAT, to_whole(fractions.fillna(Decimal(0)), FRACTIONS))


def shipped_lines(lines: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Return one row a line and shipment, with the shipment's ``pieces`` and ``total``.

    Each part rounds alone; of a line that is wholly spread over shipments, the last one takes the remainder.

    :param lines: as :func:`sold_lines` returns them.
    """
    items = items[(items["quantity"] > 0).to_numpy(dtype=bool) & among(items["line_id"], lines["line_id"])]
    items = items.iloc[np.argsort(items["shipment_id"].astype("int64").to_numpy(), kind="stable")]
    ordered = lines.iloc[pd.Index(lines["line_id"]).get_indexer(items["line_id"])].reset_index(drop=True)
    in_it = {name: items[name].reset_index(drop=True) for name in ("shipment_id", "quantity")}
    parts = with_whole_numbers(ordered.assign(**in_it))
    by_line = parts.groupby("line_id", sort=False)
    is_whole = by_line["pieces"].transform("sum") == ordered["pieces"]
    is_last = ~parts.duplicated("line_id", keep="last")
    remainder = ordered["total"] - (by_line["total"].transform("sum") - parts["total"])
    return parts.assign(total=parts["total"].where(~(is_whole & is_last), remainder))


def split(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the lines by which price × quantity is the sum to the kopeck, one or two a row, in its place.

    A fractional quantity that cannot be split, or that has more decimals than books take, becomes one piece
    with the original amount in its name. What is held for its negative numbers is one piece too, and keeps
    its sum.

    :param rows: with ``name``, ``unit``, ``pieces`` and ``total``, and the ``percent`` of VAT in it.
    :return: these with a line's own ``pieces``, and its ``price``, ``total`` and ``vat`` in kopecks.
    """
    rows = rows.pipe(_as_one_piece)
    cuts = _cut(rows["pieces"].to_numpy(), rows["total"].to_numpy())
    place = np.repeat(np.arange(len(rows)), np.where(cuts[1].pieces, 2, 1))
    is_second = np.append(False, place[1:] == place[:-1])[: len(place)]
    pieces, price = (
        np.where(is_second, *(getattr(cut, name)[place] for cut in reversed(cuts)))
        for name in ("pieces", "price")
    )
    total = divided(price * pieces, TEN_THOUSANDTHS)
    lines = rows.iloc[place].reset_index(drop=True).assign(pieces=pieces, price=price, total=total)
    return lines.assign(vat=vat_inside(total, lines["percent"].to_numpy()))


class Cut(NamedTuple):
    """A part of each row: so many ten-thousandths at so many kopecks a piece."""

    pieces: Whole
    price: Whole


def _cut(pieces: Whole, total: Whole) -> tuple[Cut, Cut]:
    """Cut sums into pieces of one price and the rest of another; there may be no rest.

    The rest is one piece; where sums are too small for that, some pieces are a kopeck dearer than the others.
    """
    price = divided(total * TEN_THOUSANDTHS, pieces)
    is_even = divided(price * pieces, TEN_THOUSANDTHS) == total
    rest = total - price * (pieces // TEN_THOUSANDTHS - 1)
    low = total * TEN_THOUSANDTHS // pieces
    dearer = total * TEN_THOUSANDTHS - low * pieces
    is_small = rest < 0
    second = np.where(is_even, 0, np.where(is_small, dearer, TEN_THOUSANDTHS))
    return (
        Cut(pieces - second, np.where(is_even | ~is_small, price, low)),
        Cut(second, np.where(is_small, low + 1, rest)),
    )


def _as_one_piece(rows: pd.DataFrame) -> pd.DataFrame:
    """Sell as one piece what cannot be divided, and what will not be sold at all."""
    pieces, total = rows["pieces"], rows["total"]
    is_held = (pieces <= 0) | (total < 0)
    is_fraction = ~is_held & (pieces % TEN_THOUSANDTHS != 0)
    of_fractions = pieces[is_fraction].to_numpy(), total[is_fraction].to_numpy()
    price = divided(of_fractions[1] * TEN_THOUSANDTHS, of_fractions[0])
    is_uneven = divided(price * of_fractions[0], TEN_THOUSANDTHS) != of_fractions[1]
    is_fraction[is_fraction] = is_uneven | (of_fractions[0] % FINEST != 0)
    odd = rows[is_fraction]
    amounts = quantity_texts(odd["pieces"].to_numpy()).to_pylist()
    names = [
        f"{name} ({amount.replace('.', ',')} {unit})"
        for name, amount, unit in zip(odd["name"], amounts, odd["unit"], strict=True)
    ]
    renamed = rows.assign(pieces=pieces.mask(is_held | is_fraction, TEN_THOUSANDTHS))
    renamed.loc[is_fraction, ["name", "unit"]] = pd.DataFrame({"name": names, "unit": "шт"}, odd.index)
    return renamed


def plain(number: Decimal) -> Decimal:
    """Return the same number without an exponent or trailing zeros.

    >>> plain(Decimal("1E+2")), plain(Decimal("0.350"))
    (Decimal('100'), Decimal('0.35'))
    """
    whole = number.to_integral_value()
    return whole.quantize(Decimal(1)) if number == whole else number.normalize()
