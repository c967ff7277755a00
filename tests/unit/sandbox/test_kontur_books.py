"""Kontur.Accounting's books keep their contract: what they take, what they refuse, and what it comes to."""

from __future__ import annotations

import itertools
from collections import Counter
from decimal import Decimal
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import pytest
import requests
import simplejson

from sandbox.app import Credentials, Settings, create_app, serving
from sandbox.books.gate import Gate
from sandbox.profiles import Profiles

KEYS = Credentials()
START = 1_790_000_000.0
ROMASHKA = {"name": "ООО «Ромашка»", "inn": "7707083893", "kpp": "773601001", "type": "LegalEntity"}
KETTLES = {"name": "Чайник", "quantity": 3, "price": 100, "vatRate": "vat22", "unit": "шт"}
SALES = "documents/saleinvoices"


class Kontur:
    """One account, asked over HTTP."""

    def __init__(self, origin, sandbox, clock):
        self.base = f"{origin}/budget/v1/accounts/{KEYS.kontur_account}"
        self.origin, self.sandbox, self.clock = origin, sandbox, clock
        self.session = requests.Session()
        self.session.headers["X-Api-Key"] = KEYS.kontur_api_key

    def reset(self):
        self.clock.now = START
        self.sandbox.shelf.clear()
        self.set(**Profiles().as_dict())

    def set(self, **profiles):
        self.sandbox.profiles.update(
            {name.replace("kontur_", "kontur."): value for name, value in profiles.items()}
        )

    def call(self, method, path, body=None, **more):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        data = None if body is None else simplejson.dumps(body, use_decimal=True)
        return self.session.request(
            method, f"{self.base}/{path}", data=data, headers=headers, timeout=5, **more
        )

    def get(self, path, **query):
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return simplejson.loads(answer.text, use_decimal=True)

    def post(self, path, body, status=201):
        answer = self.call("POST", path, body)
        assert answer.status_code == status, answer.text
        return simplejson.loads(answer.text, use_decimal=True)

    def refusal(self, path, body, method="POST"):
        """The status, and the code of the error or of its first detail."""
        answer = self.call(method, path, body)
        error = answer.json()["error"]
        return answer.status_code, (error["details"] or [error])[0]["code"]

    def buyer(self):
        return self.post("counterparties", ROMASHKA)["id"]

    def sale(self, **fields):
        items = fields.pop("items", [KETTLES])
        total = fields.pop("totalAmount", sum(Decimal(i["price"]) * i["quantity"] for i in items))
        usual = {"date": "2026-11-20", "number": "1045", "comment": "[b2:sale:512:733]"}
        fields.setdefault("counterpartyId", self._known_buyer())
        return usual | fields | {"items": items, "totalAmount": total}

    def _known_buyer(self):
        rows = self.sandbox.shelf.kontur.rows("counterparties")
        return rows[0]["id"] if rows else self.buyer()


@pytest.fixture(scope="module")
def served():
    clock = SimpleNamespace(now=START)
    app = create_app(Settings(days=1, orders_per_day=1, limits=False), clock=lambda: clock.now)
    with serving(app) as origin:
        yield Kontur(origin, app.state.sandbox, clock)


@pytest.fixture
def kontur(served):
    served.reset()
    return served


def test_vat_of_a_line_is_taken_from_the_line(kontur):
    made = kontur.post(SALES, kontur.sale())

    assert (made["totalAmount"], made["vatAmount"]) == (Decimal("300.00"), Decimal("54.10"))
    assert made["items"][0]["vatAmount"] == Decimal("54.10")
    assert (made["kind"], made["status"], made["version"]) == ("saleinvoice", "posted", 1)
    assert (made["balance"], made["paymentStatus"]) == (Decimal("300.00"), "notPaid")
    assert kontur.get(f"{SALES}/{made['id']}") == made


def test_vat_on_top_makes_the_total_gross(kontur):
    made = kontur.post(SALES, kontur.sale(pricesIncludeVat=False, totalAmount=366))

    assert (made["totalAmount"], made["vatAmount"]) == (Decimal("366.00"), Decimal("66.00"))


