"""What a portal understands, where builds differ."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from bookkeeping.clients.bitrix.wire import iso


@dataclass(frozen=True)
class Portal:
    """What was found out.

    :ivar hours: the offset of the portal's clock, for one that does not understand ISO 8601; else None.
    :ivar takes_property_arrays: whether property values may be asked for by an array of orders.
    :ivar takes_code_arrays: whether property values may be asked for by an array of codes.
    """

    hours: float | None = None
    takes_property_arrays: bool = False
    takes_code_arrays: bool = False

    def write_moment(self, moment: datetime) -> str:
        """Write a moment as this portal wants it in a filter."""
        if self.hours is None:
            return iso(moment)
        return f"{moment.astimezone(timezone(timedelta(hours=self.hours))):%Y-%m-%d %H:%M:%S}"
