"""The public Elba API keeps the vendor's contract: schemas, rules between fields, tasks, links, news."""

from __future__ import annotations

from decimal import Decimal

import pytest
import requests
import simplejson

from sandbox.app import Credentials, Settings, create_app, serving
from sandbox.books.gate import Gate
from sandbox.profiles import Profiles

KEYS = Credentials()
NOBODY = "00000000-0000-4000-8000-000000000000"
ROMASHKA = {"name": "ООО «Ромашка»", "inn": "7707083893", "kpp": "773601001", "address": "Москва"}
KETTLES = {"productName": "Чайник", "unitName": "шт", "quantity": 3, "price": 100}
TAXED = KETTLES | {"ndsRate": "nds22"}
GOODS = TAXED | {"productType": "product"}
RNPT = "10702030/240621/0128206/001"
DAY = {"date": "2026-11-20"}


class Elba:
    """One organisation, asked over HTTP."""

    def __init__(self, origin, sandbox):
        self.origin, self.sandbox = origin, sandbox
        self.session = requests.Session()
        self.session.headers["X-Kontur-ApiKey"] = KEYS.elba_api_key

    def reset(self):
        self.sandbox.shelf.clear()
        self.sandbox.profiles.update(Profiles().as_dict())

    def set(self, **profiles):
        self.sandbox.profiles.update({f"elba_public.{name}": value for name, value in profiles.items()})

    def call(self, method, path, body=None, **query):
        data = None if body is None else simplejson.dumps(body, use_decimal=True)
        headers = {} if body is None else {"Content-Type": "application/json"}
        url = f"{self.origin}/v1/organizations/{KEYS.elba_organization_id}/{path}"
        return self.session.request(method, url, data=data, params=query, headers=headers, timeout=5)

    def post(self, path, body, status=201):
        answer = self.call("POST", path, body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def cause(self, path, body, status=400, method="POST"):
        answer = self.call(method, path, body)
        assert answer.status_code == status, answer.text
        assert answer.json()["statusCode"] == status
        return answer.json()["error"]["code"]

    def buyer(self, **change):
        return self.post("contractors", ROMASHKA | change)["id"]

    def bill(self, **fields):
        return {**DAY, "withNDS": True, "sumsWithNDS": True, "warehouseItems": [TAXED]} | fields

    def upd(self, **fields):
        usual = {"status": "status1", "sumsWithNDS": True, "warehouseItems": [GOODS]}
        known = self.sandbox.shelf.elba_public.rows("contractors")
        return {**DAY, **usual, "contractorId": known[0]["id"] if known else self.buyer()} | fields

    def pay(self, bill_id, amount):
        url = f"{self.origin}/_sandbox/elba_public/bills/{bill_id}/pay"
        return self.session.post(url, json={"sum": amount}, timeout=5)


@pytest.fixture(scope="module")
def served():
    app = create_app(Settings(days=1, orders_per_day=1, limits=False))
    with serving(app) as origin:
        yield Elba(origin, app.state.sandbox)


@pytest.fixture
def elba(served):
    served.reset()
    return served


def test_a_bill_is_read_back_with_the_sums_of_its_lines(elba):
    body = elba.bill(number="1045", comment="[b2:bill:512]", contractorId=elba.buyer())
    made = elba.post("bills", body)
    bill = elba.call("GET", f"bills/{made['id']}").json()
    line = bill["warehouseItems"][0]

    assert set(made) == {"id"}
    assert {name: bill[name] for name in ("number", "date", "comment", "status", "contractorId")} == {
        "number": "1045",
        "date": "2026-11-20",
        "comment": "[b2:bill:512]",
        "status": "notPaid",
        "contractorId": body["contractorId"],
    }
    assert bill["sumsWithNds"] is True
    assert {"sumsWithNDS", "paidSum", "createdAt"}.isdisjoint(bill)
    assert (line["sum"], line["ndsRate"], line["price"]) == (300.0, "nds22", 100)


def test_the_same_bill_twice_makes_two(elba):
    first, second = (elba.post("bills", elba.bill(number="1045"))["id"] for _ in range(2))

    assert first != second
    assert [row["number"] for row in elba.sandbox.shelf.elba_public.rows("bills")] == ["1045", "1045"]


def test_a_document_without_a_number_gets_one(elba):
    ids = [elba.post("bills", DAY)["id"] for _ in range(2)]

    assert [elba.call("GET", f"bills/{row_id}").json()["number"] for row_id in ids] == ["1", "2"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("bills", {}),
        ("bills", {"date": "2026-02-30"}),
        ("bills", {"date": "2026-11-20T00:00:00"}),
        ("bills", DAY | {"colour": "red"}),
        ("bills", DAY | {"number": ""}),
        ("bills", DAY | {"number": "x" * 31}),
        ("bills", DAY | {"number": 1045}),
        ("bills", DAY | {"withNDS": "true"}),
        ("bills", DAY | {"contractorId": "nobody"}),
        ("bills", DAY | {"reasonName": "договор"}),
        ("bills", DAY | {"warehouseItems": [KETTLES | {"quantity": "3"}]}),
        ("bills", DAY | {"warehouseItems": [KETTLES | {"quantity": -1}]}),
        ("bills", DAY | {"warehouseItems": [KETTLES | {"price": 100_000_000}]}),
        ("bills", DAY | {"warehouseItems": [KETTLES | {"discount": 101}]}),
        ("bills", DAY | {"warehouseItems": [KETTLES | {"unit": "шт"}]}),
        ("bills", DAY | {"withNDS": True, "warehouseItems": [KETTLES | {"ndsRate": "nds7"}]}),
        ("bills", DAY | {"withNDS": True, "warehouseItems": [KETTLES | {"ndsRate": "nds18"}]}),
        ("acts", DAY | {"reasonName": ""}),
        ("delivery-notes", DAY | {"comment": "[b2:sale:1:2]"}),
        ("universal-transfer-documents", DAY),
        ("universal-transfer-documents", DAY | {"status": "status3"}),
        ("universal-transfer-documents", DAY | {"status": "status2", "withNDS": False}),
        ("universal-transfer-documents", DAY | {"status": "status2", "warehouseItems": [KETTLES]}),
        ("contractors", {"inn": "7707083893"}),
        ("contractors", {"name": "Ромашка", "inn": "770708389"}),
        ("contractors", {"name": "Ромашка", "email": "a@example.ru"}),
        ("contractors", {"name": "Ромашка", "contacts": [{"name": "Иван"}]}),
        ("contractors/search", {"filter": {"inn": "7707083893", "exact": True}}),
        ("contractors/search", {"limit": 101, "filter": {"inn": "7707083893"}}),
        ("document-links", {"documentId": NOBODY, "published": True, "withSignatures": False}),
        ("bank-accounts", {"accountNumber": "1" * 19, "bik": "044525225"}),
    ],
)
def test_a_body_that_does_not_fit_its_schema_is_refused(elba, path, body):
    assert elba.cause(path, body) == "validation"


