"""Exact arithmetic on whole columns: roubles as whole kopecks, quantities as whole ten-thousandths.

Half a kopeck counts up, as :func:`bookkeeping.domain.to_kopecks` has it; no column ever holds a float.
"""

from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Whole = npt.NDArray[np.int64]

KOPECKS_IN_ROUBLE = 100
TEN_THOUSANDTHS = 10_000
"""What a quantity is counted in: the shop's core keeps four decimals."""

LARGEST = Decimal(10_000_000_000)
"""Roubles, and pieces, from which on nobody believes an amount: up to it no product here overflows."""

PRICE = pa.decimal128(18, 8)
QUANTITY = pa.decimal128(18, 4)
ROUBLES = pa.decimal128(18, 2)


def to_whole(amounts: pd.Series, scale: int) -> Whole:
    """Return exact decimals as whole numbers of 1/scale.

    :raises pyarrow.ArrowInvalid: one of them is no whole number of these.
    """
    return _whole(pc.multiply(arrow(amounts), pa.scalar(Decimal(scale))))


def to_roubles(kopecks: Whole) -> pa.Array:
    """Return whole kopecks as decimals with two places."""
    digits = pa.array(kopecks).cast(pa.decimal128(19, 0))
    return pc.multiply(digits, pa.scalar(Decimal("0.01"))).cast(ROUBLES)


def gross(lines: pd.DataFrame) -> Whole:
    """Return the kopecks of each line with VAT inside: price × quantity, and VAT on top if it is there.

    VAT on top is rounded by itself, as the shop's core does.

    :param lines: with ``price``, ``quantity``, ``vat_fraction`` and ``vat_inside``; none reaches LARGEST.
    """
    price, quantity = arrow(lines["price"]).cast(PRICE), arrow(lines["quantity"]).cast(QUANTITY)
    net = pc.multiply(price, quantity)
    total = _rounded(net)
    on_top = (~lines["vat_inside"] & lines["vat_fraction"].notna()).to_numpy(dtype=bool)
    if on_top.any():
        fraction = arrow(lines["vat_fraction"][on_top]).cast(pa.decimal256(26, 8))
        dearer = net.filter(pa.array(on_top)).cast(pa.decimal256(37, 12))
        total[on_top] += _rounded(pc.multiply(dearer, fraction))
    return total


def vat_inside(kopecks: Whole, percent: Whole) -> Whole:
    """Return the kopecks of VAT inside a gross sum (НК РФ ст. 164 п. 4: r / (100 + r)).

    >>> vat_inside(np.array([30000, 3]), np.array([22, 20]))
    array([5410,    1])
    """
    return np.sign(kopecks) * divided(np.abs(kopecks) * percent, 100 + percent)


def divided(dividend: Whole, divisor: Whole | int) -> Whole:
    """Divide whole numbers that are not negative; half counts up."""
    return (2 * dividend + divisor) // (2 * divisor)


def quantity_texts(pieces: Whole) -> pa.Array:
    """Write ten-thousandths as a quantity without needless zeros.

    >>> quantity_texts(np.array([90_000, 3_500, 100_0000])).to_pylist()
    ['9', '0.35', '100']
    """
    exact = pc.multiply(pa.array(pieces).cast(pa.decimal128(19, 0)), pa.scalar(Decimal("0.0001")))
    return pc.utf8_rtrim(pc.utf8_rtrim(exact.cast(pa.string()), characters="0"), characters=".")


def rouble_texts(kopecks: Whole) -> pa.Array:
    """Write kopecks as roubles.

    >>> rouble_texts(np.array([1793, 5, 0])).to_pylist()
    ['17.93', '0.05', '0.00']
    """
    return to_roubles(kopecks).cast(pa.string())


def arrow(column: pd.Series) -> pa.Array:
    """Return a column as one Arrow array."""
    array = pa.array(column)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def among(column: pd.Series, values: pd.Series) -> npt.NDArray[np.bool_]:
    """Tell the rows whose text is one of some, as `Series.isin` does, without a Python object a value."""
    texts = arrow(column)
    return np.asarray(pc.is_in(texts, value_set=arrow(values).cast(texts.type)))


def texts(column: pd.Series) -> list[str]:
    """Return a column of texts as a list."""
    listed: list[str] = arrow(column).to_pylist()
    return listed


def _rounded(roubles: pa.Array) -> Whole:
    """Round to kopecks, and return them as whole numbers."""
    exact = pc.round(roubles, ndigits=2, round_mode="half_towards_infinity")
    return _whole(pc.multiply(exact.cast(pa.decimal256(40, 2)), pa.scalar(Decimal(KOPECKS_IN_ROUBLE))))


def _whole(numbers: pa.Array) -> Whole:
    return np.array(numbers.cast(pa.int64()))
