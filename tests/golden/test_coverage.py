"""That the golden files show all there is to show: what the code can say, some order makes it say."""

import re
from itertools import chain

import pytest
import simplejson
from tests.golden.shop import CASES, FILES

from bookkeeping.clients.elba import oauth_payloads, public_payloads
from bookkeeping.clients.kontur import payloads
from bookkeeping.domain import HoldReason

ONLY_BOOKS_CAN_TELL = {
    HoldReason.COUNTERPARTY_AMBIGUOUS,
    HoldReason.NUMBER_TAKEN,
    HoldReason.OUTCOME_UNKNOWN,
    HoldReason.CHANGED_AFTER_POSTING,
    HoldReason.CANCELLED_AFTER_POSTING,
    HoldReason.MANUAL_REQUIRED,
    HoldReason.DAY_NOT_READ,
}
"""What holds a document for what the books or the ledger hold; no order alone does."""

CODES = {
    "kontur": set(payloads.VAT_CODES.values()),
    "elba oauth": set(oauth_payloads.VAT_CODES.values()),
    "elba public": set(public_payloads.VAT_CODES.values()),
}
KINDS = {
    "kontur": {"bill", "sale", "act"},
    "elba oauth": {"bill", "act"},
    "elba public": {"bill", "sale", "act"},
}


@pytest.fixture(scope="module")
def books():
    """What each of the books is shown, over all cases."""
    found = {system: [] for system in KINDS}
    for path in FILES.values():
        for system, shown in simplejson.loads(path.with_suffix(".json").read_text(encoding="utf-8")).items():
            found[system].append(shown)
    return found


@pytest.fixture(scope="module")
def documents(books):
    return {system: [each for one in shown for each in one["documents"]] for system, shown in books.items()}


@pytest.mark.parametrize("system", KINDS)
def test_every_kind_that_the_books_can_make_is_made(documents, system):
    assert {each["document"].split()[0] for each in documents[system] if "sent" in each} == KINDS[system]


@pytest.mark.parametrize("system", CODES)
def test_every_rate_that_the_books_have_a_word_for_is_sent(documents, system):
    written = simplejson.dumps([each.get("sent") for each in documents[system]])

    assert set(re.findall(r'"(?:vatRate|ndsRate)": "(\w+)"', written)) == CODES[system]


def test_every_reason_that_an_order_alone_can_give_holds_some_document(documents):
    held = {each["held"] for each in chain.from_iterable(documents.values()) if "held" in each}

    assert held == set(HoldReason) - ONLY_BOOKS_CAN_TELL


def test_every_form_of_a_sale_in_elba_s_public_api_is_made(documents):
    sales = [
        each["sent"] for each in documents["elba public"] if each["document"][:4] == "sale" and "sent" in each
    ]

    assert {(sale.get("status"), sale.get("withNDS")) for sale in sales} == {
        ("status1", None),
        ("status2", None),
        (None, True),
        (None, False),
    }


def test_companies_sole_proprietors_and_individuals_buy(books):
    buyers = [buyer for shown in books["kontur"] for buyer in shown["buyers"].values()]

    assert {buyer["type"] for buyer in buyers} == set(payloads.TYPES.values())


def test_every_mode_of_the_seller_s_vat_has_its_day():
    modes = {period["mode"] for case in CASES.values() for period in case.get("seller", {}).get("vat", [])}

    assert modes == {"none", "vat5", "vat7"}  # the ordinary seller has the ordinary one