@pytest.mark.parametrize("path", ["bills", "acts", "delivery-notes"])
@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"warehouseItems": [TAXED]}, "nds_rate_without_nds"),
        ({"warehouseItems": [KETTLES | {"ndsRate": "withoutNds"}]}, "nds_rate_without_nds"),
        ({"withNDS": False, "sumsWithNDS": True}, "price_with_nds_without_nds"),
        ({"warehouseItems": [KETTLES | {"discount": 0}]}, "discount_without_flag"),
        ({"contractorId": NOBODY}, "contractor_not_found"),
        ({"bankAccountId": NOBODY}, "bank_account_not_found"),
    ],
)
def test_a_rule_that_three_kinds_share_is_kept_by_each(elba, path, change, cause):
    assert elba.cause(path, DAY | change) == cause


@pytest.mark.parametrize(
    ("path", "change", "cause"),
    [
        ("bills", {"templateId": NOBODY}, "template_not_found"),
        ("acts", {"templateId": NOBODY}, "template_not_found"),
        ("bills", {"placeholderItems": [{"name": "a", "value": "b"}]}, "placeholders_without_template"),
        ("acts", {"reasonDate": "2026-11-01"}, "reason_date_without_reason"),
        ("delivery-notes", {"reasonDate": "2026-11-01"}, "reason_date_without_reason"),
        ("delivery-notes", {"consigneeId": NOBODY}, "consignee_not_found"),
    ],
)
def test_a_rule_of_its_own_is_kept_by_a_kind(elba, path, change, cause):
    assert elba.cause(path, DAY | change) == cause