def test_a_given_line_amount_is_the_sum_of_its_line(kontur):
    odd = KETTLES | {"price": Decimal("33.33"), "amount": Decimal("100.00")}

    assert kontur.post(SALES, kontur.sale(items=[odd], totalAmount=100))["totalAmount"] == Decimal("100.00")


def test_a_half_kopeck_is_rounded_up(kontur):
    weighed = KETTLES | {"quantity": Decimal("0.5"), "price": Decimal("0.25")}

    made = kontur.post(SALES, kontur.sale(items=[weighed], totalAmount=Decimal("0.13")))

    assert made["totalAmount"] == Decimal("0.13")


def test_lines_that_do_not_add_up_are_refused(kontur):
    wrong = kontur.sale(totalAmount=Decimal("299.99"))

    assert kontur.refusal(SALES, wrong) == (422, "total_mismatch")

    kontur.set(kontur_total_check="off")
    assert kontur.post(SALES, wrong)["totalAmount"] == Decimal("299.99")


@pytest.mark.parametrize(
    ("profile", "rate", "day", "code"),
    [
        ("strict", "vat20", "2025-12-31", None),
        ("strict", "vat20", "2026-01-01", "vat_rate_not_valid_on_date"),
        ("strict", "vat20_120", "2026-01-01", "vat_rate_not_valid_on_date"),
        ("strict", "vat22", "2025-12-31", "vat_rate_not_valid_on_date"),
        ("strict", "vat5", "2024-12-31", "vat_rate_not_valid_on_date"),
        ("strict", "vat18", "2018-12-31", None),
        ("strict", "none", "2026-01-01", None),
        ("strict", "vat11", "2026-01-01", "unknown_value"),
        ("seed", "vat22", "2026-01-01", "unknown_value"),
        ("seed", "vat20", "2026-01-01", None),
        ("lenient", "vat20", "2026-01-01", None),
    ],
)
def test_a_rate_is_taken_on_its_days(kontur, profile, rate, day, code):
    kontur.set(kontur_vat=profile)
    sale = kontur.sale(date=day, items=[KETTLES | {"vatRate": rate}])

    answer = kontur.call("POST", SALES, sale)

    assert answer.status_code == (422 if code else 201)
    assert not code or answer.json()["error"]["details"][0] | {"message": ""} == {
        "field": "items[0].vatRate",
        "code": code,
        "message": "",
    }


def test_a_seller_without_vat_may_not_name_a_rate(kontur):
    kontur.set(kontur_vat_modes="2019-01-01:standard,2026-11-20:none")

    assert kontur.refusal(SALES, kontur.sale()) == (422, "vat_not_allowed_for_account")
    kontur.post(SALES, kontur.sale(date="2026-11-19"))
    made = kontur.post(SALES, kontur.sale(number="2", items=[KETTLES | {"vatRate": "none"}]))
    assert (made["vatAmount"], made["documentForm"]) == (Decimal("0.00"), "waybill")


def test_a_number_is_used_once_a_year_and_kind(kontur):
    kontur.post(SALES, kontur.sale())

    assert kontur.refusal(SALES, kontur.sale()) == (409, "duplicate_number")
    kontur.post("documents/acts", kontur.sale())
    kontur.post(SALES, kontur.sale(date="2027-01-01"))
    kontur.set(kontur_unique_numbers="off")
    kontur.post(SALES, kontur.sale())
    assert kontur.get(SALES, number="1045")["totalCount"] == 3


def test_a_cancelled_document_gives_its_number_back(kontur):
    made = kontur.post(SALES, kontur.sale())

    cancelled = kontur.post(f"{SALES}/{made['id']}/cancel", {"reason": "ошибка"}, status=200)
    again = kontur.post(f"{SALES}/{made['id']}/cancel", {}, status=200)

    assert cancelled == again
    assert cancelled["status"] == "cancelled"
    kontur.post(SALES, kontur.sale())


