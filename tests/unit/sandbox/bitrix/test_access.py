"""Who may call what, how often and for how long."""

import pytest

from sandbox.app import Settings, create_app, serving


def test_what_does_not_exist_is_refused_by_the_codes_of_the_contract(portal):
    assert portal.refusal("sale.nothing.list") == (404, "ERROR_METHOD_NOT_FOUND")
    assert portal.refusal("sale.order.get", id=7) == (400, 200540400001)
    assert portal.refusal("sale.order.update", id=7, fields={}) == (400, 200540400001)
    assert portal.refusal("sale.order.get") == (400, 100)
    assert portal.refusal("sale.order.update", id=1001) == (400, 100)


def test_a_wrong_webhook_is_refused(portal):
    answer = portal.http.post(f"{portal.url}/rest/1/wrong/server.time", timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (401, "INVALID_CREDENTIALS")


def test_a_scope_that_was_not_granted_is_refused(open_portal):
    portal = open_portal()
    portal.settings.scopes = frozenset({"sale"})

    assert portal.refusal("sale.paysystem.list") == (403, "insufficient_scope")
    assert portal.result("scope") == ["basic", "sale"]
    assert "sale.paysystem.list" not in portal.result("methods")
    assert portal.result("method.get", name="sale.paysystem.list") == {
        "isExisting": True,
        "isAvailable": False,
    }
    assert portal.orders()


def test_the_portal_tells_which_methods_it_has(portal):
    assert portal.result("method.get", name="Sale.Order.List") == {"isExisting": True, "isAvailable": True}
    assert portal.result("method.get", name="crm.item.list") == {"isExisting": False, "isAvailable": False}
    assert {"sale.order.list", "batch", "server.time"} <= set(portal.result("methods"))


def test_a_full_bucket_refuses_until_it_has_leaked(open_portal):
    portal = open_portal(limit=(2.0, 50))
    statuses = [portal.post("server.time").status_code for _ in range(51)]
    refused = portal.refusal("server.time")
    portal.now += 0.5

    assert statuses == [200] * 50 + [503]
    assert refused == (503, "QUERY_LIMIT_EXCEEDED")
    assert portal.post("server.time").status_code == 200
    assert portal.post("server.time").status_code == 503


def test_a_batch_takes_one_place_in_the_bucket(open_portal):
    portal = open_portal(limit=(2.0, 2))
    commands = {f"o{number}": "server.time" for number in range(50)}

    assert len(portal.batch(commands)["result"]) == 50
    assert portal.post("server.time").status_code == 200
    assert portal.post("server.time").status_code == 503


def test_a_method_that_used_up_its_time_rests_and_the_others_go_on(open_portal):
    portal = open_portal()
    portal.settings.call_cost = 160
    spent = [portal.call("sale.order.list")["time"] for _ in range(3)]

    assert [time["operating"] for time in spent] == [160, 320, 480]
    assert portal.refusal("sale.order.list") == (429, "OPERATION_TIME_LIMIT")
    assert portal.call("sale.payment.list")["time"]["operating"] == 160
    error = portal.batch({"o0": "sale.order.list"})["result_error"]["o0"]
    assert error["error"] == "OPERATION_TIME_LIMIT"

    portal.now = spent[-1]["operating_reset_at"] - 1
    assert portal.refusal("sale.order.list") == (429, "OPERATION_TIME_LIMIT")
    portal.now += 1
    assert portal.call("sale.order.list")["time"]["operating"] == 160


def test_a_batch_itself_costs_no_time(open_portal):
    portal = open_portal()
    portal.settings.call_cost = 300
    for _ in range(3):
        assert portal.call("batch", cmd={})["time"]["operating"] == 0


def test_a_portal_that_moved_sends_callers_of_the_old_name_to_the_new_one(open_portal):
    portal = open_portal()
    here = portal.url.split("/")[2]
    portal.settings.moved_to = here.replace("127.0.0.1", "localhost")
    address = f"{portal.address('server.time')}?a=1"
    answer = portal.http.post(address, json={}, timeout=5, allow_redirects=False)

    assert answer.status_code == 302
    assert answer.headers["location"] == address.replace(here, portal.settings.moved_to)
    assert portal.counters.requests == 0
    assert portal.http.post(answer.headers["location"], json={}, timeout=5).status_code == 200


def test_a_gateway_may_answer_a_page_instead_of_json(http):
    broken = ({"fault": "html", "path": "/rest/*"},)
    with serving(create_app(Settings(days=1, orders_per_day=1, faults=broken))) as origin:
        answer = http.post(f"{origin}/rest/1/code/batch", json={"cmd": {}}, timeout=5)

    assert answer.headers["content-type"] == "text/html"
    assert "502 Bad Gateway" in answer.text


def by_token(portal, token, **params):
    answer = portal.http.post(f"{portal.url}/rest/sale.order.list", json={"auth": token} | params, timeout=5)
    return answer.status_code, answer.json().get("error")


def test_tokens_rotate_and_the_old_refresh_token_is_dead(open_portal):
    portal = open_portal()
    first = portal.tokens().json()
    second = portal.tokens(refresh_token=first["refresh_token"]).json()
    reused = portal.tokens(refresh_token=first["refresh_token"])

    assert first["refresh_token"] != second["refresh_token"]
    assert first["access_token"] != second["access_token"]
    assert portal.tokens().json()["error"] == "invalid_grant"
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert by_token(portal, first["access_token"]) == by_token(portal, second["access_token"]) == (200, None)


def test_an_access_token_lives_an_hour(open_portal):
    portal = open_portal()
    pair = portal.tokens().json()
    opened = portal.now
    portal.now += 3599
    alive = by_token(portal, pair["access_token"])
    portal.now += 1

    assert (pair["expires_in"], pair["expires"]) == (3600, opened + 3600)
    assert alive == (200, None)
    assert by_token(portal, pair["access_token"]) == (401, "expired_token")


def test_a_token_may_come_in_the_query_and_its_answer_tells_where_to_call(open_portal):
    portal = open_portal()
    pair = portal.tokens().json()
    address = f"{pair['client_endpoint']}sale.order.list.json"

    assert address.startswith(portal.url)
    answer = portal.http.get(address, params={"auth": pair["access_token"], "start": -1}, timeout=5)
    assert len(answer.json()["result"]["orders"]) == 50


def test_what_is_no_token_is_refused(portal):
    assert by_token(portal, "") == (401, "NO_AUTH_FOUND")
    assert by_token(portal, "nonsense") == (401, "invalid_token")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"refresh_token": "nonsense"}, "invalid_grant"),
        ({"client_secret": "nonsense"}, "invalid_client"),
        ({"grant_type": "password"}, "invalid_request"),
    ],
)
def test_a_wrong_request_for_tokens_is_refused(portal, change, error):
    assert portal.tokens(**change).json()["error"] == error


def test_the_portal_counts_what_it_does(open_portal):
    portal = open_portal(limit=(2.0, 5))
    portal.call("sale.order.list", start=-1)
    portal.call("sale.order.list", start=150)
    portal.batch({"o0": "sale.order.list?start=-1", "o1": "nothing", "o2": "sale.status.list?start=0"})
    portal.post("sale.order.get", id=7)
    portal.post("server.time")
    portal.post("server.time")

    assert portal.counters.as_dict() == {
        "requests": 6,
        "commands": 3,
        "rows": 50 + 30 + 50 + 6,
        "totals": 2,
        "empty": 0,
        "repeated": 1,
        "most_at_once": 1,
        "operating": {"sale.order.list": 0.003, "sale.status.list": 0.001, "server.time": 0.001},
        "refusals": {"400": 1, "404": 1, "503": 1},
    }