def test_a_bank_account_is_open_and_in_roubles(elba):
    book = elba.sandbox.shelf.elba_public
    account = book.find("bank_accounts", KEYS.elba_bank_account_id)
    body = elba.bill(bankAccountId=account["id"])

    elba.post("bills", body)
    book.replace("bank_accounts", account | {"closed": True})
    assert elba.cause("bills", body) == "bank_account_closed"
    book.replace("bank_accounts", account | {"accountNumber": "40702840838000000017"})
    assert elba.cause("bills", body) == "bank_account_not_rouble"


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"contractorId": None}, "status1_contractor_inn"),
        ({"contractorId": NOBODY}, "contractor_not_found"),
        ({"consigneeId": NOBODY}, "consignee_not_found"),
        ({"bankAccountId": NOBODY}, "bank_account_not_found"),
        ({"reasonDate": "2026-11-01"}, "reason_date_without_reason"),
        ({"warehouseItems": [GOODS | {"discount": 5}]}, "discount_without_flag"),
        ({"status": "status2"}, "status2_sums_with_nds"),
        ({"status": "status2", "sumsWithNDS": False}, "status2_nds_rate"),
        ({"warehouseItems": [GOODS | {"rnpt": RNPT}]}, "no_tracing_rnpt"),
        ({"warehouseItems": [GOODS | {"originOfProductCountry": "Китай"}]}, "no_tracing_origin_country"),
    ],
)
def test_a_upd_keeps_its_rules(elba, change, cause):
    assert elba.cause("universal-transfer-documents", elba.upd(**change)) == cause


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"productType": "service", "rnpt": RNPT}, "service_rnpt"),
        ({"productType": "service", "originOfProductCountry": "Китай"}, "service_origin_country"),
        ({"originOfProductCountry": "Атлантида"}, "origin_country_unknown"),
        ({"rnpt": RNPT, "quantity": 0}, "tracing_quantity"),
        ({"rnpt": RNPT, "price": 0}, "tracing_price"),
        ({"rnpt": "short"}, "validation"),
        ({"rnpt": RNPT, "originOfProductCountry": "Китай"}, None),
    ],
)
def test_a_traced_line_keeps_its_rules(elba, change, cause):
    body = elba.upd(withProductTracing=True, warehouseItems=[GOODS | change])

    if cause:
        assert elba.cause("universal-transfer-documents", body) == cause
    else:
        elba.post("universal-transfer-documents", body)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"inn": None}, "status1_contractor_inn"),
        ({"kpp": None}, "status1_contractor_kpp"),
        ({"address": None}, "status1_contractor_address"),
        ({"inn": "500100732259", "kpp": None}, None),
    ],
)
def test_a_upd_with_an_invoice_needs_a_buyer_with_requisites(elba, change, cause):
    body = elba.upd(contractorId=elba.buyer(**change))

    if cause:
        assert elba.cause("universal-transfer-documents", body) == cause
        plain = GOODS | {"ndsRate": None}
        body |= {"status": "status2", "sumsWithNDS": None, "warehouseItems": [plain]}
    elba.post("universal-transfer-documents", body)


def test_a_upd_with_an_invoice_needs_the_sellers_requisites(elba):
    elba.set(seller="incomplete")

    assert elba.cause("universal-transfer-documents", elba.upd()) == "seller_ooo_kpp"


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"inn": "7707083894"}, "inn_invalid"),
        ({"kpp": "abcdefghi"}, "kpp_invalid"),
        ({"inn": "500100732259"}, "ip_with_kpp"),
        ({"okpo": "00032538"}, "okpo_invalid"),
        ({"ogrn": "1027700132196"}, "ogrn_invalid"),
        ({"contacts": [{"emails": ["nobody"]}]}, "contact_email_invalid"),
        ({"contacts": [{"post": "директор", "emails": None}]}, "contact_empty"),
    ],
)
def test_a_contractor_with_wrong_requisites_is_refused(elba, change, cause):
    assert elba.cause("contractors", ROMASHKA | change) == cause


def test_good_registers_and_contacts_are_taken(elba):
    contact = {"name": "Иван", "emails": ["a@example.ru"]}
    more = {"okpo": "00032537", "ogrn": "1027700132195", "contacts": [contact]}
    made = elba.buyer(**more)
    contractor = elba.call("GET", f"contractors/{made}").json()

    assert contractor["contacts"][0] == contact | {"post": None, "phone": None, "comment": None}
    assert set(contractor) == {"id", *ROMASHKA, "shortName", "postAddress", *more}


def test_an_inn_and_kpp_are_taken_once(elba):
    elba.buyer()

    assert elba.cause("contractors", ROMASHKA | {"name": "Другие"}, status=409) == "contractor_exists"
    elba.buyer(kpp="773601002")
    elba.buyer(inn=None, kpp=None)
    elba.buyer(inn=None, kpp=None)


