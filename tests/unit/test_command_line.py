from datetime import UTC, datetime

import pytest

from bookkeeping.__main__ import main
from bookkeeping.closing.seal import sums_of
from bookkeeping.domain import Status
from bookkeeping.errors import OutcomeUnknownError
from bookkeeping.ledger import Due, SyncLedger, open_engine
from bookkeeping.ledger.ledger import ANSWER_MAY_STILL_COME

KEY = "petrova/sale/7/71"


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    file = tmp_path / "ledger.db"
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DEFAULT", f'{{"conn_type": "sqlite", "host": "{file}"}}')
    ledger = SyncLedger(open_engine(f"sqlite:///{file}"))
    yield ledger
    ledger.engine.dispose()


@pytest.fixture
def just_now(ledger):
    ledger.expect([Due(KEY, "petrova", "sale", number="7")])
    ledger.release(ledger.claim(KEY), OutcomeUnknownError("no answer"))


@pytest.fixture
def unanswered(ledger):
    earlier = SyncLedger(ledger.engine, clock=lambda: datetime.now(UTC) - ANSWER_MAY_STILL_COME)
    earlier.expect([Due(KEY, "petrova", "sale", number="7")])
    earlier.release(earlier.claim(KEY), OutcomeUnknownError("no answer"))


def test_unanswered_writes_are_listed_by_their_keys(unanswered, capsys):
    assert main(["unknown"]) == 0

    assert KEY in capsys.readouterr().out


def test_a_person_can_say_that_it_exists(ledger, unanswered, capsys):
    assert main(["resolve", KEY, "--exists", "upd-1"]) == 0

    assert (ledger.status_of(KEY), ledger.entry(KEY).external_id) == (Status.POSTED, "upd-1")
    assert "a person looked" in ledger.history(KEY)[-1][-1]
    assert "posted" in capsys.readouterr().out


def test_a_person_can_have_it_sent_again(ledger, unanswered):
    assert main(["resolve", KEY, "--again"]) == 0

    assert ledger.status_of(KEY) is Status.PENDING


def test_what_may_still_land_is_not_sent_again(ledger, just_now, capsys):
    assert main(["resolve", KEY, "--again"]) == 1

    assert ledger.status_of(KEY) is Status.UNKNOWN
    assert "may still land" in capsys.readouterr().err


def test_what_cannot_be_an_id_is_refused(ledger, unanswered, capsys):
    assert main(["resolve", KEY, "--exists", "не знаю"]) == 1

    assert ledger.status_of(KEY) is Status.UNKNOWN
    assert "Ничего не записано" in capsys.readouterr().err


@pytest.mark.parametrize("key", [KEY, "petrova/sale/8/81"])
def test_what_is_not_unknown_is_left_alone(ledger, key, capsys):
    ledger.expect([Due(KEY, "petrova", "sale")])

    assert main(["resolve", key, "--exists", "upd-1"]) == 1

    assert ledger.status_of(KEY) is Status.PENDING
    assert "nothing was changed" in capsys.readouterr().err


def test_migrating_says_where_the_ledger_is(ledger, tmp_path, capsys):
    assert main(["migrate"]) == 0

    assert str(tmp_path) in capsys.readouterr().out


def test_a_pack_is_checked_and_what_changed_is_named(tmp_path, capsys):
    (tmp_path / "manifest.json").write_bytes(b'{"files": []}')
    (tmp_path / "manifest.sha256").write_bytes(sums_of({"manifest.json": b'{"files": []}'}))
    assert main(["verify", str(tmp_path)]) == 0
    assert "as it was written" in capsys.readouterr().out

    (tmp_path / "manifest.json").write_bytes(b'{"files": [ ]}')
    assert main(["verify", str(tmp_path)]) == 1
    assert "manifest.json changed" in capsys.readouterr().err
