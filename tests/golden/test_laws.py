"""What holds for every payload there is, reckoned in whole kopecks from the golden files alone."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from tests.golden.shop import CASES, FILES

STANDARD = {"2004-01-01": 18, "2019-01-01": 20, "2026-01-01": 22}
ALWAYS = {None, 0, 10}
SIMPLIFIED = {5, 7}
WITHOUT = {"none", "nonds", "withoutnds"}
PLACES = {"kontur": 3, "elba oauth": 3, "elba public": 4}
"""How many decimals of a quantity the books take."""

WHOLE = 10_000
"""A quantity is reckoned in ten-thousandths."""

INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_12 = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


@dataclass(frozen=True)
class Sent:
    """A document as it would travel: texts and, reckoned from them, whole numbers."""

    case: str
    books: str
    what: str
    total: int
    vat: int
    payload: dict[str, Any]

    def __repr__(self):
        return f"{self.case}: {self.books}, {self.what}"

    @property
    def kind(self):
        return self.what.split()[0]

    @property
    def order(self):
        return next(order for order in CASES[self.case]["orders"] if order["id"] == self.what.split()[1])

    @property
    def lines(self):
        return self.payload.get("items") or self.payload["warehouseItems"]

    @cached_property
    def quantities(self):
        return [units(row.get("quantity") or row["count"], 4) for row in self.lines]

    @cached_property
    def sums(self):
        """Kopecks of each line; half a kopeck counts up."""
        products = zip(self.quantities, (kopecks(row["price"]) for row in self.lines), strict=True)
        return [(2 * pieces * price + WHOLE) // (2 * WHOLE) for pieces, price in products]

    @cached_property
    def rates(self):
        """Percent of each line; None is no VAT."""
        words = [(row.get("vatRate") or row.get("ndsRate") or "none").lower() for row in self.lines]
        return [
            None if word in WITHOUT else int(re.fullmatch(r"(?:vat|nds)(\d+)", word)[1]) for word in words
        ]


def units(text, places):
    """Return a number as so many units of its last decimal, and refuse a finer one."""
    whole, _, fraction = text.partition(".")
    assert len(fraction) <= places, f"{text} has more than {places} decimals"
    return int(whole + fraction.ljust(places, "0"))


def kopecks(text):
    return units(text, 2)


def percent(word):
    return None if word.lower() in WITHOUT else int(re.fullmatch(r"(?:vat|nds)(\d+)", word.lower())[1])


@pytest.fixture(scope="module")
def golden():
    """Every golden file as texts: no number has been through a float."""
    files = {name: path.with_suffix(".json").read_text(encoding="utf-8") for name, path in FILES.items()}
    return {name: json.loads(text, parse_float=str, parse_int=str) for name, text in files.items()}


@pytest.fixture(scope="module")
def documents(golden):
    """Every document that would be sent."""
    return [
        Sent(case, books, each["document"], kopecks(each["total"]), kopecks(each["vat"]), each["sent"])
        for case, content in golden.items()
        for books, shown in content.items()
        for each in shown["documents"]
        if "sent" in each
    ]


def test_lines_add_up_to_the_total(documents):
    assert [document for document in documents if sum(document.sums) != document.total] == []


def test_kontur_is_told_the_same_total_and_the_same_sums_of_lines(documents):
    told = [document for document in documents if document.books == "kontur"]

    assert [each for each in told if kopecks(each.payload["totalAmount"]) != each.total] == []
    amounts = [
        (document, kopecks(row["amount"]), amount)
        for document in told
        for row, amount in zip(document.lines, document.sums, strict=True)
        if "amount" in row
    ]
    assert amounts
    assert [each for each in amounts if each[1] != each[2]] == []


def test_vat_is_inside_of_each_line_and_half_a_kopeck_counts_up(documents):
    def vat(document):
        lines = zip(document.sums, (rate or 0 for rate in document.rates), strict=True)
        return sum((2 * amount * rate + 100 + rate) // (2 * (100 + rate)) for amount, rate in lines)

    assert [document for document in documents if vat(document) != document.vat] == []


def test_quantities_and_prices_are_no_finer_than_the_books_take_and_nothing_is_below_zero(documents):
    for document in documents:
        for row in document.lines:
            assert units(row.get("quantity") or row["count"], PLACES[document.books]) > 0, document
            assert kopecks(row["price"]) >= 0, document


def test_a_rate_was_in_force_on_the_day(documents):
    def allowed(document):
        day = document.payload["date"]
        standard = max((begins, rate) for begins, rate in STANDARD.items() if begins <= day)[1]
        return ALWAYS | {standard} | (SIMPLIFIED if day >= "2025-01-01" else set())

    assert [document for document in documents if not set(document.rates) <= allowed(document)] == []


def test_all_books_are_told_the_same_of_a_document(documents):
    told = defaultdict(set)
    for document in documents:
        lines = zip(document.quantities, document.sums, document.rates, strict=True)
        told[document.case, document.what].add((document.payload["date"], document.vat, *lines))

    assert [what for what, versions in told.items() if len(versions) > 1] == []


def test_a_bill_is_the_price_of_its_order(documents):
    bills = [document for document in documents if document.kind == "bill"]

    assert [bill for bill in bills if bill.total != kopecks(bill.order["price"])] == []


def test_what_has_left_whole_costs_what_was_billed(documents):
    shelves = defaultdict(lambda: {"billed": [0, 0], "left": [0, 0]})
    for document in documents:
        shelf = shelves[document.books, document.what.split()[1]]
        counted = shelf["billed" if document.kind == "bill" else "left"]
        counted[0] += sum(document.quantities)
        counted[1] += document.total
    whole = {what: shelf for what, shelf in shelves.items() if shelf["billed"][0] == shelf["left"][0]}

    assert whole
    assert [what for what, shelf in whole.items() if shelf["billed"] != shelf["left"]] == []


def test_a_document_bears_the_order_s_number_unless_the_books_number_themselves(documents):
    numbered = [each for each in documents if (each.books, each.kind) != ("elba oauth", "act")]

    assert [
        document
        for document in numbered
        if not re.fullmatch(rf"{re.escape(number_of(document))}(/[2-9])?", document.payload["number"])
    ] == []


def test_a_document_ends_with_our_mark_where_it_has_a_comment(documents):
    marked = [each for each in documents if (each.books, each.kind) != ("elba public", "sale")]

    assert [
        document
        for document in marked
        if not document.payload["comment"].endswith(
            f"#{number_of(document)} [b2:{document.what.replace(' ', ':')}]"
        )
    ] == []


def number_of(document):
    _, order, *rest = document.what.split()
    if order == "day":
        return f"Р-{rest[0]}"
    return document.order.get("number", document.order["id"])


def test_elba_s_public_api_hears_of_rates_in_documents_with_vat_alone(documents):
    for document in documents:
        if document.books == "elba public":
            with_vat = set(document.rates) != {None}
            said = document.payload.get("withNDS", document.payload.get("status") == "status1")
            assert (said, document.payload["sumsWithNDS"]) == (with_vat, with_vat), document
            assert {"ndsRate" in row for row in document.lines} == {with_vat}, document


def test_a_buyer_has_the_requisites_of_its_kind(golden):
    buyers = [
        (case, buyer.get("inn", ""), buyer.get("kpp", ""))
        for case, content in golden.items()
        for shown in content.values()
        for buyer in shown["buyers"].values()
    ]

    assert {len(inn) for _, inn, _ in buyers} == {0, 10, 12}
    assert [buyer for buyer in buyers if not has_right_digits(buyer[1])] == []
    assert [buyer for buyer in buyers if buyer[2] and len(buyer[1]) != 10] == []
    assert [buyer for buyer in buyers if not re.fullmatch(r"(\d{4}[0-9A-Z]{2}\d{3})?", buyer[2])] == []


def has_right_digits(inn):
    """Whether the check digits of an INN are right, or there is no INN at all."""
    weights = {0: (), 10: (INN_10,), 12: (INN_11, INN_12)}[len(inn)]
    digits = [int(digit) for digit in inn]
    return all(
        sum(weight * digit for weight, digit in zip(row, digits, strict=False)) % 11 % 10 == digits[len(row)]
        for row in weights
    )