def test_acts_and_bills_without_a_number_get_the_next_one(kontur):
    unnumbered = {name: value for name, value in kontur.sale().items() if name != "number"}

    assert [kontur.post("documents/acts", unnumbered)["number"] for _ in range(2)] == ["1", "2"]
    assert kontur.post("documents/bills", unnumbered | {"dueDate": "2026-11-23"})["dueDate"] == "2026-11-23"
    assert kontur.refusal(SALES, unnumbered) == (422, "required")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"date": "2026-02-30"}, "invalid_date"),
        ({"number": "x" * 51}, "too_long"),
        ({"counterpartyId": "nobody"}, "counterparty_not_found"),
        ({"items": []}, "required"),
        ({"items": [KETTLES | {"price": "100.00"}], "totalAmount": 300}, "invalid_amount"),
        ({"items": [KETTLES | {"price": Decimal("1.005")}]}, "invalid_amount"),
        ({"items": [KETTLES | {"price": -1}]}, "invalid_amount"),
        ({"items": [KETTLES | {"quantity": 0}]}, "invalid_amount"),
        ({"items": [KETTLES | {"quantity": Decimal("0.0001")}]}, "invalid_amount"),
        ({"items": [KETTLES | {"unit": ""}]}, "required"),
        ({"totalAmount": True}, "invalid_amount"),
        ({"comment": None}, "unknown_value"),
        ({"comment": "x" * 1001}, "too_long"),
        ({"documentForm": "letter"}, "unknown_value"),
    ],
)
def test_a_wrong_field_is_named(kontur, change, code):
    assert kontur.refusal(SALES, kontur.sale(**change)) == (422, code)


def test_more_than_a_thousand_lines_are_too_many(kontur):
    cheap = KETTLES | {"quantity": 1, "price": 1}

    assert kontur.refusal(SALES, kontur.sale(items=[cheap] * 1001)) == (413, "payload_too_large")
    kontur.post(SALES, kontur.sale(items=[cheap] * 1000))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"inn": "7707083894"}, "invalid_inn"),
        ({"inn": "500100732259"}, "invalid_inn"),
        ({"inn": ""}, "required"),
        ({"kpp": "77360100"}, "invalid_kpp"),
        ({"type": "SoleProprietor", "inn": "500100732259"}, "invalid_kpp"),
        ({"type": "Company"}, "unknown_value"),
        ({"name": ""}, "required"),
        ({"email": None}, "unknown_value"),
    ],
)
def test_a_counterparty_with_wrong_requisites_is_refused(kontur, change, code):
    assert kontur.refusal("counterparties", ROMASHKA | change) == (422, code)


def test_an_individual_needs_a_name_only(kontur):
    made = kontur.post("counterparties", {"name": "Розничный покупатель", "type": "Individual"})

    assert (made["inn"], made["kpp"]) == ("", "")


def test_twins_are_made_unless_the_profile_forbids(kontur):
    first, second = kontur.buyer(), kontur.buyer()
    kontur.set(kontur_unique_counterparty="on")

    answer = kontur.call("POST", "counterparties", ROMASHKA)

    assert first != second
    assert (answer.status_code, answer.json()["error"]["details"][0]["message"]) == (409, first)
    kontur.post("counterparties", ROMASHKA | {"kpp": "773601002"})


def test_a_counterparty_is_found_by_exact_fields_only(kontur):
    kontur.post("counterparties", ROMASHKA | {"kpp": "773601002"})
    made = kontur.buyer()

    assert kontur.get("counterparties", inn=ROMASHKA["inn"])["totalCount"] == 2
    assert [
        row["id"] for row in kontur.get("counterparties", inn=ROMASHKA["inn"], kpp="773601001")["items"]
    ] == [made]
    assert kontur.get("counterparties", inn="7707")["items"] == []
    assert kontur.get("counterparties", inn="")["totalCount"] == 2


def test_a_counterparty_is_replaced_whole(kontur):
    made = kontur.post("counterparties", ROMASHKA | {"phone": "+7"})

    answer = kontur.call("PUT", f"counterparties/{made['id']}", ROMASHKA | {"name": "Ромашка"})

    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["version"], "phone" in answer.json()) == (
        "Ромашка",
        2,
        False,
    )


