"""Many commands in one request, and what they may know of each other."""

import pytest

from sandbox.bitrix.batch import Transcript, resolved

KEYSET = "sale.order.list?start=-1&select[]=id&filter%5B%3Eid%5D="


def test_commands_refer_to_the_answers_before_them(portal):
    batch = portal.batch({"o0": f"{KEYSET}0", "o1": f"{KEYSET}$result[o0][orders][49][id]"})
    pages = [[row["id"] for row in batch["result"][name]["orders"]] for name in ("o0", "o1")]

    assert [*pages[0], *pages[1]] == portal.ids[:100]
    assert batch["result_error"] == batch["result_total"] == batch["result_next"] == []
    assert set(batch["result_time"]) == {"o0", "o1"}
    assert batch["result_time"]["o1"]["operating"] > batch["result_time"]["o0"]["operating"]


def test_a_reference_beyond_a_short_page_is_the_page_itself_and_fetches_rubbish(portal):
    first = f"{KEYSET}{portal.ids[-3]}"
    batch = portal.batch({"o0": first, "o1": f"{KEYSET}$result[o0][orders][49][id]"})

    assert len(batch["result"]["o0"]["orders"]) == 2
    assert [row["id"] for row in batch["result"]["o1"]["orders"]] == portal.ids[:50]


def test_a_reference_inside_a_text_becomes_text(portal):
    batch = portal.batch(
        {
            "o0": "sale.order.list?start=0&filter[id]=1002&select[]=id",
            "part": "sale.order.get?id=$result[o0][orders][0][id]abc",
            "total": "sale.order.get?id=100$total[o0]",
        }
    )

    assert batch["result"]["part"]["order"]["id"] == 1002
    assert batch["result"]["total"]["order"]["id"] == 1001


def test_references_keep_their_type_and_work_in_keys():
    transcript = Transcript(result={"o0": {"orders": [{"id": 7}]}}, error={"o1": {"error": 100}})
    asked = {
        "$error[o1][error]": ["$result[o0][orders][0][id]", "$result[o0][orders]", "x$result[o0][orders]", 5]
    }

    assert resolved(asked, transcript) == {"100": [7, [{"id": 7}], "xArray", 5]}


def test_a_reference_that_breaks_off_is_the_last_thing_on_its_way():
    transcript = Transcript(result={"o0": {"orders": [{"id": 7}]}})

    assert resolved("$result[o0][orders][49][id]", transcript) == [{"id": 7}]
    assert resolved("$result[o0][orders][0][name]", transcript) == {"id": 7}
    assert resolved("$result[o1][orders]", transcript) == {"o0": {"orders": [{"id": 7}]}}


def test_totals_and_next_pages_are_told_by_name(portal):
    batch = portal.batch({"o0": "sale.order.list?start=0", "o1": "sale.status.list?start=0"})

    assert batch["result_total"] == {"o0": 180, "o1": 6}
    assert batch["result_next"] == {"o0": 50}


def test_a_batch_is_well_even_if_all_its_commands_are_not(portal):
    batch = portal.batch({"a": "sale.order.get?id=7", "b": "nothing", "c": "batch"})

    assert {name: error["error"] for name, error in batch["result_error"].items()} == {
        "a": 200540400001,
        "b": "ERROR_METHOD_NOT_FOUND",
        "c": "ERROR_BATCH_METHOD_NOT_ALLOWED",
    }
    assert batch["result"] == batch["result_time"] == []


@pytest.mark.parametrize(("halt", "done"), [(0, {"a", "c"}), (1, {"a"})])
def test_a_batch_halts_at_the_first_error_if_told_to(portal, halt, done):
    batch = portal.batch({"a": "server.time", "b": "nothing", "c": "scope"}, halt=halt)

    assert set(batch["result"]) == done
    assert set(batch["result_error"]) == {"b"}


def test_the_fifty_first_command_is_refused_and_the_others_run(portal):
    batch = portal.batch({f"o{number}": "server.time" for number in range(52)})

    assert len(batch["result"]) == 50
    assert {name: error["error"] for name, error in batch["result_error"].items()} == dict.fromkeys(
        ("o50", "o51"), "ERROR_BATCH_LENGTH_EXCEEDED"
    )


def test_numbers_for_names_make_lists(portal):
    now = "2026-10-12T12:00:00+03:00"

    assert portal.batch(["server.time", "server.time"])["result"] == [now, now]
    assert portal.batch({"0": "server.time"})["result"] == [now]
    assert portal.batch({})["result"] == []


def test_a_batch_can_come_as_a_form(portal):
    form = {"cmd[o0]": f"{KEYSET}1100", "halt": "0"}
    answer = portal.http.post(portal.address("batch"), data=form, timeout=5).json()
    assert answer["result"]["result"]["o0"]["orders"][0]["id"] == 1101
