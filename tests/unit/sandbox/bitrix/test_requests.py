"""The forms in which a request may come, and those that lose its meaning."""

import pytest


def test_a_form_with_nested_keys_says_the_same_as_json(portal):
    form = {
        "filter[>=dateInsert]": "2026-10-02T00:00:00+03:00",
        "filter[@lid][0]": "s1",
        "filter[@lid][1]": "s3",
        "select[0]": "id",
        "select[]": "lid",
        "order[id]": "desc",
        "start": "-1",
    }
    params = {
        "filter": {">=dateInsert": "2026-10-02T00:00:00+03:00", "@lid": ["s1", "s3"]},
        "select": ["id", "lid"],
        "order": {"id": "desc"},
        "start": -1,
    }
    wanted = portal.result("sale.order.list", **params)
    address = portal.address("sale.order.list")

    assert len(wanted["orders"]) == 50
    assert portal.http.post(address, data=form, timeout=5).json()["result"] == wanted
    assert portal.http.get(address, params=form, timeout=5).json()["result"] == wanted
    files = {key: (None, value) for key, value in form.items()}
    assert portal.http.post(address, files=files, timeout=5).json()["result"] == wanted


def test_a_body_wins_over_the_query(portal):
    address = f"{portal.address('sale.order.list')}?start=50&select[]=id"
    rows = portal.http.post(address, json={"start": 100}, timeout=5).json()["result"]["orders"]
    assert [row["id"] for row in rows] == portal.ids[100:150]


@pytest.mark.parametrize("body", ['{"filter": {">id": 1100', "[1]", "<html>"])
def test_a_body_that_is_not_json_means_no_parameters(portal, body):
    headers = {"Content-Type": "application/json"}
    answer = portal.http.post(portal.address("sale.order.list"), data=body, headers=headers, timeout=5)
    assert [row["id"] for row in answer.json()["result"]["orders"]] == portal.ids[:50]


def test_a_raw_sign_inside_a_key_loses_the_filter(portal):
    address = f"{portal.address('sale.order.list')}?start=-1&filter[>=id]=1100"
    assert portal.http.get(address, timeout=5).json()["result"]["orders"][0]["id"] == portal.ids[0]


def test_methods_have_no_case_and_may_end_in_json(portal):
    assert portal.result("SALE.Order.List.json", start=-1) == portal.result("sale.order.list", start=-1)