def test_an_external_id_is_kept_only_by_a_profile(kontur):
    assert "externalId" not in kontur.post("counterparties", ROMASHKA | {"externalId": "x"})
    kontur.set(kontur_external_id="on")
    assert kontur.post("counterparties", ROMASHKA | {"externalId": "x"})["externalId"] == "x"


def test_nothing_gets_into_the_closed_period(kontur):
    before = kontur.post(SALES, kontur.sale(date="2026-09-30"))
    after = kontur.post(SALES, kontur.sale(date="2026-10-01", number="2"))
    payment = {"date": "2026-09-30", "amount": 1, "paymentMethod": "Cash"}
    kontur.post(f"{SALES}/{after['id']}/payments", payment)
    kontur.set(kontur_closed_through="2026-09-30")
    closed = (409, "period_closed")

    assert kontur.refusal(SALES, kontur.sale(date="2026-09-30", number="3")) == closed
    assert kontur.refusal(f"{SALES}/{before['id']}/cancel", {}) == closed
    assert kontur.refusal(f"{SALES}/{after['id']}/payments", payment) == closed
    assert kontur.refusal(f"{SALES}/{after['id']}/refunds", payment | {"reason": "возврат"}) == closed
    assert kontur.refusal(f"{SALES}/{after['id']}/corrections", correction(date="2026-09-30")) == closed
    for row, day in ((before, "2026-10-05"), (after, "2026-09-05")):
        change = kontur.sale(number=row["number"], date=day, version=1)
        assert kontur.refusal(f"{SALES}/{row['id']}", change, "PUT") == closed
    answer = kontur.call("POST", SALES, kontur.sale(date="2026-09-30", number="3"))
    assert answer.json()["error"]["details"][0]["message"] == "2026-09-30"
    kontur.post(SALES, kontur.sale(date="2026-10-01", number="3"))
    kontur.post(
        "contracts", {"number": "1", "date": "2026-09-01", "counterpartyId": kontur.buyer(), "kind": "sale"}
    )


def test_an_update_needs_the_version_that_it_saw(kontur):
    path = f"{SALES}/{kontur.post(SALES, kontur.sale())['id']}"
    two = [KETTLES | {"quantity": 2}]

    assert kontur.refusal(path, kontur.sale(), "PUT") == (422, "required")
    changed = kontur.call("PUT", path, kontur.sale(version=1, items=two)).json()
    assert (changed["version"], changed["totalAmount"]) == (2, 200.0)
    assert kontur.refusal(path, kontur.sale(version=1), "PUT") == (409, "version_conflict")


def test_an_update_may_not_take_anothers_number(kontur):
    kontur.post(SALES, kontur.sale(number="1"))
    path = f"{SALES}/{kontur.post(SALES, kontur.sale(number='2'))['id']}"

    assert kontur.refusal(path, kontur.sale(number="1", version=1), "PUT") == (409, "duplicate_number")


def test_of_a_paid_document_only_the_comment_changes(kontur):
    path = f"{SALES}/{kontur.post(SALES, kontur.sale())['id']}"
    kontur.post(f"{path}/payments", payment_of(100))

    assert kontur.call("PUT", path, kontur.sale(version=1, comment="другой")).status_code == 200
    assert kontur.refusal(path, kontur.sale(version=2, date="2026-11-21"), "PUT") == (409, "has_dependents")
    assert kontur.refusal(f"{path}/cancel", {}) == (409, "has_dependents")


def test_a_cancelled_document_stays_as_it_is(kontur):
    path = f"{SALES}/{kontur.post(SALES, kontur.sale())['id']}"
    kontur.post(f"{path}/cancel", {}, status=200)
    cancelled = (409, "document_cancelled")

    assert kontur.refusal(path, kontur.sale(version=2), "PUT") == cancelled
    assert kontur.refusal(f"{path}/payments", payment_of(1)) == cancelled
    assert kontur.refusal(f"{path}/corrections", correction()) == cancelled


