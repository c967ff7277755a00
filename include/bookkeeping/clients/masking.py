"""Keep secrets and buyers' data out of every text and log record that leaves the clients."""

import logging
import re
from collections.abc import Iterable, Iterator

HIDDEN = "***"
PERSONAL_FIELDS = frozenset(
    {"name", "fullName", "shortName", "inn", "email", "emails", "phone", "address", "comments"}
)
SHORTEST = 3  # anything shorter would blot out half of an ordinary sentence

_WEBHOOK = re.compile(r"(/rest/\d+/)[^/\s\"'?]+")
_QUERY = re.compile(r"\?[^\s\"']+")


def mask(text: str, hidden: Iterable[str] = ()) -> str:
    """Hide the given strings, and the code inside any address of a Bitrix webhook.

    >>> mask("POST https://x.ru/rest/1/s3cret/scope with key-17", ["key-17"])
    'POST https://x.ru/rest/1/***/scope with ***'
    """
    text = _WEBHOOK.sub(rf"\1{HIDDEN}", text)
    for secret in sorted((s for s in hidden if len(s) >= SHORTEST), key=len, reverse=True):
        text = re.sub(re.escape(secret), HIDDEN, text, flags=re.IGNORECASE)
    return text


def personal_texts(payload: object) -> Iterator[str]:
    """Yield what a payload says of people, so that an answer that quotes it can be masked.

    >>> list(personal_texts({"fullName": "Иванов", "items": [{"price": 1, "name": "Чайник"}]}))
    ['Иванов', 'Чайник']
    """
    if isinstance(payload, dict):
        for field, value in payload.items():
            yield from _texts(value) if _innermost(field) in PERSONAL_FIELDS else personal_texts(value)
    elif isinstance(payload, list):
        for item in payload:
            yield from personal_texts(item)


def _innermost(field: str) -> str:
    """Return the last part of a name; in a form it stands in brackets.

    >>> _innermost("fields[comments]"), _innermost("comments")
    ('comments', 'comments')
    """
    return field.rpartition("[")[2].rstrip("]")


def _texts(value: object) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield from item.splitlines()  # whoever quotes it may put it on one line


class MaskedUrls(logging.Filter):
    """Rewrites a record so that no address in it shows a webhook code or a query."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record, with its text masked for good."""
        record.msg = _QUERY.sub(f"?{HIDDEN}", mask(record.getMessage()))
        record.args = None
        return True


_MASKED_URLS = MaskedUrls()


def mask_http_logs() -> None:
    """Have urllib3, which logs whole addresses at DEBUG, log them masked; a second call changes nothing."""
    for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_MASKED_URLS)
