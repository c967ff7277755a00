"""The block in which every answer says how long it took."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.bitrix.values import moment

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def time_block(start: float, finish: float, zone: ZoneInfo) -> dict[str, object]:
    """When a call began and ended, without what it cost."""
    return {
        "start": start,
        "finish": finish,
        "duration": finish - start,
        "processing": finish - start,
        "date_start": moment(local(start, zone)),
        "date_finish": moment(local(finish, zone)),
    }


def local(seconds: float, zone: ZoneInfo) -> datetime:
    """A reading of the clock in the server's zone, to the second."""
    return datetime.fromtimestamp(int(seconds), zone)
