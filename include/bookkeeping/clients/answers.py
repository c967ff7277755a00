"""What a service answered: its body with money as Decimal, its codes, its words, the wait it asks for."""

import email.utils
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any, TypeAlias

import requests
import simplejson

from bookkeeping.clients.masking import mask

Json: TypeAlias = Any

QUOTED = 500  # characters of a service's words that an error repeats


@dataclass(frozen=True)
class Answer:
    """One answer, read whole.

    :ivar body: the JSON, whose fractions are ``Decimal``; None for an empty body or for what is not JSON.
    :ivar words: what a failure says to people, masked and at most 500 characters: safe to log.
    :ivar codes: what it says to programs, masked, in lower case, the most specific first.
    :ivar retry_after: seconds that the service asks us to wait, if it says.
    """

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    codes: tuple[str, ...] = ()
    is_json: bool = True
    retry_after: float | None = None

    def get(self, name: str) -> Json:
        """Return a field of the body; None if it has none, or is no object."""
        return self.body.get(name) if isinstance(self.body, dict) else None


def to_answer(response: requests.Response, *, now: float, hidden: Iterable[str]) -> Answer:
    """Read a response.

    :param now: epoch seconds, for a ``Retry-After`` that is a date.
    :param hidden: strings that must not appear in ``words``.
    """
    body, is_json = _parsed(response.content)
    wait = seconds_to_wait(response.headers.get("Retry-After", ""), now)
    answer = Answer(response.status_code, body, response.headers, is_json=is_json, retry_after=wait)
    if response.ok:  # what was granted, a token perhaps, is never quoted, however it came
        return answer
    return replace(answer, words=quoted(_said(response, body), hidden), codes=codes_of(body, hidden))


def _said(response: requests.Response, body: Json) -> str:
    return words_of(body) or response.content.decode("utf-8", errors="replace")


def _parsed(content: bytes) -> tuple[Json, bool]:
    if not content.strip():
        return None, True
    try:
        return simplejson.loads(content, use_decimal=True), True
    except ValueError:
        return None, False


def quoted(words: str, hidden: Iterable[str] = ()) -> str:
    """Make a service's words fit for a message: on one line, masked, at most 500 characters."""
    return mask(" ".join(words.split()), hidden)[:QUOTED]


def seconds_to_wait(header: str, now: float) -> float | None:
    """Read ``Retry-After``, which is seconds or an HTTP date (RFC 9110, 10.2.3).

    >>> seconds_to_wait("7", now=0), seconds_to_wait("Thu, 01 Jan 1970 00:01:00 GMT", now=50.0)
    (7.0, 10.0)
    >>> seconds_to_wait("soon", now=0) is None
    True
    """
    if re.fullmatch(r"\d+(\.\d+)?", header.strip()):
        return float(header)
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now, 0.0)


def codes_of(body: Json, hidden: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the codes in an error's body, masked, in lower case, the most specific first.

    >>> codes_of({"error": {"code": "validation_failed", "details": [{"code": "invalid_inn"}]}})
    ('invalid_inn', 'validation_failed')
    >>> codes_of({"error": 200540400001, "error_description": "no such order"})
    ('200540400001',)
    """
    error = _error_in(body)
    codes = [detail.get("code") for detail in _details_of(error)]
    codes.append(error.get("code", error.get("error")))
    return tuple(
        mask(str(code), hidden).lower() for code in codes if isinstance(code, str | int) and code != ""
    )


def words_of(body: Json) -> str:
    """Return what an error's body says to people.

    >>> words_of({"code": "x", "message": "Bad", "errors": [{"field": "items[0].ndsRate", "message": "No"}]})
    'Bad; items[0].ndsRate: No'
    """
    return body if isinstance(body, str) else "; ".join(_words(_error_in(body)))


def _error_in(body: Json) -> dict[str, Json]:
    if not isinstance(body, dict):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, dict) else body


def _details_of(error: dict[str, Json]) -> list[dict[str, Json]]:
    details = error.get("details") or error.get("errors") or []
    return [detail for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []


def _words(error: dict[str, Json]) -> Iterator[str]:
    for said in (error.get("message"), error.get("error_description")):
        if isinstance(said, str) and said:
            yield said
    for detail in _details_of(error):
        yield ": ".join(str(detail[part]) for part in ("field", "message") if detail.get(part))
