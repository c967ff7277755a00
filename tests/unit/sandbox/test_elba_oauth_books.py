"""The first Elba dialect keeps its contract: tokens, quotas, counterparties, bills and acts."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest
import requests
import simplejson

from sandbox.app import Credentials, Settings, create_app, serving
from sandbox.books.gate import Gate
from sandbox.profiles import Profiles

KEYS = Credentials()
START = 1_790_000_000.0  # 2026-09-21 in Moscow
ROMASHKA = {"fullName": "ООО «Ромашка»", "inn": "7707083893", "kpp": "773601001", "email": "a@example.ru"}
KETTLES = {"name": "Чайник", "count": 3, "price": 100, "unit": "шт", "ndsRate": "Nds22"}
CLIENT = {
    "grant_type": "client_credentials",
    "client_id": KEYS.elba_client_id,
    "client_secret": KEYS.elba_client_secret,
    "scope": "elba.api",
}


class Elba:
    """One organisation, asked over HTTP."""

    def __init__(self, origin, sandbox, clock):
        self.origin, self.sandbox, self.clock = origin, sandbox, clock
        self.session = requests.Session()

    def reset(self):
        self.clock.now = START
        self.sandbox.shelf.clear()
        self.sandbox.profiles.update(Profiles().as_dict())
        self.log_in()

    def log_in(self):
        granted = self.token().json()
        self.session.headers["Authorization"] = f"Bearer {granted['access_token']}"
        return granted

    def set(self, **profiles):
        self.sandbox.profiles.update({f"elba_oauth.{name}": value for name, value in profiles.items()})

    def token(self, **form):
        return self.session.post(f"{self.origin}/connect/token", data=CLIENT | form, timeout=5)

    def call(self, method, path, body=None, **query):
        data = None if body is None else simplejson.dumps(body, use_decimal=True)
        headers = {} if body is None else {"Content-Type": "application/json"}
        url = f"{self.origin}/api/v1/{path}"
        return self.session.request(method, url, data=data, params=query, headers=headers, timeout=5)

    def get(self, path, **query):
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return simplejson.loads(answer.text, use_decimal=True)

    def post(self, path, body):
        answer = self.call("POST", path, body)
        assert answer.status_code == 201, answer.text
        return simplejson.loads(answer.text, use_decimal=True)

    def refusal(self, path, body, method="POST"):
        answer = self.call(method, path, body)
        return answer.status_code, answer.json()["code"]

    def bill(self, **fields):
        usual = {"number": "1045", "date": "2026-11-20", "items": [KETTLES], "comment": "[b2:bill:512]"}
        return usual | {"counterpartyId": self._known_buyer()} | fields

    def pay(self, bill_id, amount):
        body = {"sum": amount, "date": "2026-11-21"}
        return self.session.post(f"{self.origin}/_admin/invoices/{bill_id}/pay", json=body, timeout=5)

    def _known_buyer(self):
        rows = self.sandbox.shelf.elba_oauth.rows("counterparties")
        return rows[0]["id"] if rows else self.post("counterparties", ROMASHKA)["id"]


@pytest.fixture(scope="module")
def served():
    clock = SimpleNamespace(now=START)
    app = create_app(Settings(days=1, orders_per_day=1, limits=False), clock=lambda: clock.now)
    with serving(app) as origin:
        yield Elba(origin, app.state.sandbox, clock)


@pytest.fixture
def elba(served):
    served.reset()
    return served


def test_a_bill_is_numbered_by_the_caller_and_summed_by_lines(elba):
    made = elba.post("invoices", elba.bill(paymentDueDate="2026-11-23"))

    assert (made["number"], made["total"], made["ndsTotal"]) == ("1045", Decimal("300.00"), Decimal("54.10"))
    assert (
        made["items"][0] | KETTLES | {"sum": Decimal("300.00"), "ndsSum": Decimal("54.10")}
        == made["items"][0]
    )
    assert (made["status"], made["paidSum"], made["comment"]) == ("notPaid", Decimal("0.00"), "[b2:bill:512]")
    assert made["link"].startswith("https://")
    assert elba.get(f"invoices/{made['id']}") == made


@pytest.mark.parametrize(
    ("profile", "rate", "day", "status"),
    [
        ("strict", "Nds20", "2025-12-31", 201),
        ("strict", "Nds20", "2026-01-01", 400),
        ("strict", "Nds22", "2025-12-31", 400),
        ("strict", "Nds7", "2025-01-01", 201),
        ("strict", "Nds7", "2024-12-31", 400),
        ("strict", "NoNds", "2020-01-01", 201),
        ("strict", "Nds18", "2018-01-01", 400),
        ("seed", "Nds22", "2026-01-01", 400),
        ("seed", "Nds20", "2026-01-01", 201),
        ("lenient", "Nds20", "2026-01-01", 201),
    ],
)
def test_a_rate_is_taken_on_its_days(elba, profile, rate, day, status):
    elba.set(vat=profile)

    answer = elba.call("POST", "invoices", elba.bill(date=day, items=[KETTLES | {"ndsRate": rate}]))

    assert answer.status_code == status
    assert status == 201 or answer.json()["errors"][0]["field"] == "items[0].ndsRate"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"number": ""}, 400),
        ({"date": "20.11.2026"}, 400),
        ({"counterpartyId": "nobody"}, 400),
        ({"items": []}, 400),
        ({"items": [KETTLES | {"count": 0}]}, 400),
        ({"items": [KETTLES | {"price": "100"}]}, 400),
        ({"items": [KETTLES | {"unit": "x" * 21}]}, 400),
        ({"items": [KETTLES] * 501}, 413),
        ({"paymentDueDate": "2026-11-19"}, 400),
        ({"comment": "x" * 1001}, 400),
    ],
)
def test_a_wrong_bill_is_refused(elba, change, status):
    code = "payload_too_large" if status == 413 else "validation_error"

    assert elba.refusal("invoices", elba.bill(**change)) == (status, code)


def test_a_number_is_used_once_a_year(elba):
    elba.post("invoices", elba.bill())

    assert elba.refusal("invoices", elba.bill()) == (409, "duplicate_number")
    elba.post("invoices", elba.bill(date="2027-01-01"))
    elba.set(unique_numbers="off")
    elba.post("invoices", elba.bill())
    assert len(elba.get("invoices", number="1045")) == 3


def test_a_bill_changes_until_it_is_paid(elba):
    path = f"invoices/{elba.post('invoices', elba.bill())['id']}"

    changed = elba.call("PUT", path, elba.bill(items=[KETTLES | {"count": 1}]))
    assert (changed.status_code, changed.json()["total"]) == (200, 100.0)
    elba.pay(path.removeprefix("invoices/"), 50)
    assert elba.get(path)["status"] == "partiallyPaid"
    assert elba.refusal(path, elba.bill(), "PUT") == (409, "conflict")


def test_an_unpaid_bill_becomes_overdue_and_may_still_change(elba):
    made = elba.post("invoices", elba.bill(date="2026-09-20", paymentDueDate="2026-09-21"))
    path = f"invoices/{made['id']}"

    assert elba.get(path)["status"] == "notPaid"
    elba.clock.now += 86_400
    elba.log_in()
    assert elba.get(path)["status"] == "overdue"
    assert len(elba.get("invoices", status="overdue")) == 1
    assert elba.get("invoices", status="notPaid") == []
    assert elba.call("PUT", path, elba.bill()).status_code == 200


def test_only_the_books_themselves_take_money(elba):
    made = elba.post("invoices", elba.bill())

    assert elba.call("POST", f"invoices/{made['id']}/payments", {"amount": 1}).status_code == 404
    assert elba.pay(made["id"], 300).json()["status"] == "paid"
    assert elba.get(f"invoices/{made['id']}")["paidSum"] == Decimal("300.00")
    assert elba.pay("nobody", 300).status_code == 404


def test_sending_a_bill_needs_an_address(elba):
    path = f"invoices/{elba.post('invoices', elba.bill())['id']}/send"

    assert elba.call("POST", path, {"email": "a@example.ru"}).status_code == 200
    assert elba.refusal(path, {"email": "nobody"}) == (400, "validation_error")


def test_acts_are_numbered_by_the_books_each_year_anew(elba):
    days = ("2026-10-01", "2027-01-01", "2026-10-02")
    numbers = [elba.post("acts", elba.bill(date=day))["number"] for day in days]
    found = elba.get("acts", dateFrom="2026-10-02", dateTo="2026-12-31")

    assert numbers == ["1", "1", "2"]
    assert [act["number"] for act in found] == ["2"]
    assert elba.refusal("acts", elba.bill(invoiceId="nobody")) == (400, "validation_error")


def test_an_act_has_neither_status_nor_payment(elba):
    made = elba.post("acts", elba.bill())

    assert {"status", "paidSum", "paymentDueDate"}.isdisjoint(made)
    assert elba.get(f"acts/{made['id']}") == made


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ROMASHKA, "legal"),
        ({"fullName": "ИП Иванов", "inn": "500100732259", "kpp": ""}, "entrepreneur"),
        ({"fullName": "Иван", "email": None, "type": "individual"}, "individual"),
    ],
)
def test_a_counterparty_is_of_the_kind_that_its_inn_says(elba, body, kind):
    assert elba.post("counterparties", body)["type"] == kind


@pytest.mark.parametrize(
    "change",
    [
        {"fullName": ""},
        {"inn": "7707083894"},
        {"inn": ""},
        {"kpp": "123"},
        {"inn": "500100732259"},
        {"type": "legal"},
    ],
)
def test_a_counterparty_with_wrong_requisites_is_refused(elba, change):
    assert elba.refusal("counterparties", ROMASHKA | change) == (400, "validation_error")


def test_counterparties_are_found_by_inn_kpp_name_and_email(elba):
    first = elba.post("counterparties", ROMASHKA)
    elba.post("counterparties", ROMASHKA | {"kpp": "773601002", "fullName": "Лютик", "email": None})

    def found(**query):
        return [row["fullName"] for row in elba.get("counterparties", **query)]

    assert len(found(inn=ROMASHKA["inn"])) == 2
    assert found(inn=ROMASHKA["inn"], kpp="773601001") == found(name="РОМАШ") == [first["fullName"]]
    assert found(email="A@example.RU") == [first["fullName"]]
    assert len(found(inn="")) == 2
    assert elba.get(f"counterparties/{first['id']}") == first


def test_a_counterparty_is_replaced_whole(elba):
    made = elba.post("counterparties", ROMASHKA | {"phone": "+7"})

    changed = elba.call("PUT", f"counterparties/{made['id']}", ROMASHKA | {"fullName": "Лютик"}).json()

    assert (changed["id"], changed["fullName"], "phone" in changed) == (made["id"], "Лютик", False)


def test_twins_are_made_unless_the_profile_forbids(elba):
    elba.post("counterparties", ROMASHKA)
    elba.post("counterparties", ROMASHKA)
    elba.set(unique_counterparty="on")

    assert elba.refusal("counterparties", ROMASHKA) == (409, "conflict")


def test_a_list_is_bare_and_tells_its_length_in_a_header(elba):
    for number in range(3):
        elba.post("counterparties", ROMASHKA | {"fullName": str(number)})

    answer = elba.call("GET", "counterparties", limit=2, offset=1)

    assert (len(answer.json()), answer.headers["X-Total-Count"]) == (2, "3")
    assert elba.call("GET", "counterparties", limit=101).json()["code"] == "invalid_query"
    elba.set(list_shape="items_object", list_lag_s=1)
    assert elba.get("counterparties") == {"items": []}


def test_a_number_comes_in_the_form_of_its_profile(elba):
    made = elba.post("invoices", elba.bill())
    elba.set(number_field="number_as_int")
    assert elba.get(f"invoices/{made['id']}")["number"] == 1045
    elba.set(number_field="number_missing")
    assert "number" not in elba.get(f"invoices/{made['id']}")


def test_seed_only_knows_four_calls_and_few_fields(elba):
    elba.set(seed_only="on")
    buyer = elba.post("counterparties", ROMASHKA | {"phone": "+7"})
    made = elba.post("invoices", elba.bill())

    assert set(buyer) == {"id", "fullName", "inn", "kpp", "email", "type"}
    assert set(made) == set(elba.post("acts", elba.bill())) == {"id"}
    assert elba.get("counterparties", inn=ROMASHKA["inn"], kpp="none") == [buyer]
    for path in ("invoices", "acts", f"invoices/{made['id']}", f"counterparties/{buyer['id']}"):
        assert elba.call("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client"),
        ({"scope": "accounting.api"}, "invalid_scope"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": ""}, "invalid_request"),
    ],
)
def test_a_token_is_refused_by_a_code(elba, form, error):
    answer = elba.token(**form)

    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize("lifetime", [0, 30, 3600])
def test_a_token_lives_as_long_as_it_says(elba, lifetime):
    elba.set(expires_in=lifetime)
    granted = elba.log_in()

    assert granted["expires_in"] == lifetime
    assert elba.get("invoices") == []
    elba.clock.now += lifetime + 5
    answer = elba.call("GET", "invoices")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


def test_without_a_good_token_nothing_opens(elba):
    elba.session.headers["Authorization"] = "Bearer wrong"
    assert elba.call("GET", "invoices").json()["code"] == "invalid_token"


def test_a_revoked_client_gets_nothing(elba):
    elba.set(client="revoked")

    assert elba.call("GET", "invoices").json()["code"] == "invalid_token"
    assert elba.token().json()["error"] == "invalid_client"


def test_a_good_token_may_still_meet_a_closed_door(elba):
    elba.set(access="no_subscription")
    answer = elba.call("GET", "invoices")
    assert (answer.status_code, answer.json()["code"]) == (403, "no_subscription")


def test_a_minute_has_sixty_requests_and_one_comes_back_each_second(elba):
    elba.set(quota_minute=3)
    gate = elba.sandbox.gates["elba_oauth"] = Gate(elba.sandbox.shelf.elba_oauth)
    statuses = [elba.call("GET", "invoices").status_code for _ in range(4)]
    refused = elba.call("GET", "invoices")
    elba.clock.now += 20
    statuses.append(elba.call("GET", "invoices").status_code)
    del elba.sandbox.gates["elba_oauth"]

    assert statuses == [200, 200, 200, 429, 200]
    assert (refused.json()["code"], refused.headers["Retry-After"]) == ("rate_limited", "20")
    assert gate.refused == 2


def test_the_daily_quota_comes_back_at_midnight_in_moscow(elba):
    elba.set(quota_day=1)
    elba.sandbox.gates["elba_oauth"] = Gate(elba.sandbox.shelf.elba_oauth)
    elba.call("GET", "invoices")
    refused = elba.call("GET", "invoices")
    elba.clock.now += int(refused.headers["Retry-After"]) - 1
    early = elba.call("GET", "invoices")
    elba.clock.now += 1
    elba.log_in()
    late = elba.call("GET", "invoices")
    del elba.sandbox.gates["elba_oauth"]

    assert (refused.status_code, refused.json()["code"]) == (429, "daily_quota_exceeded")
    assert int(refused.headers["Retry-After"]) > 3600
    assert (early.status_code, late.status_code) == (429, 200)
