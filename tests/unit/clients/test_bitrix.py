"""How the portal is spoken to, and what of its answers is not believed."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookkeeping.clients.bitrix import BitrixClient, ListQuery
from bookkeeping.clients.bitrix.filters import Condition
from bookkeeping.clients.bitrix.lists import PAGE_SIZE, Reading
from bookkeeping.clients.bitrix.wire import to_query, to_wire
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, TransientError
from sandbox.bitrix.php import parse_str

NOW = 1_790_000_000.0
MOSCOW = timezone(timedelta(hours=3))
QUERY = ListQuery("orders", "sale.order.list", "orders", ("accountNumber",), {"=lid": "s1"})
COMMANDS = {"first": ("sale.order.list", {}), "second": ("sale.payment.list", {})}


@pytest.fixture
def client(wire):
    http = Transport(
        f"{wire.url}/rest/1/s3cret",
        auth=Unsigned(("s3cret",)),
        timeout=(1, 1),
        sleep=wire.waits.append,
        clock=lambda: NOW,
    )
    return BitrixClient(http)


def rows(first, last, **fields):
    return [{"id": id_, "accountNumber": "", "lid": "s1", **fields} for id_ in range(first, last + 1)]


# Requests


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0[]"), min_size=1)


@settings(max_examples=50)
@given(st.dictionaries(texts.map(">{}".format), texts | st.lists(texts, min_size=1), min_size=1))
def test_php_reads_back_what_a_batch_says(wanted):
    assert parse_str(to_query({"filter": wanted})) == {"filter": wanted}


def test_moments_travel_with_their_offset_and_to_the_second():
    moment = datetime(2026, 10, 1, 0, 0, 0, 999, tzinfo=MOSCOW)

    assert to_wire({"a": [moment, date(2026, 10, 1)]}) == {"a": ["2026-10-01T00:00:00+03:00", "2026-10-01"]}


@pytest.mark.parametrize("value", [None, True, 1.5])
def test_what_has_no_safe_form_in_a_query_is_not_sent(value):
    with pytest.raises(ValueError, match="safe form"):
        to_query({"filter": {"paid": value}})


def test_a_moment_without_an_offset_is_not_sent():
    with pytest.raises(ValueError, match="no offset"):
        to_wire(datetime(2026, 10, 1))  # noqa: DTZ001 this is the mistake


# Filters


@pytest.mark.parametrize(
    ("key", "limit", "value", "holds"),
    [
        (">id", 7, 8, True),
        (">id", 7, "8", True),
        (">id", 7, 7, False),
        (">=orderId", 7, "7", True),
        ("<=orderId", 9, 10, False),
        ("<price", Decimal("10.50"), "10.4999", True),
        ("@orderId", [7, 8], "8", True),
        ("=orderId", ["7", "8"], 9, False),
        ("orderId", "7", 7, True),
        ("lid", "s1", "S1", True),
        ("paid", "Y", None, False),
        ("paid", "Y", "N", False),
        (">=dateUpdate", "2026-10-01T00:00:00+03:00", "2026-09-30T21:00:00+00:00", True),
        ("<dateUpdate", "2026-10-01T00:00:00+03:00", "2026-10-01T02:00:00+05:00", False),
        (">=dateUpdate", "2026-10-01T00:00:00+03:00", None, False),
        (">=dateUpdate", "2026-10-01T00:00:00+03:00", "", False),
        (">id", 7, "seven", False),
    ],
)
def test_a_row_is_held_against_our_own_filter(key, limit, value, holds):
    field = key.lstrip("<>=@")

    assert Condition.of(key, limit).holds({field: value}) is holds
    assert Condition.of(key, limit).holds({}) is False


@pytest.mark.parametrize(
    ("shown", "holds"), [("2026-10-02T03:00:00+03:00", True), ("2026-10-03T03:00:00+03:00", False)]
)
def test_a_bare_date_may_be_moved_by_a_zone_and_no_further(shown, holds):
    condition = Condition.of("<payReturnDate", "2026-10-02T01:00:00+03:00")

    assert condition.holds({"payReturnDate": shown}) is holds


@pytest.mark.parametrize("key", ["!id", "%name", "=%name", "id ", ""])
def test_a_filter_that_could_not_be_checked_is_not_sent(key):
    with pytest.raises(ValueError, match="use one of"):
        Condition.of(key, "1")


# Lists


def page(first, last):
    return {"orders": rows(first, last)}


def top(first, last):
    return [{"orders": rows(first, last)[::-1]}]


def ids_of(reading):
    return [row["id"] for row in reading.rows]


def test_a_page_asks_for_what_the_check_needs():
    method, params = Reading(QUERY).page()

    assert method == "sale.order.list"
    assert params == {
        "select": ["id", "accountNumber", "lid"],
        "filter": {"=lid": "s1", ">id": 0},
        "order": {"id": "asc"},
        "start": -1,
    }
    assert Reading(QUERY).last_page()[1]["order"] == {"id": "desc"}


@pytest.mark.parametrize(
    ("pages", "last", "known"),
    [
        ([page(1, 30)], top(1, 30), 30),
        ([page(1, 50)], top(1, 50), 50),
        ([page(1, 50)], top(11, 60), 60),
        ([page(1, 50)], top(51, 100), 100),
        ([page(1, 50), page(51, 70)], top(21, 70), 70),
        ([page(1, 50), page(51, 100)], top(51, 100), 100),
    ],
)
def test_a_list_is_whole_when_both_its_ends_have_met_and_agree(pages, last, known):
    reading = Reading(QUERY)
    reading.take(pages, last)

    assert reading.is_done
    assert ids_of(reading) == list(range(1, known + 1))


def test_between_the_ends_there_are_no_more_pages_than_ids():
    reading = Reading(QUERY)
    reading.take([page(1, 50)], top(451, 500))

    assert not reading.is_done
    assert (reading.pages, reading.needs_top) == (8, False)
    assert reading.page()[1]["filter"][">id"] == 50

    reading.take([page(first, first + 49) for first in range(51, 450, 50)])

    assert reading.is_done
    assert ids_of(reading) == list(range(1, 501))


def test_ids_that_lie_far_apart_are_asked_for_in_fewer_pages():
    reading = Reading(QUERY)
    thin = [{"id": id_, "accountNumber": "", "lid": "s1"} for id_ in range(10, 510, 10)]
    reading.take([{"orders": thin}], top(2501, 2550))

    assert reading.pages == 5


@pytest.mark.parametrize("nothing", [[], {"orders": []}, {}])
def test_a_list_is_empty_if_both_its_ends_are(nothing):
    reading = Reading(QUERY)
    reading.take([nothing], [nothing])

    assert (reading.rows, reading.is_done) == ([], True)


@pytest.mark.parametrize(
    ("pages", "last"),
    [
        ([page(1, 20)], top(1, 30)),
        ([page(1, 30)], top(11, 30)),
        ([[]], top(1, 30)),
        ([page(1, 30)], [[]]),
        ([{"orders": rows(1, 14) + rows(16, 30)}], top(1, 30)),
        ([page(1, 30)], [{"orders": (rows(1, 14) + rows(16, 30))[::-1]}]),
        ([{"orders": rows(1, 14) + rows(16, 50)}, page(51, 70)], top(21, 70)),
        ([page(1, 50)], [[]]),
    ],
    ids=[
        "cut page",
        "cut last page",
        "page without rows",
        "last page without rows",
        "row lost",
        "row lost at the end",
        "row lost inside",
        "last page lost",
    ],
)
def test_what_was_lost_on_its_way_is_asked_for_again(pages, last):
    reading = Reading(QUERY)
    reading.take(pages, last)

    assert not reading.is_done
    assert reading.needs_top
    assert reading.pages >= 1


def test_a_row_lost_from_the_last_page_is_found_by_the_pages_before_it():
    reading = Reading(QUERY)
    reading.take([page(1, 50)], [{"orders": rows(52, 100)[::-1]}])
    reading.take([page(51, 100)])

    assert (reading.is_done, reading.needs_top) == (False, True)

    reading.take([[]], [[]])

    assert reading.is_done
    assert ids_of(reading) == list(range(1, 101))


def test_ends_that_never_agree_are_not_asked_for_ever():
    reading = Reading(QUERY)
    for _ in range(5):
        reading.take([page(1, 20)], top(1, 30))

    with pytest.raises(TransientError, match="contradicting"):
        reading.take([page(1, 20)], top(1, 30))


def test_a_last_page_that_comes_later_proves_the_pages_before():
    reading = Reading(QUERY)
    reading.take([page(1, 30)])

    assert (reading.is_done, reading.pages, reading.needs_top) == (False, 0, True)

    reading.take([], top(1, 30))

    assert reading.is_done


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (rows(1, 1, lid="s2"), "'=lid'"),
        (rows(1, 1, lid=None), "'=lid'"),
        (rows(1, 2) + rows(2, 3), "'>id'"),
        (list(reversed(rows(1, 3))), "'>id'"),
        ([{**rows(1, 1)[0], "id": "N"}], "'>id'"),
    ],
)
def test_rows_that_we_did_not_ask_for_stop_the_reading(sent, complaint):
    reading = Reading(QUERY)

    with pytest.raises(
        MisconfiguredError, match=f"sale.order.list: the portal ignored the filter {complaint}"
    ):
        reading.take([{"orders": sent}])

    assert reading.rows == []


def test_a_field_that_the_portal_does_not_know_is_named():
    with pytest.raises(MisconfiguredError, match="sends no 'accountNumber'"):
        Reading(QUERY).take([{"orders": [{"id": 1, "lid": "s1"}]}])


def test_a_portal_that_repeats_its_first_page_is_not_read_for_ever():
    reading = Reading(QUERY)
    reading.take([page(1, PAGE_SIZE)])

    with pytest.raises(MisconfiguredError, match="'>id'"):
        reading.take([page(1, PAGE_SIZE)])


def test_a_portal_that_does_not_sort_downwards_is_noticed():
    with pytest.raises(MisconfiguredError, match="'>id'"):
        Reading(QUERY).take([page(1, 50)], [page(1, 50)])


def test_more_rows_than_a_page_has_are_not_what_we_know():
    with pytest.raises(MisconfiguredError, match="51 rows on a page"):
        Reading(QUERY).take([page(1, 51)])


@pytest.mark.parametrize("answer", [{"items": []}, "text", {"orders": {"0": {}}}, {"orders": [1]}])
def test_an_answer_without_rows_is_not_an_empty_list(answer):
    with pytest.raises(MisconfiguredError, match="without rows"):
        Reading(QUERY).take([answer])


def test_two_lists_of_one_name_are_refused(client):
    with pytest.raises(ValueError, match="one name"):
        client.read_lists([QUERY, QUERY])


# Batches


def batch(result=None, error=None, time=None):
    parts = {"result": result or [], "result_error": error or [], "result_time": time or []}
    return {"result": {**parts, "result_total": [], "result_next": []}}


def test_a_batch_is_encoded_once_and_goes_on_after_an_error(wire, client):
    wire.answers(200, batch({"c0": 1, "c1": 2}))

    client.batch(
        {
            "orders": ("sale.order.list", {"filter": {">=dateUpdate": "2026-10-01T00:00:00+03:00"}}),
            "0": ("scope", {}),
        }
    )

    assert wire.received[0].json() == {
        "halt": 0,
        "cmd": {
            "c0": "sale.order.list?filter%5B%3E%3DdateUpdate%5D=2026-10-01T00%3A00%3A00%2B03%3A00",
            "c1": "scope?",
        },
    }


def test_a_result_may_be_null_or_empty(wire, client):
    wire.answers(200, batch({"c0": None, "c1": []}))

    assert client.batch(COMMANDS) == {"first": None, "second": []}


@pytest.mark.parametrize("result", [batch({"c0": 1}), batch(), {"result": []}, {"result": {"result": [1]}}])
def test_a_command_without_an_answer_is_not_an_empty_answer(wire, client, result):
    wire.answers(200, result)

    with pytest.raises(TransientError, match="was left without an answer"):
        client.batch(COMMANDS)


@pytest.mark.parametrize("code", ["QUERY_LIMIT_EXCEEDED", "OPERATION_TIME_LIMIT", "INTERNAL_SERVER_ERROR"])
def test_only_what_was_put_off_is_sent_again(wire, client, code):
    wire.answers(200, batch({"c0": "one"}, {"c1": {"error": code, "error_description": "later"}}))
    wire.answers(200, batch({"c0": "two"}))

    assert client.batch(COMMANDS) == {"first": "one", "second": "two"}
    assert wire.received[1].json()["cmd"] == {"c0": "sale.payment.list?"}
    assert len(wire.waits) == 1


def test_a_method_without_time_is_waited_for_as_long_as_its_last_answer_said(wire, client):
    times = {"c0": {"operating": 1.5, "operating_reset_at": NOW + 30}}
    out_of_time = {"c1": {"error": "OPERATION_TIME_LIMIT"}}
    wire.answers(200, batch({"c0": 1}, out_of_time, times))
    wire.answers(200, batch({"c0": 2}))

    client.batch({"a": ("sale.order.list", {}), "b": ("sale.order.list", {})})

    assert wire.waits == [30]


def test_a_portal_that_puts_off_for_ever_is_left(wire, client):
    for _ in range(7):
        wire.answers(200, batch(None, {"c0": {"error": "QUERY_LIMIT_EXCEEDED"}}))

    with pytest.raises(TransientError, match="query_limit_exceeded"):
        client.batch({"a": ("scope", {})})

    assert len(wire.received) == 6


# Single calls


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (503, "OVERLOAD_LIMIT", MisconfiguredError),
        (500, "PORTAL_DELETED", MisconfiguredError),
        (401, "NO_AUTH_FOUND", MisconfiguredError),
        (401, "expired_token", MisconfiguredError),
        (400, 100, MisconfiguredError),
        (400, "0", MisconfiguredError),
        (404, "ERROR_METHOD_NOT_FOUND", MisconfiguredError),
        (200, "WRONG_CLIENT", MisconfiguredError),
    ],
)
def test_a_refusal_for_good_is_asked_once(wire, client, status, code, expected):
    wire.answers(status, {"error": code, "error_description": "Ошибка"})

    with pytest.raises(expected, match=str(code).lower()):
        client.call("sale.order.list")

    assert len(wire.received) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(503, "QUERY_LIMIT_EXCEEDED"), (429, "OPERATION_TIME_LIMIT"), (200, "QUERY_LIMIT_EXCEEDED")],
)
def test_a_limit_is_a_passing_failure_whatever_its_status(wire, client, status, code):
    for _ in range(6):
        wire.answers(status, {"error": code})

    with pytest.raises(TransientError):
        client.call("sale.order.list")


def test_a_write_that_was_put_off_had_no_effect(wire, client):
    wire.answers(503, {"error": "QUERY_LIMIT_EXCEEDED"})

    with pytest.raises(TransientError):
        client.call("sale.order.update", {"id": 1})

    assert len(wire.received) == 1


@pytest.mark.parametrize(
    ("method", "expected"), [("scope", TransientError), ("sale.order.update", OutcomeUnknownError)]
)
@pytest.mark.parametrize("body", ["", "{}", '{"time": {}, "total": 0}', "[]"])
def test_an_answer_without_a_result_is_no_answer(wire, client, method, expected, body):
    wire.answers(200, body)

    with pytest.raises(expected, match="without a result"):
        client.call(method)


def test_a_list_that_came_without_its_envelope_is_taken(wire, client):
    wire.answers(200, {"personTypes": [{"id": 1}], "total": 1, "time": {}})

    assert client.call("sale.persontype.list") == {"personTypes": [{"id": 1}]}


# A renamed portal


def test_a_renamed_portal_is_followed_once_with_method_and_body(wire, client, caplog):
    moved = wire.url.replace("127.0.0.1", "localhost")
    wire.answers(302, Location=f"{moved}/rest/1/s3cret/sale.order.update")
    wire.answers(200, {"result": True})
    wire.answers(200, {"result": ["sale"]})

    assert client.call("sale.order.update", {"id": 1, "fields": {"comments": "x"}}) is True
    client.call("scope")

    first, second, third = wire.received
    assert (second.method, second.path, second.body) == ("POST", first.path, first.body)
    assert [request.headers["Host"].split(":")[0] for request in (first, second, third)] == [
        "127.0.0.1",
        "localhost",
        "localhost",
    ]
    assert "put that host into the connection" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("location", ["", "/elsewhere", "https://phishing.example.ru/rest/1/s3cret/scope"])
def test_a_redirect_that_is_no_renaming_is_not_followed(wire, client, location):
    wire.answers(302, Location=location)

    with pytest.raises(MisconfiguredError, match="host"):
        client.call("scope")

    assert len(wire.received) == 1


def test_a_portal_that_redirects_twice_is_not_chased(wire, client):
    for _ in range(2):
        wire.answers(302, Location=f"{wire.url}/rest/1/s3cret/scope")

    with pytest.raises(MisconfiguredError):
        client.call("scope")

    assert len(wire.received) == 2


def test_a_moment_in_utc_is_as_good_as_any():
    assert Condition.of(">=dateUpdate", to_wire(datetime(2026, 10, 1, tzinfo=UTC))).holds(
        {"dateUpdate": "2026-10-01T03:00:00+03:00"}
    )
