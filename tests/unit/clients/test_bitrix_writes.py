"""A batch that writes is sent once, and says of each command what became of it."""

import pytest
from simplejson import dumps

from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.errors import (
    MisconfiguredError,
    OutcomeUnknownError,
    RejectedError,
    TransientError,
)

CANARY = "позвонить Анне\nпосле шести"
COMMANDS = {
    name: ("sale.order.update", {"id": n, "fields": {"comments": CANARY}})
    for n, name in enumerate(("first", "second"), 7)
}


@pytest.fixture
def client(wire):
    http = Transport(
        f"{wire.url}/rest/1/s3cret", auth=Unsigned(("s3cret",)), timeout=(1, 0.3), sleep=wire.waits.append
    )
    return BitrixClient(http)


def answer(result=(), error=()):
    return {"result": {"result": result or [], "result_error": error or []}}


def refused(code, words="no"):
    return answer({"c1": {"order": {"id": 8}}}, {"c0": {"error": code, "error_description": words}})


def test_each_result_comes_under_its_name(client, wire):
    wire.answers(200, answer({"c0": {"order": {"id": 7}}, "c1": {"order": {"id": 8}}}))

    assert client.write_batch(COMMANDS) == {"first": {"order": {"id": 7}}, "second": {"order": {"id": 8}}}

    (request,) = wire.received
    assert request.path == "/rest/1/s3cret/batch"
    assert request.json()["halt"] == 0
    assert request.json()["cmd"]["c0"].startswith("sale.order.update?id=7&fields%5Bcomments%5D=")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("QUERY_LIMIT_EXCEEDED", TransientError),
        ("OPERATION_TIME_LIMIT", TransientError),
        ("INTERNAL_SERVER_ERROR", OutcomeUnknownError),
        ("ERROR_UNEXPECTED_ANSWER", OutcomeUnknownError),
        (200040300020, MisconfiguredError),
        ("insufficient_scope", MisconfiguredError),
        (200540400001, RejectedError),
        (0, RejectedError),
        ("SOME_HANDLER_SAID_NO", RejectedError),
    ],
)
def test_an_error_of_one_command_is_its_own(client, wire, code, kind):
    wire.answers(200, refused(code))

    outcomes = client.write_batch(COMMANDS)

    assert isinstance(outcomes["first"], kind)
    assert outcomes["second"] == {"order": {"id": 8}}
    assert len(wire.received) == 1


def test_a_command_without_an_answer_may_have_landed(client, wire):
    wire.answers(200, answer({"c1": {"order": {"id": 8}}}))

    outcomes = client.write_batch(COMMANDS)

    assert isinstance(outcomes["first"], OutcomeUnknownError)
    assert outcomes["second"] == {"order": {"id": 8}}


@pytest.mark.parametrize("lost", ["resets", "hangs_up", "keeps_silent", "truncates"])
def test_a_request_that_goes_unanswered_leaves_all_unknown_and_is_not_repeated(client, wire, lost):
    getattr(wire, lost)()

    outcomes = client.write_batch(COMMANDS)

    assert {type(outcome) for outcome in outcomes.values()} == {OutcomeUnknownError}
    assert list(outcomes) == list(COMMANDS)
    assert len(wire.received) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, "<html>", OutcomeUnknownError),
        (200, "", OutcomeUnknownError),
        (200, dumps({"result": True}), OutcomeUnknownError),
        (502, "<html>", OutcomeUnknownError),
        (500, dumps({"error": "INTERNAL_SERVER_ERROR"}), OutcomeUnknownError),
        (503, dumps({"error": "QUERY_LIMIT_EXCEEDED"}), TransientError),
        (403, dumps({"error": "insufficient_scope"}), MisconfiguredError),
    ],
)
def test_what_is_wrong_with_the_whole_request_is_wrong_with_all(client, wire, status, body, kind):
    wire.answers(status, body)

    outcomes = client.write_batch(COMMANDS)

    assert {type(outcome) for outcome in outcomes.values()} == {kind}
    assert len(wire.received) == 1


def test_nothing_was_done_where_nobody_listens(client, wire):
    wire.close()

    assert {type(outcome) for outcome in client.write_batch(COMMANDS).values()} == {TransientError}


@pytest.mark.parametrize("count", [0, 51])
def test_a_batch_has_one_to_fifty_commands(client, count):
    with pytest.raises(ValueError, match="1 to 50 commands"):
        client.write_batch({str(n): ("sale.order.update", {"id": n}) for n in range(count)})


def test_a_refusal_shows_its_code_and_nothing_of_its_words(client, wire):
    """They may repeat any part of the text."""
    wire.answers(200, refused(0, f"cannot save: {CANARY}!"))

    said = str(client.write_batch(COMMANDS)["first"])

    assert "400 0" in said
    assert "cannot save" not in said
    assert "Анне" not in said
    assert "шести" not in said