def test_contractors_are_found_by_all_that_is_filled(elba):
    first, second = elba.buyer(), elba.buyer(kpp="773601002", name="Лютик")

    def found(**wanted):
        answer = elba.post("contractors/search", {"filter": wanted}, status=200)
        return [row["id"] for row in answer["contractors"]]

    assert found(inn=ROMASHKA["inn"]) == [first, second]
    assert found(inn=ROMASHKA["inn"], kpp="773601002") == found(name="лют") == [second]
    assert elba.cause("contractors/search", {"filter": {}}) == "filter_empty"
    assert elba.cause("contractors/search", {}) == "filter_empty"
    assert (
        elba.cause("contractors/search", {"filter": {"inn": "500100732259", "kpp": "773601001"}})
        == "ip_with_kpp"
    )
    page = elba.post(
        "contractors/search", {"offset": 1, "limit": 1, "filter": {"inn": ROMASHKA["inn"]}}, status=200
    )
    assert [row["id"] for row in page["contractors"]] == [second]


def test_a_search_may_become_a_task(elba):
    elba.set(search="task", task_polls=2)
    made = elba.buyer()
    answer = elba.call("POST", "contractors/search", {"filter": {"inn": ROMASHKA["inn"]}})
    url = elba.origin + answer.headers["Location"]
    polls = [elba.session.get(url, timeout=5) for _ in range(3)]

    assert (answer.status_code, answer.json()["status"]) == (202, "inProcess")
    assert [poll.json()["status"] for poll in polls] == ["inProcess", "inProcess", "completed"]
    assert polls[0].headers["Retry-After"] == "1"
    assert [row["id"] for row in polls[2].json()["result"]["contractors"]] == [made]
    assert elba.session.get(f"{url}0", timeout=5).status_code == 404


def test_a_task_may_fail(elba):
    elba.set(search="failed", task_polls=0)
    answer = elba.call("POST", "contractors/search", {"filter": {"name": "Р"}})
    task = elba.session.get(elba.origin + answer.headers["Location"], timeout=5).json()

    assert (task["status"], bool(task["errorDescription"]["message"])) == ("failed", True)


def test_news_tell_the_running_total_of_payments(elba):
    bill = elba.post("bills", elba.bill(sumsWithNDS=False))["id"]
    elba.pay(bill, 1)
    assert elba.call("GET", "document-news", offset=0).json() == {"news": []}
    assert elba.call("POST", "document-news/subscription").status_code == 204
    assert elba.call("POST", "document-news/subscription").status_code == 204
    elba.pay(bill, 99)
    elba.pay(bill, 266)
    news = elba.call("GET", "document-news", offset=0).json()["news"]

    assert [row["newsContent"] for row in news] == [
        {"billId": bill, "billStatus": "partiallyPaid", "relatedPaymentsSum": 100.0, "billSum": 366.0},
        {"billId": bill, "billStatus": "paid", "relatedPaymentsSum": 366.0, "billSum": 366.0},
    ]
    assert elba.call("GET", "document-news", offset=news[0]["id"] + 1).json()["news"] == news[1:]
    assert elba.call("GET", "document-news", offset=0, limit=1).json()["news"] == news[:1]
    assert elba.call("GET", f"bills/{bill}").json()["status"] == "paid"


@pytest.mark.parametrize("query", [{}, {"offset": -1}, {"offset": 0, "limit": 1001}, {"offset": "x"}])
def test_news_need_a_place_to_start_from(elba, query):
    assert elba.call("GET", "document-news", **query).status_code == 400


def test_a_discount_lowers_the_bill(elba):
    line = KETTLES | {"discount": Decimal("12.5")}
    bill = elba.post("bills", DAY | {"withDiscount": True, "warehouseItems": [line]})["id"]

    assert elba.call("GET", f"bills/{bill}").json()["warehouseItems"][0]["sum"] == 262.5
    assert elba.pay(bill, 262.5).json()["status"] == "paid"


def link_to(document_id, **flags):
    usual = {"documentId": document_id, "published": True, "withSignatures": False, "isQrCodeEnabled": False}
    return usual | flags


def test_a_document_has_one_link_until_it_is_deleted(elba):
    bill = elba.post("bills", elba.bill())["id"]
    made = elba.post("document-links", link_to(bill, isQrCodeEnabled=True))
    path = f"document-links/{made['id']}"
    flags = {"isPublished": False, "withSignatures": False, "isQrCodeEnabled": False}

    assert elba.cause("document-links", link_to(bill), status=409) == "link_exists"
    assert elba.call("GET", path).json() == {"url": made["url"]}
    assert elba.call("PUT", path, flags).status_code == 204
    assert elba.sandbox.shelf.elba_public.find("links", made["id"])["published"] is False
    assert elba.cause(path, {"isPublished": True}, method="PUT") == "validation"
    assert elba.call("DELETE", path).status_code == 204
    assert elba.call("GET", path).status_code == elba.call("DELETE", path).status_code == 404
    elba.post("document-links", link_to(bill))


