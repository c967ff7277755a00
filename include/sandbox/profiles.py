"""The ways in which the books may behave, each a named switch with a default and the values it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

VAT_MODES = ("standard", "vat5", "vat7", "none")

# Raises ValueError on a value that a profile does not take.
Check: TypeAlias = "Callable[[str], object]"


@dataclass(frozen=True)
class Profile:
    """A switch: what it is set to at the start, what it takes, and how to tell a wrong value."""

    default: str
    takes: str
    check: Check


class ProfileError(ValueError):
    """A profile that nobody knows, or a value that it does not take."""


class Profiles:
    """All switches by their full names (``kontur.vat``), always with values that they take."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values = {name: profile.default for name, profile in KNOWN.items()}
        self.update(values or {})

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def get(self, name: str) -> str | None:
        """What *name* is set to, if there is such a switch."""
        return self._values.get(name)

    def update(self, values: Mapping[str, Any]) -> None:
        """Set all of *values* or, if one of them is wrong, none.

        A name without a book (``vat``) sets the switch in each of the books that has it.

        :raises ProfileError: with a line that says what would be right.
        """
        self._values |= dict(pair for name, value in values.items() for pair in _settings(name, str(value)))

    def as_dict(self) -> dict[str, str]:
        """Every switch and what it is set to."""
        return dict(self._values)


def _settings(name: str, value: str) -> Iterator[tuple[str, str]]:
    for full_name in _full_names(name):
        profile = KNOWN[full_name]
        try:
            profile.check(value)
        except ValueError as error:
            raise ProfileError(f"profile {full_name} takes {profile.takes}, not {value!r}") from error
        yield full_name, value


def _full_names(name: str) -> list[str]:
    names = [name] if name in KNOWN else [known for known in KNOWN if known.partition(".")[2] == name]
    if not names:
        raise ProfileError(f"no profile {name!r}; there are {', '.join(sorted(KNOWN))}")
    return names


def day_or_none(value: str) -> date | None:
    """Read ``2026-09-30``; an empty text is no day."""
    return date.fromisoformat(value) if value else None


def dated_vat_modes(value: str) -> list[tuple[date, str]]:
    """Read ``2019-01-01:standard,2026-01-01:none`` into pairs, oldest first."""
    pairs = [part.strip().partition(":") for part in value.split(",")]
    modes = sorted((date.fromisoformat(day), mode) for day, _, mode in pairs)
    if any(mode not in VAT_MODES for _, mode in modes):
        raise ValueError(value)
    return modes


def _choice(*values: str) -> Profile:
    return Profile(values[0], " or ".join(values), values.index)


def _number(default: str, at_least: str = "0") -> Profile:
    def check(value: str) -> None:
        try:
            fits = Decimal(value).is_finite() and Decimal(value) >= Decimal(at_least)
        except InvalidOperation as error:
            raise ValueError(value) from error
        if not fits:
            raise ValueError(value)

    return Profile(default, f"a number from {at_least}", check)


def _whole(default: str, at_least: int = 0) -> Profile:
    def check(value: str) -> None:
        if int(value) < at_least:
            raise ValueError(value)

    return Profile(default, f"a whole number from {at_least}", check)


def _text(default: str) -> Profile:
    return Profile(default, "any text", str)


_ON = ("on", "off")
_OFF = ("off", "on")

_EVERY_BOOK = {
    "error_body": _choice("json", "html", "empty", "text"),
    "retry_after": _choice("seconds", "http_date", "absent"),
    "latency_s": _number("0"),
}

_KONTUR = {
    "access": _choice("granted", "forbidden", "plan_without_api", "subscription_expired"),
    "api_key_header": _text("X-Api-Key"),
    "at_once": _whole("2", 1),
    "burst": _whole("10", 1),
    "closed_through": Profile("", "a day like 2026-09-30, or nothing", day_or_none),
    "expires_in": _whole("3600"),
    "external_id": _choice(*_OFF),
    "list_lag_s": _number("0"),
    "list_shape": _choice("object", "bare_array", "no_total"),
    "overpayment": _choice("accept", "reject"),
    "paging": _choice("stable", "unstable"),
    "post_status": _choice("posted", "draft"),
    "rate": _number("5", "0.001"),
    "seed_only": _choice(*_OFF),
    "strict_fields": _choice(*_OFF),
    "strict_query": _choice(*_OFF),
    "total_check": _choice(*_ON),
    "unique_counterparty": _choice(*_OFF),
    "unique_numbers": _choice(*_ON),
    "vat": _choice("strict", "seed", "lenient"),
    "vat_modes": Profile(
        "2019-01-01:standard", "modes like 2019-01-01:standard,2026-01-01:none", dated_vat_modes
    ),
}

_ELBA_OAUTH = {
    "access": _choice("granted", "insufficient_scope", "no_subscription"),
    "at_once": _whole("2", 1),
    "client": _choice("active", "revoked"),
    "expires_in": _whole("3600"),
    "list_lag_s": _number("0"),
    "list_shape": _choice("bare_array", "items_object"),
    "number_field": _choice("string", "number_as_int", "number_missing"),
    "quota_day": _whole("5000", 1),
    "quota_minute": _whole("60", 1),
    "seed_only": _choice(*_OFF),
    "unique_counterparty": _choice(*_OFF),
    "unique_numbers": _choice(*_ON),
    "vat": _choice("strict", "seed", "lenient"),
}

_ELBA_PUBLIC = {
    "access": _choice("granted", "payment_required", "forbidden"),
    "burst": _whole("10", 1),
    "link_conflict": _choice("context", "message", "target", "details"),
    "news": _choice("after_subscription", "always"),
    "news_offset": _choice("id", "position"),
    "rate": _number("0"),
    "resubscription": _choice("no_content", "conflict"),
    "search": _choice("direct", "task", "failed"),
    "seller": _choice("complete", "incomplete"),
    "signatures": _choice("missing", "uploaded"),
    "task_polls": _whole("1"),
}

KNOWN = {
    f"{book}.{name}": profile
    for book, profiles in (("kontur", _KONTUR), ("elba_oauth", _ELBA_OAUTH), ("elba_public", _ELBA_PUBLIC))
    for name, profile in {**_EVERY_BOOK, **profiles}.items()
}
