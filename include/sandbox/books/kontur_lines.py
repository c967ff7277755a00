"""The lines of a Kontur.Accounting document: what they may hold, and what they come to."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.books import checks
from sandbox.books.arithmetic import LineSums, is_rate_of, line_sums, to_kopecks, vat_inside
from sandbox.books.checks import Field
from sandbox.books.errors import BookError, Detail
from sandbox.books.kontur_common import checked, vat_mode_on

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sandbox.books.book import Book, Row

MOST_LINES = 1000

SEED_RATES = ("none", "vat0", "vat10", "vat20")
RATES = (
    *SEED_RATES,
    *("vat5", "vat7", "vat18", "vat22"),
    *("vat5_105", "vat7_107", "vat10_110", "vat18_118", "vat20_120", "vat22_122"),
)

ITEM = {
    "name": Field(checks.text(1000, 1), required=True),
    "quantity": Field(checks.number(3, above=0), required=True),
    "price": Field(checks.number(2), required=True),
    "vatRate": Field(checks.choice(*RATES), required=True),
    "unit": Field(checks.text(20, 1), required=True),
    "amount": Field(checks.number(2)),
}


def check_items(book: Book, items: object) -> Iterator[Detail]:
    """Name what is wrong with the lines, each by itself.

    :raises BookError: 413 when there are too many.
    """
    if (code := checks.rows(items)) or not isinstance(items, list):
        yield Detail("items", code or "unknown_value")
        return
    if len(items) > MOST_LINES:
        raise BookError(413, "payload_too_large", f"Больше {MOST_LINES} строк")
    for place, item in enumerate(items):
        yield from checked(book, ITEM, item, f"items[{place}].")


def check_rates(book: Book, items: list[Row], day: date) -> Iterator[Detail]:
    """Name the rates that the seller may not use in a document of *day*."""
    for place, item in enumerate(items):
        if code := _objection(book, item["vatRate"], day):
            yield Detail(f"items[{place}].vatRate", code)


def to_line(item: Row, *, vat_included: bool) -> Row:
    """The line as the books keep it: with its sum and the VAT in it."""
    sums = _given(item) or item_sums(item, item["price"], item["quantity"], vat_included=vat_included)
    own = {"price": to_kopecks(Decimal(item["price"])), "amount": sums.amount, "vatAmount": sums.vat}
    return {name: item[name] for name in ITEM if name in item} | own


def item_sums(item: Row, price: Decimal, quantity: Decimal, *, vat_included: bool) -> LineSums:
    """What a line of this item's rate comes to at another price and quantity."""
    return line_sums(
        Decimal(price), Decimal(quantity), percent_of(item["vatRate"]), vat_included=vat_included
    )


def percent_of(rate: str) -> int:
    """The percentage of ``vat22`` or ``vat22_122``; no VAT has none."""
    return int(rate.removeprefix("vat").partition("_")[0]) if rate != "none" else 0


def _given(item: Row) -> LineSums | None:
    if "amount" not in item:
        return None
    amount = to_kopecks(Decimal(item["amount"]))
    return LineSums(amount, vat_inside(amount, percent_of(item["vatRate"])))


def _objection(book: Book, rate: str, day: date) -> str | None:
    match book.profile("vat"):
        case "lenient":
            return None
        case "seed":
            return None if rate in SEED_RATES else "unknown_value"
    if not is_rate_of(day, percent_of(rate)):
        return "vat_rate_not_valid_on_date"
    return "vat_not_allowed_for_account" if rate != "none" and vat_mode_on(book, day) == "none" else None
