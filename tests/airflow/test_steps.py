from datetime import UTC, datetime, timedelta

import pytest

from bitrix_accounting.asking import LEAVE, RECORD
from bitrix_accounting.postponing import LONGEST
from bitrix_accounting.run import FRESH, NAMED, Run, staged
from bitrix_accounting.steps import answer
from bookkeeping.errors import MisconfiguredError


def folder_read(hours_ago):
    return f"/staging/romashka/2026-10-03/{datetime.now(UTC) - timedelta(hours=hours_ago):{NAMED}}-0a1b2c3d"


def test_a_fresh_extraction_is_used():
    assert str(staged(folder_read(hours_ago=11))).endswith("0a1b2c3d")


def test_a_task_cleared_days_later_does_not_send_what_the_shop_said_then():
    with pytest.raises(MisconfiguredError, match="Clear the task extract"):
        staged(folder_read(hours_ago=13))


def run(**facts):
    return Run(company=None, day=None, ledger=None, run_id="", **facts)


def test_a_run_that_was_cleared_reads_the_shop_anew():
    with pytest.raises(MisconfiguredError, match="Clear the task extract"):
        run(was_cleared=True).staged(folder_read(hours_ago=13))


def test_a_run_that_the_books_made_wait_goes_on_with_what_it_read():
    waited = run()

    assert waited.staged(folder_read(hours_ago=36))
    with pytest.raises(MisconfiguredError, match="Clear the task extract"):
        waited.staged(folder_read(hours_ago=(FRESH + LONGEST).total_seconds() / 3600 + 1))


def said(option, **answers):
    return {"chosen_options": [option], "params_input": answers, "responded_by_user": {"name": "anna"}}


def test_without_an_answer_everything_stays_as_it_is():
    assert answer("petrova", said(LEAVE, **{"petrova/sale/7/71": "upd-1"})) == {}


def test_an_answer_that_nobody_can_understand_is_refused():
    with pytest.raises(MisconfiguredError, match="не id"):
        answer("petrova", said(RECORD, **{"petrova/sale/7/71": "не знаю"}))


def test_nobody_answers_for_another_company():
    with pytest.raises(MisconfiguredError, match="not a key of petrova"):
        answer("petrova", said(RECORD, **{"romashka/sale/7/71": "нет"}))