def payment_of(amount, **fields):
    return {"date": "2026-11-20", "amount": amount, "paymentMethod": "BankTransfer"} | fields


def correction(quantity=1, price=100, line=1, **fields):
    items = [{"line": line, "quantityAfter": quantity, "priceAfter": price}]
    return {"date": "2026-11-25", "number": "1045-К1", "reason": "return", "items": items} | fields


def test_payments_add_up_to_a_status(kontur):
    path = f"{SALES}/{kontur.post(SALES, kontur.sale())['id']}"
    seen = []
    for amount in (100, 200, 1):
        kontur.post(f"{path}/payments", payment_of(amount))
        seen.append((kontur.get(path)["paymentStatus"], kontur.get(path)["balance"]))

    assert seen == [("partiallyPaid", Decimal(200)), ("paid", Decimal(0)), ("overpaid", Decimal(-1))]
    assert [row["direction"] for row in kontur.get(f"{path}/payments")["items"]] == ["in"] * 3


def test_a_document_of_nothing_is_paid(kontur):
    made = kontur.post(SALES, kontur.sale(items=[KETTLES | {"price": 0}]))

    assert made["paymentStatus"] == "paid"


def test_an_overpayment_is_refused_by_profile(kontur):
    kontur.set(kontur_overpayment="reject")
    path = f"{SALES}/{kontur.post(SALES, kontur.sale())['id']}/payments"

    assert kontur.refusal(path, payment_of(Decimal("300.01"))) == (422, "overpayment_not_allowed")
    kontur.post(path, payment_of(300))


@pytest.mark.parametrize(
    "change", [{"amount": 0}, {"amount": "5"}, {"paymentMethod": "Card"}, {"date": "now"}]
)
def test_a_wrong_payment_is_refused(kontur, change):
    path = f"{SALES}/{kontur.post(SALES, kontur.sale())['id']}/payments"

    assert kontur.refusal(path, payment_of(1) | change)[0] == 422


def test_no_more_is_given_back_than_came_in(kontur):
    path = f"{SALES}/{kontur.post(SALES, kontur.sale())['id']}"
    paid = kontur.post(f"{path}/payments", payment_of(300))
    refund = payment_of(200, reason="возврат", paymentId=paid["id"])

    assert kontur.post(f"{path}/refunds", refund)["direction"] == "out"
    assert kontur.refusal(f"{path}/refunds", refund) == (422, "over_refund")
    assert kontur.refusal(f"{path}/refunds", payment_of(1)) == (422, "required")
    assert kontur.refusal(f"{path}/refunds", refund | {"paymentId": "?"}) == (422, "unknown_value")
    left = kontur.get(path)
    assert (left["paymentStatus"], left["balance"]) == ("partiallyPaid", Decimal(200))


def test_only_sale_invoices_are_refunded_and_corrected(kontur):
    act = kontur.post("documents/acts", kontur.sale())["id"]

    for part in ("refunds", "corrections"):
        assert kontur.call("GET", f"documents/acts/{act}/{part}").status_code == 404
    assert kontur.call("GET", f"{SALES}/{act}").status_code == 404


def test_a_correction_tells_the_difference_at_the_old_rate(kontur):
    path = f"{SALES}/{kontur.post(SALES, kontur.sale())['id']}"

    made = kontur.post(f"{path}/corrections", correction(date="2030-01-01"))

    assert (made["amountDelta"], made["vatDelta"]) == (Decimal("-200.00"), Decimal("-36.07"))
    assert made["items"][0]["vatRate"] == "vat22"
    assert (made["items"][0]["quantityBefore"], made["items"][0]["quantityAfter"]) == (3, 1)
    assert kontur.get(path)["correctedAmount"] == Decimal("100.00")


