"""What a call promises: reads are repeated, writes leave once, failures are named for what to do next."""

import email.utils
import re
import socket
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bookkeeping.clients.failures import ApiRefusal, MovedError
from bookkeeping.clients.transport import TRIES, USER_AGENT, Transport
from bookkeeping.deadline import over_by
from bookkeeping.domain import HoldReason
from bookkeeping.errors import (
    MisconfiguredError,
    OutcomeUnknownError,
    RejectedError,
    TransientError,
)

BILL = {"number": "1045", "fullName": "Иван Петров", "price": Decimal("1234.50")}
NOW = 1_700_000_000.0


@pytest.fixture
def http(wire):
    return Transport(wire.url + "/v1", timeout=(1, 0.2), sleep=wire.waits.append, clock=lambda: NOW)


def test_a_request_says_who_we_are_and_carries_money_as_numbers(wire, http):
    http.write("POST", "/bills", json=BILL)

    (request,) = wire.received
    assert (request.method, request.path) == ("POST", "/v1/bills")
    assert request.headers["User-Agent"] == USER_AGENT
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Content-Type"] == "application/json"
    assert '"price": 1234.50' in request.body.decode()


def test_money_in_an_answer_is_exact(wire, http):
    wire.answers(body='{"total": 0.10, "rows": [12345678901234567.89]}')

    answer = http.read("GET", "/bill")

    assert answer.body == {"total": Decimal("0.10"), "rows": [Decimal("12345678901234567.89")]}


@pytest.mark.parametrize("body", ["", "null", "  "])
def test_an_empty_answer_is_no_failure(wire, http, body):
    wire.answers(201, body)

    assert http.write("POST", "/bills", json=BILL).body is None


WRITE_OUTCOMES = {
    "500": (lambda wire: wire.answers(500), OutcomeUnknownError),
    "502 in HTML": (lambda wire: wire.answers(502, "<html>Bad Gateway</html>"), OutcomeUnknownError),
    "503 that asks to wait": (lambda wire: wire.answers(503, Retry_After="5"), OutcomeUnknownError),
    "408": (lambda wire: wire.answers(408), OutcomeUnknownError),
    "303": (lambda wire: wire.answers(303, Location="/v1/bills/7"), OutcomeUnknownError),
    "407": (lambda wire: wire.answers(407), MisconfiguredError),
    "200 in HTML": (lambda wire: wire.answers(200, "<html>Sign in</html>"), OutcomeUnknownError),
    "half of the JSON": (lambda wire: wire.answers(201, '{"id": "7'), OutcomeUnknownError),
    "half of the bytes": (lambda wire: wire.truncates(), OutcomeUnknownError),
    "a reset": (lambda wire: wire.resets(), OutcomeUnknownError),
    "a hang-up": (lambda wire: wire.hangs_up(), OutcomeUnknownError),
    "silence": (lambda wire: wire.keeps_silent(), OutcomeUnknownError),
    "429": (lambda wire: wire.answers(429, Retry_After="7"), TransientError),
    "401": (lambda wire: wire.answers(401), MisconfiguredError),
    "402": (lambda wire: wire.answers(402), MisconfiguredError),
    "403": (lambda wire: wire.answers(403), MisconfiguredError),
    "301": (lambda wire: wire.answers(301, Location="https://elsewhere"), MovedError),
    "400": (lambda wire: wire.answers(400, {"code": "malformed_json"}), ApiRefusal),
    "404": (lambda wire: wire.answers(404), ApiRefusal),
    "409": (lambda wire: wire.answers(409, {"code": "conflict"}), ApiRefusal),
    "422": (lambda wire: wire.answers(422), ApiRefusal),
}


@pytest.mark.parametrize("case", WRITE_OUTCOMES)
def test_a_write_leaves_once_and_its_outcome_is_named(wire, http, case):
    play, expected = WRITE_OUTCOMES[case]
    play(wire)

    with pytest.raises(expected) as caught:
        http.write("POST", "/bills", json=BILL)

    assert type(caught.value) is expected
    assert len(wire.received) == 1