@pytest.mark.parametrize("place", ["context", "message", "target", "details"])
def test_a_taken_link_is_named_somewhere_in_the_error(elba, place):
    elba.set(link_conflict=place)
    bill = elba.post("bills", elba.bill())["id"]
    made = elba.post("document-links", link_to(bill))["id"]

    error = elba.call("POST", "document-links", link_to(bill)).json()["error"]

    assert made in str(error[place])
    assert not any(made in str(value) for name, value in error.items() if name not in (place, "details"))


@pytest.mark.parametrize(
    ("path", "flags", "cause"),
    [
        (None, {}, "document_not_found"),
        ("bills", {"withSignatures": True}, "signatures_missing"),
        ("acts", {"isQrCodeEnabled": True}, "qr_bills_only"),
        ("delivery-notes", {}, "document_type_not_linkable"),
    ],
)
def test_a_link_keeps_its_rules(elba, path, flags, cause):
    document = elba.post(path, DAY)["id"] if path else NOBODY

    assert elba.cause("document-links", link_to(document, **flags)) == cause


def test_a_qr_code_needs_an_open_bank_account(elba):
    book = elba.sandbox.shelf.elba_public
    bill = elba.post("bills", elba.bill())["id"]
    for account in book.rows("bank_accounts"):
        book.replace("bank_accounts", account | {"closed": True})

    assert elba.cause("document-links", link_to(bill, isQrCodeEnabled=True)) == "qr_bank_account_missing"


def test_bank_accounts_are_listed_and_added_once(elba):
    account = {"accountNumber": "40702810838000000017", "bik": "044525225"}
    other = {"accountNumber": "40702810138000000018", "bik": "044525225"}
    listed = elba.call("GET", "bank-accounts").json()["bankAccounts"]

    assert [row["id"] for row in listed] == [KEYS.elba_bank_account_id]
    assert set(listed[0]) == {"id", "accountNumber", "bank", "closed"}
    assert elba.cause("bank-accounts", account, status=409) == "bank_account_exists"
    elba.post("bank-accounts", other)
    assert (
        elba.call("GET", "bank-accounts", offset=1).json()["bankAccounts"][0]["accountNumber"]
        == other["accountNumber"]
    )


@pytest.mark.parametrize(
    ("number", "bik", "cause"),
    [
        ("4070281083800000001x", "044525225", "account_number_invalid"),
        ("40702810838000000017", "044525999", "bik_unknown"),
        ("40702840838000000017", "044525225", "account_not_rouble"),
        ("40702810738000000017", "044525225", "account_bik_mismatch"),
    ],
)
def test_a_wrong_bank_account_is_refused(elba, number, bik, cause):
    assert elba.cause("bank-accounts", {"accountNumber": number, "bik": bik}) == cause


def test_the_key_acts_for_one_organization(elba):
    def ask(organization, **headers):
        url = f"{elba.origin}/v1/organizations/{organization}/bank-accounts"
        return requests.get(url, headers=headers, timeout=5).status_code

    key = {"X-Kontur-ApiKey": KEYS.elba_api_key}
    listed = elba.session.get(f"{elba.origin}/v1/organizations", timeout=5).json()["organizations"]
    assert listed == [{"id": KEYS.elba_organization_id, "inn": "7707083893", "kpp": "773601001"}]
    assert ask(KEYS.elba_organization_id, **key) == 200
    assert ask(KEYS.elba_organization_id) == 401
    assert ask(NOBODY, **key) == 403
    elba.set(access="payment_required")
    assert ask(KEYS.elba_organization_id, **key) == 402


def test_there_are_no_templates_and_nothing_to_change(elba):
    bill = elba.post("bills", elba.bill())["id"]

    assert elba.call("GET", "document-templates").json() == {"documentTemplates": []}
    assert elba.call("GET", f"document-templates/{NOBODY}").status_code == 404
    assert elba.call("GET", "bills").status_code == 405
    assert elba.call("GET", f"acts/{bill}").status_code == 404
    assert elba.call("DELETE", f"bills/{bill}").status_code == 405


def test_there_is_no_limit_unless_a_profile_sets_one(elba):
    gate = elba.sandbox.gates["elba_public"] = Gate(elba.sandbox.shelf.elba_public)
    free = {elba.call("GET", "bank-accounts").status_code for _ in range(12)}
    elba.set(rate=2, burst=1)
    limited = [elba.call("GET", "bank-accounts") for _ in range(2)]
    del elba.sandbox.gates["elba_public"]

    assert free == {200}
    assert [answer.status_code for answer in limited] == [200, 429]
    assert (limited[1].headers["Retry-After"], gate.refused) == ("1", 1)