def test_a_second_correction_starts_where_the_first_ended(kontur):
    path = f"{SALES}/{kontur.post(SALES, kontur.sale())['id']}/corrections"
    first = kontur.post(path, correction(quantity=2))
    second = kontur.post(path, correction(quantity=0))

    assert (first["amountDelta"], second["amountDelta"]) == (Decimal(-100), Decimal(-200))
    assert first["vatDelta"] + second["vatDelta"] == Decimal("-54.10")
    assert kontur.refusal(path, correction(quantity=1)) == (422, "over_return")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (correction(quantity=4), "over_return"),
        (correction(quantity=-1, reason="quantity_error"), "over_return"),
        (correction(price=101), "over_return"),
        (correction(line=2), "unknown_value"),
        (correction(reason="mood"), "unknown_value"),
    ],
)
def test_an_impossible_correction_is_refused(kontur, wrong, code):
    path = f"{SALES}/{kontur.post(SALES, kontur.sale())['id']}/corrections"

    assert kontur.refusal(path, wrong) == (422, code)


def test_a_price_may_rise_by_a_correction(kontur):
    path = f"{SALES}/{kontur.post(SALES, kontur.sale())['id']}/corrections"

    raised = kontur.post(path, correction(quantity=3, price=110, reason="price_change"))

    assert raised["amountDelta"] == Decimal("30.00")


def test_documents_are_found_by_number_days_buyer_and_status(kontur):
    ids = [kontur.post(SALES, kontur.sale(number=str(n), date=f"2026-11-0{n}"))["id"] for n in (1, 2, 3)]
    kontur.post(f"{SALES}/{ids[2]}/cancel", {}, status=200)

    def found(**query):
        return [row["number"] for row in kontur.get(SALES, **query)["items"]]

    assert found(dateFrom="2026-11-02", dateTo="2026-11-03") == ["2", "3"]
    assert found(number="1") == ["1"]
    assert found(status="posted") == ["1", "2"]
    assert found(counterpartyId="nobody") == []
    assert kontur.call("GET", SALES, params={"dateFrom": "yesterday"}).status_code == 400


def test_a_list_says_what_changed_since(kontur):
    kontur.buyer()
    kontur.clock.now += 60
    second = kontur.post("counterparties", ROMASHKA | {"kpp": ""})

    rows = kontur.get("counterparties", modifiedSince=second["modifiedAt"])["items"]

    assert [row["id"] for row in rows] == [second["id"]]
    assert kontur.call("GET", "counterparties", params={"modifiedSince": "2026-11-20"}).status_code == 400


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 501}, {"limit": "ten"}, {"offset": -1}])
def test_a_page_out_of_bounds_is_refused(kontur, query):
    answer = kontur.call("GET", "counterparties", params=query)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_query")


def test_an_unknown_filter_is_ignored_unless_the_profile_is_strict(kontur):
    kontur.buyer()
    assert kontur.get("counterparties", colour="red")["totalCount"] == 1

    kontur.set(kontur_strict_query="on", kontur_strict_fields="on")
    assert kontur.call("GET", "counterparties", params={"colour": "red"}).status_code == 400
    assert kontur.call("GET", SALES, params={"dateTo": "2026-11-20", "limit": 1}).status_code == 200
    assert kontur.refusal("counterparties", ROMASHKA | {"colour": "red"}) == (422, "unknown_value")


def test_a_list_takes_the_shape_of_its_profile(kontur):
    kontur.buyer()
    shapes = {}
    for shape in ("object", "bare_array", "no_total"):
        kontur.set(kontur_list_shape=shape)
        shapes[shape] = kontur.get("counterparties")

    assert set(shapes["object"]) == {"items", "totalCount", "limit", "offset"}
    assert isinstance(shapes["bare_array"], list)
    assert set(shapes["no_total"]) == {"items"}


@pytest.mark.parametrize("count", [7, 9, 10])
def test_an_unstable_list_repeats_a_row_and_loses_none(kontur, count):
    ids = {kontur.post("counterparties", ROMASHKA | {"name": str(n)})["id"] for n in range(count)}
    kontur.set(kontur_paging="unstable")
    pages = [kontur.get("counterparties", limit=3, offset=offset) for offset in range(0, count, 3)]

    seen = Counter(row["id"] for row in itertools.chain.from_iterable(page["items"] for page in pages))

    assert set(seen) == ids
    assert sorted(seen.values())[-2:] == [1, 2]
    assert {page["totalCount"] for page in pages} == {count}