def test_a_write_that_was_refused_a_connection_had_no_effect():
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(
        TransientError, match=r"POST /bills failed: ConnectionError \(ConnectionRefusedError\)"
    ):
        Transport(nobody).write("POST", "/bills", json=BILL)


def test_a_write_to_an_unknown_host_had_no_effect():
    with pytest.raises(TransientError, match="gaierror"):
        Transport("http://no-such-host.invalid").write("POST", "/bills", json=BILL)


def test_a_failed_tls_handshake_had_no_effect(wire):
    speaks_no_tls = wire.url.replace("http", "https")

    with pytest.raises(TransientError, match="SSLError"):
        Transport(speaks_no_tls, timeout=(1, 1)).write("POST", "/bills", json=BILL)


def test_a_connection_that_is_never_accepted_had_no_effect():
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.settimeout(0)
            filler.connect_ex(full.getsockname())
        http = Transport(f"http://127.0.0.1:{full.getsockname()[1]}", timeout=(0.2, 5))

        with pytest.raises(TransientError, match="ConnectTimeout"):
            http.write("POST", "/bills", json=BILL)


@pytest.mark.parametrize("address", ["shop.example.ru", "ftp://x", "https://"])
def test_an_address_that_is_none_is_a_setting_to_change(address):
    with pytest.raises(MisconfiguredError):
        Transport(address).write("POST", "/bills", json=BILL)


@pytest.mark.parametrize(
    "play",
    [
        lambda wire: wire.answers(500),
        lambda wire: wire.answers(200, "<html>"),
        lambda wire: wire.answers(429),
        lambda wire: wire.truncates(),
        lambda wire: wire.resets(),
        lambda wire: wire.keeps_silent(),
    ],
)
def test_a_read_is_repeated_until_it_succeeds(wire, http, play):
    play(wire)
    play(wire)
    wire.answers(200, {"id": "7"})

    assert http.read("GET", "/bills/7").body == {"id": "7"}
    assert len(wire.received) == 3
    assert all(0.5 <= wait <= 2 for wait in wire.waits)


def test_a_read_gives_up_after_six_tries(wire, http):
    for _ in range(TRIES + 1):
        wire.answers(503)

    with pytest.raises(TransientError):
        http.read("GET", "/bills/7")

    assert len(wire.received) == TRIES == 6


