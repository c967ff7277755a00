"""Read lists that come in pages by offset, though rows may slip from one page to the next meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bookkeeping.clients.answers import Answer, Json
from bookkeeping.clients.failures import ApiRefusal, Verdicts
from bookkeeping.clients.transport import Transport
from bookkeeping.domain import Capability, HoldReason
from bookkeeping.errors import MisconfiguredError, TransientError

Row: TypeAlias = dict[str, Json]

PAGE_SIZE = 100
NO_SUCH_LIST: Verdicts = {"not_found": MisconfiguredError, "4xx": MisconfiguredError}
"""A list concerns no single document, so a refusal is never a reason to hold one."""
NO_CALL = (404, 405)
SWITCHABLE: Verdicts = dict.fromkeys(("not_found", *map(str, NO_CALL)), HoldReason.REJECTED_BY_BOOKS)
"""What books answer that have no such list; these refusals get a better text before they leave here."""
ROUNDS = 3  # how often a list that changes under our hands is begun anew


@dataclass(frozen=True)
class Page:
    """Some rows of a list; ``total`` is the length of the whole, if the service tells it."""

    rows: list[Row]
    total: int | None = None


def to_page(answer: Answer, wrapper: str = "items") -> Page:
    """Read a page that is a bare array, or an object that holds it under *wrapper*.

    :raises MisconfiguredError: it is neither, so this is not the API that we know.
    :raises TransientError: it is nothing at all, as half an answer may be.
    """
    body = answer.body
    if body is None:
        raise TransientError("A list came without a single byte: something between us and the books broke.")
    rows = body.get(wrapper) if isinstance(body, dict) else body
    if not isinstance(rows, list) or not all(map(_is_row, rows)):
        raise MisconfiguredError(f"A list came without rows under {wrapper!r}: is the address the right one?")
    return Page(rows, _total(answer))


def _is_row(value: Json) -> bool:
    return isinstance(value, dict) and value.get("id") not in (None, "")


def _total(answer: Answer) -> int | None:
    said = answer.get("totalCount")
    text = str(answer.headers.get("X-Total-Count", "") if said is None else said)
    return int(text) if text.isdecimal() else None


def read_all(fetch: Callable[[int], Page], whole: int = PAGE_SIZE) -> list[Row]:
    """Return every row of a list, none of them twice.

    :param fetch: returns the page that begins at an offset.
    :param whole: a page with fewer rows is the last one.
    :raises TransientError: three times running the rows were not as many as the service said.
    """
    for _ in range(ROUNDS):
        rows, total = _read_once(fetch, whole)
        if total is None or total == len(rows):
            return rows
    raise TransientError(
        f"A list of {total} rows gave {len(rows)} different ones: it keeps changing; try later."
    )


def list_rows(
    http: Transport,
    path: str,
    filters: Mapping[str, str] | None = None,
    wrapper: str = "items",
    switch: Capability | None = None,
    page_size: int = PAGE_SIZE,
) -> list[Row]:
    """Return every row of the list at *path* that the filters let through; a filter is never empty.

    :param page_size: the most rows that the service gives at once; fewer than 100 at once are the last.
    :param switch: what to switch off in the connection where the books have no such list.
    :raises MisconfiguredError: the service refuses the list: it has no such call, or we may not use it.
    """
    strict = http.with_verdicts({**NO_SUCH_LIST, **(SWITCHABLE if switch else {})})

    def fetch(offset: int) -> Page:
        paging = {"limit": str(page_size), "offset": str(offset)}
        return to_page(strict.read("GET", path, params={**(filters or {}), **paging}), wrapper)

    try:
        return read_all(fetch, min(page_size, PAGE_SIZE))
    except ApiRefusal as refusal:
        if switch is None or refusal.status not in NO_CALL:
            raise
        raise _no_such_list(refusal, switch) from refusal


def _no_such_list(refusal: ApiRefusal, switch: Capability) -> MisconfiguredError:
    return MisconfiguredError(
        f"{refusal.called}: {refusal.summary}. If the connection's address is right, these books have no "
        f'such call: switch it off in the connection, "capabilities": {{"{switch}": false}}.'
    )


def _read_once(fetch: Callable[[int], Page], whole: int) -> tuple[list[Row], int | None]:
    found: dict[str, Row] = {}
    offset = 0
    while True:
        page = fetch(offset)
        known = len(found)
        found.update({str(row["id"]): row for row in page.rows})
        is_last = len(page.rows) < whole or len(found) in (known, page.total)
        if is_last:
            return list(found.values()), page.total
        offset += len(page.rows)