def test_a_new_row_is_read_at_once_and_listed_after_the_lag(kontur):
    kontur.set(kontur_list_lag_s=5)
    made = kontur.buyer()

    assert kontur.get(f"counterparties/{made}")["id"] == made
    assert kontur.get("counterparties", inn=ROMASHKA["inn"])["items"] == []
    kontur.clock.now += 5
    assert kontur.get("counterparties", inn=ROMASHKA["inn"])["totalCount"] == 1


def test_seed_only_knows_four_calls_and_few_fields(kontur):
    kontur.set(kontur_seed_only="on", kontur_vat="seed")
    buyer = kontur.post("counterparties", ROMASHKA | {"phone": "+7"})
    sale = kontur.sale(items=[KETTLES | {"vatRate": "vat20"}])
    made = kontur.post(SALES, sale)

    assert set(buyer) == {"id", "name", "inn", "kpp", "type"}
    assert set(made) == {"id"}
    assert kontur.post(f"{SALES}/{made['id']}/payments", payment_of(1)) == {}
    assert kontur.get("counterparties", inn=ROMASHKA["inn"]) == {"items": [buyer]}
    for method, path in (
        ("GET", ""),
        ("GET", SALES),
        ("GET", f"{SALES}/{made['id']}"),
        ("GET", f"{SALES}/{made['id']}/payments"),
        ("GET", f"counterparties/{buyer['id']}"),
        ("POST", "documents/acts"),
        ("POST", f"{SALES}/{made['id']}/refunds"),
    ):
        answer = kontur.call(method, path, sale)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path


def test_the_account_tells_its_modes_and_its_closed_period(kontur):
    kontur.set(kontur_closed_through="2026-09-30")
    account = kontur.session.get(kontur.base, timeout=5).json()

    assert (account["inn"], account["closedThrough"]) == ("7707083893", "2026-09-30")
    assert account["vatModes"] == [{"validFrom": "2019-01-01", "mode": "standard"}]
    assert kontur.get("expense-categories")["totalCount"] == 3


def test_bank_transactions_are_those_that_were_planted(kontur):
    row = {"date": "2026-11-20", "direction": "in", "amount": Decimal("300.00"), "purpose": "Заказ 1045"}
    kontur.sandbox.shelf.kontur.add("bank_transactions", row)

    assert kontur.get("bank-transactions", dateFrom="2026-11-20", direction="in")["totalCount"] == 1
    assert kontur.get("bank-transactions", dateFrom="2026-11-21")["totalCount"] == 0
    for query in ({}, {"dateFrom": "2025-01-01", "dateTo": "2026-01-03"}):
        assert kontur.call("GET", "bank-transactions", params=query).status_code == 400


def ask(kontur, headers, account=KEYS.kontur_account):
    answer = requests.get(
        f"{kontur.origin}/budget/v1/accounts/{account}/counterparties", headers=headers, timeout=5
    )
    return answer.status_code, answer.json().get("error", {}).get("code")


def test_a_key_opens_one_account(kontur):
    key = {"X-Api-Key": KEYS.kontur_api_key}

    assert ask(kontur, key) == (200, None)
    assert ask(kontur, {}) == ask(kontur, {"X-Api-Key": "wrong"}) == (401, "unauthorized")
    assert ask(kontur, key | {"Authorization": "Bearer x"}) == (400, "ambiguous_credentials")
    assert ask(kontur, key, account="другая") == (404, "account_not_found")
    kontur.set(kontur_api_key_header="X-Kontur-ApiKey")
    assert ask(kontur, {"X-Kontur-ApiKey": KEYS.kontur_api_key}) == (200, None)
    assert ask(kontur, key) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("access", "status"), [("forbidden", 403), ("plan_without_api", 403), ("subscription_expired", 402)]
)
def test_a_good_key_may_still_meet_a_closed_door(kontur, access, status):
    kontur.set(kontur_access=access)

    assert ask(kontur, {"X-Api-Key": KEYS.kontur_api_key}) == (status, access)