@pytest.mark.parametrize(
    "header", ["7", email.utils.formatdate(NOW + 7, usegmt=True), email.utils.formatdate(NOW + 7)]
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_read_waits_as_long_as_it_was_told(wire, http, status, header):
    wire.answers(status, Retry_After=header)

    http.read("GET", "/bills")

    assert wire.waits == [7]


def test_a_long_wait_is_left_to_the_caller(wire, http):
    wire.answers(429, Retry_After="61")

    with pytest.raises(TransientError) as caught:
        http.read("GET", "/bills")

    assert caught.value.retry_after == 61
    assert (wire.waits, len(wire.received)) == ([], 1)


def test_a_write_over_the_limit_tells_how_long_to_wait(wire, http):
    wire.answers(429, Retry_After="7200")

    with pytest.raises(TransientError) as caught:
        http.write("POST", "/bills", json=BILL)

    assert caught.value.retry_after == 7200


def test_no_redirect_is_followed(wire, http):
    wire.answers(302, Location=f"{wire.url}/v1/elsewhere")

    with pytest.raises(MovedError) as caught:
        http.read("GET", "/bills")

    assert [request.path for request in wire.received] == ["/v1/bills"]
    assert caught.value.location == f"{wire.url}/v1/elsewhere"


def test_every_request_passes_the_limit_first(wire):
    passed = []
    wire.answers(500)

    @contextmanager
    def limit():
        passed.append(len(wire.received))
        yield
        passed.append(len(wire.received))

    Transport(wire.url, limit=limit, sleep=wire.waits.append).read("GET", "/bills")

    assert passed == [0, 1, 1, 2]


def test_a_limit_that_refuses_keeps_the_write_at_home(wire):
    def refuse():
        raise TransientError("slow down", retry_after=90)

    with pytest.raises(TransientError, match="slow down"):
        Transport(wire.url, limit=refuse).write("POST", "/bills", json=BILL)

    assert wire.received == []


@pytest.mark.parametrize(("left", "is_sent"), [(31, True), (30, True), (29, False), (0, False)])
def test_a_write_is_sent_only_while_its_claim_outlives_its_timeout(wire, left, is_sent):
    now = datetime(2026, 10, 5, 12, tzinfo=UTC)
    http = Transport(wire.url, timeout=(1, 30), clock=now.timestamp)

    with over_by(now + timedelta(seconds=left)):
        http.read("POST", "/search", json={})
        with nullcontext() if is_sent else pytest.raises(TransientError, match="too late"):
            http.write("POST", "/documents", json=BILL)

    assert [request.path for request in wire.received] == ["/search", "/documents"][: 1 + is_sent]


def test_a_refusal_tells_the_services_codes_and_words(wire, http):
    details = [{"field": "items[0].vatRate", "code": "unknown_value", "message": "Нет такой ставки"}]
    error = {"error": {"code": "validation_failed", "message": "Запрос не прошёл", "details": details}}
    wire.answers(422, error, X_Request_Id="5f0c")

    with pytest.raises(ApiRefusal) as caught:
        http.write("POST", "/bills", json=BILL)

    assert (caught.value.status, caught.value.codes) == (422, ("unknown_value", "validation_failed"))
    assert caught.value.reason is HoldReason.REJECTED_BY_BOOKS
    assert str(caught.value) == (
        "POST /v1/bills: 422 unknown_value validation_failed (request 5f0c): Запрос не прошёл; "
        "items[0].vatRate: Нет такой ставки. "
        "Документ не создан; исправьте названное, и следующий запуск отправит его снова."
    )


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({"period_closed": HoldReason.PERIOD_CLOSED, "409": MisconfiguredError}, RejectedError),
        ({"409": MisconfiguredError, "4xx": TransientError}, MisconfiguredError),
        ({"4xx": TransientError}, TransientError),
    ],
)
def test_a_code_is_asked_before_the_status_and_the_status_before_its_class(wire, http, verdicts, expected):
    wire.answers(409, {"error": {"code": "PERIOD_CLOSED"}})

    with pytest.raises(expected):
        http.with_verdicts(verdicts).write("POST", "/bills", json=BILL)


@pytest.mark.parametrize(
    "body",
    ["", "<html><h1>400</h1></html>", "Ошибка 400", '{"message": "no"}', '"bare"', "[1]", '{"error": 7}'],
)
def test_any_shape_of_an_error_is_survived(wire, http, body):
    wire.answers(400, body)

    with pytest.raises(ApiRefusal, match="POST /v1/bills: 400"):
        http.write("POST", "/bills", json=BILL)


def test_a_message_repeats_at_most_500_characters(wire, http):
    wire.answers(400, "б" * 5000)

    with pytest.raises(ApiRefusal) as caught:
        http.write("POST", "/bills", json=BILL)

    assert len(max(re.findall("б+", str(caught.value)), key=len)) == 500


def test_what_we_sent_of_a_buyer_is_not_repeated(wire, http):
    wire.answers(400, {"message": "Контрагент Иван Петров не найден"})

    with pytest.raises(ApiRefusal) as caught:
        http.write("POST", "/bills", json=BILL)

    assert "Контрагент *** не найден" in str(caught.value)
    assert "Петров" not in str(caught.value)
