from datetime import UTC, datetime, timedelta

import pytest

from bitrix_accounting.steps import NAMED, staged
from bookkeeping.errors import MisconfiguredError


def folder_read(hours_ago):
    return f"/staging/romashka/2026-10-03/{datetime.now(UTC) - timedelta(hours=hours_ago):{NAMED}}-0a1b2c3d"


def test_an_extraction_of_this_run_is_used():
    assert str(staged(folder_read(hours_ago=11))).endswith("0a1b2c3d")


def test_a_task_cleared_days_later_does_not_send_what_the_shop_said_then():
    with pytest.raises(MisconfiguredError, match="Clear the task extract"):
        staged(folder_read(hours_ago=13))