def token(kontur, **form):
    usual = {
        "grant_type": "client_credentials",
        "client_id": KEYS.kontur_client_id,
        "client_secret": KEYS.kontur_client_secret,
        "scope": "accounting.api",
    }
    return requests.post(f"{kontur.origin}/connect/token", data=usual | form, timeout=5)


def test_a_token_opens_the_account_until_it_expires(kontur):
    granted = token(kontur).json()
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}

    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 3600)
    assert ask(kontur, bearer) == (200, None)
    kontur.clock.now += 3600 + 5
    assert ask(kontur, bearer) == (401, "unauthorized")


def test_a_token_of_another_scope_opens_nothing(kontur):
    elba = token(
        kontur, client_id=KEYS.elba_client_id, client_secret=KEYS.elba_client_secret, scope="elba.api"
    ).json()

    assert ask(kontur, {"Authorization": f"Bearer {elba['access_token']}"}) == (403, "forbidden")


def test_what_is_not_json_is_told_apart(kontur):
    def send(data, media_type="application/json"):
        headers = {"Content-Type": media_type}
        answer = kontur.session.post(f"{kontur.base}/counterparties", data=data, headers=headers, timeout=5)
        return answer.status_code, answer.json()["error"]["code"]

    assert send(b"{") == send(b"[]") == send(b"\xff") == (400, "malformed_json")
    assert send(b"{}", "text/plain") == (415, "unsupported_media_type")
    answer = kontur.session.delete(f"{kontur.base}/counterparties", timeout=5)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")


def test_the_request_id_comes_back(kontur):
    kontur.session.headers["X-Request-Id"] = "mine"
    answers = [kontur.call("GET", "counterparties"), kontur.call("GET", "counterparties/none")]
    del kontur.session.headers["X-Request-Id"]

    assert {answer.headers["X-Request-Id"] for answer in answers} == {"mine"}
    assert answers[1].json()["error"]["requestId"] == "mine"


@pytest.mark.parametrize(("form", "start"), [("html", "<html>"), ("text", "Ошибка 404"), ("empty", "")])
def test_an_error_body_takes_the_form_of_its_profile(kontur, form, start):
    kontur.set(kontur_error_body=form)
    answer = kontur.call("GET", "counterparties/none")

    assert answer.status_code == 404
    assert answer.text.startswith(start)
    assert bool(answer.text) is bool(start)


def test_the_limit_is_a_bucket_of_ten_that_fills_at_five_a_second(kontur):
    kontur.sandbox.gates["kontur"] = Gate(kontur.sandbox.shelf.kontur)
    first = [kontur.call("GET", "counterparties") for _ in range(11)]
    kontur.clock.now += 0.2
    then = [kontur.call("GET", "counterparties") for _ in range(2)]
    gate = kontur.sandbox.gates.pop("kontur")

    assert [answer.status_code for answer in first] == [200] * 10 + [429]
    assert [answer.status_code for answer in then] == [200, 429]
    assert first[0].headers["X-RateLimit-Remaining"] == "9"
    assert (first[10].headers["Retry-After"], first[10].json()["error"]["code"]) == ("1", "rate_limited")
    assert gate.refused == 2


def test_retry_after_comes_in_three_forms(kontur):
    kontur.set(kontur_burst=1, kontur_rate="0.1")
    kontur.sandbox.gates["kontur"] = Gate(kontur.sandbox.shelf.kontur)
    kontur.call("GET", "counterparties")
    asked = {}
    for form in ("seconds", "http_date", "absent"):
        kontur.set(kontur_retry_after=form)
        asked[form] = kontur.call("GET", "counterparties").headers.get("Retry-After")
    del kontur.sandbox.gates["kontur"]

    assert (asked["seconds"], asked["absent"]) == ("10", None)
    assert parsedate_to_datetime(asked["http_date"]).timestamp() == START + 10
