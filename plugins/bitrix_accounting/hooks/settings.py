"""Read the fields of an Airflow connection; a mistake is named by connection, field and what is allowed."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow.sdk.log import mask_secret

from bookkeeping.errors import MisconfiguredError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Connection


@dataclass(frozen=True)
class RateLimit:
    """How fast a service may be called.

    :ivar rate: requests a second in the long run.
    :ivar burst: requests in one go after a rest.
    :ivar at_once: requests under way at the same moment; None for any number.
    """

    rate: float
    burst: int
    at_once: int | None = None


@dataclass(frozen=True)
class Settings:
    """The fields of one connection: host, login, password, and everything in its extra.

    Every method raises ``MisconfiguredError`` for a field that is missing or wrong; an empty one is missing.
    """

    conn_id: str
    fields: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, connection: Connection) -> Settings:
        """Take the fields of an Airflow connection."""
        own = {"host": connection.host, "login": connection.login, "password": connection.password}
        return cls(connection.conn_id, {**connection.extra_dejson, **own})

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there."""
        value = self.fields.get(name)
        if value in (None, ""):
            if default is None:
                raise self.wrong(name, "it is missing")
            return default
        return str(value).strip()

    def secret(self, name: str) -> str:
        """Return a text that must be there, and that Airflow hides in all logs from now on."""
        value = self.text(name)
        mask_secret(value)
        return value

    def choice(self, name: str, *allowed: str) -> str:
        """Return one of the allowed texts, the first where none is given."""
        value = self.text(name, allowed[0])
        if value not in allowed:
            raise self.wrong(name, f"it is {value!r}; allowed: {', '.join(allowed)}")
        return value

    def address(self, name: str, default: str | None = None) -> str:
        """Return an address with its scheme."""
        value = self.text(name, default)
        if not re.match(r"https?://[^/\s]", value):
            raise self.wrong(name, "it must be an address that begins with https://")
        return value

    def number(self, name: str, default: float, at_least: float, at_most: float = math.inf) -> float:
        """Return a number between two others."""
        text = self.text(name, str(default))
        if not re.fullmatch(r"\d+(\.\d+)?", text) or not at_least <= float(text) <= at_most:
            upper = "" if at_most == math.inf else f" to {at_most:g}"
            raise self.wrong(name, f"it is {text!r}; allowed: a number from {at_least:g}{upper}")
        return float(text)

    def rate_limit(self, default: RateLimit) -> RateLimit:
        """Return ``rate``, ``burst`` and ``at_once``; 0 at once means any number."""
        rate = self.number("rate", default.rate, at_least=0.01)
        burst = self.number("burst", default.burst, at_least=1)
        at_once = self.number("at_once", default.at_once or 0, at_least=0)
        return RateLimit(rate, int(burst), int(at_once) or None)

    def capabilities(self) -> Mapping[str, bool]:
        """Return the switches; the client knows which there are."""
        value = self.fields.get("capabilities") or {}
        try:
            switches = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            switches = None
        if not isinstance(switches, dict):
            raise self.wrong("capabilities", 'allowed: an object such as {"search_documents": false}')
        return switches

    def wrong(self, name: str, why: str) -> MisconfiguredError:
        """Return the error for a field, to be raised."""
        return MisconfiguredError(f"Connection {self.conn_id!r}, field {name!r}: {why}.")
