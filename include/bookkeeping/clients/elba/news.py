"""What Elba's public API tells of payments: a feed whose offset may be a position or an id."""

import logging
from collections.abc import Callable

from bookkeeping.clients.answers import Answer, Json
from bookkeeping.clients.books import roubles_or_none, understood
from bookkeeping.clients.failures import ApiRefusal, Verdicts
from bookkeeping.clients.pages import NO_SUCH_LIST, Row, to_page
from bookkeeping.clients.transport import Transport
from bookkeeping.domain import BillNews, HoldReason

log = logging.getLogger(__name__)

PAGE_SIZE = 1000
PAYMENT = "billPaymentNews"
ALREADY: Verdicts = {**NO_SUCH_LIST, "409": HoldReason.REJECTED_BY_BOOKS}
"""A conflict says that there is a subscription, and any other refusal concerns no single document."""


def read_news(http: Transport, organization: str, offset: int) -> list[BillNews]:
    """Subscribe, and return the news of payments that follow the first *offset* pieces of news.

    :raises MisconfiguredError: there is no such feed, or it is none that we can read.
    """
    _subscribe(http, f"{organization}/document-news/subscription")
    strict = http.with_verdicts(NO_SUCH_LIST)

    def fetch(at: int) -> list[Row]:
        query = {"offset": str(at), "limit": str(PAGE_SIZE)}
        return _rows(strict.read("GET", f"{organization}/document-news", params=query))

    rows = _follow(fetch, offset)
    return [understood(_to_news, "piece of news", row) for row in rows if row.get("newsType") == PAYMENT]


def _subscribe(http: Transport, path: str) -> None:
    """Ask for news; as a second time is as good as once, it is repeated like a read."""
    try:
        http.with_verdicts(ALREADY).read("POST", path)
    except ApiRefusal:
        return


def _rows(answer: Answer) -> list[Row]:
    return to_page(answer, "news").rows


def _follow(fetch: Callable[[int], list[Row]], offset: int) -> list[Row]:
    """Return all rows from the offset on, each once, whether offsets are positions or ids.

    The next position is asked for first: it is never above the next id, so nothing is passed over. Where
    it brings nothing new, offsets are ids, and the one after the last is next.
    """
    found: dict[int, Row] = {}
    at = offset
    while rows := fetch(at):
        known = len(found)
        found.update({understood(_id, "piece of news", row): row for row in rows})
        if len(found) > known:
            log.info("%s pieces of news so far", len(found))
            at = offset + len(found)
        elif at <= max(found):
            at = max(found) + 1
        else:
            break
    return [found[number] for number in sorted(found)]


def _id(row: Row) -> int:
    return int(row["id"])


def _to_news(row: Row) -> BillNews:
    content = row["newsContent"]
    return BillNews(
        id=_id(row),
        external_id=_text(content["billId"]),
        paid=roubles_or_none(content.get("relatedPaymentsSum")),
        status=_text(content["billStatus"]),
        total=roubles_or_none(content.get("billSum")),
    )


def _text(value: Json) -> str:
    if isinstance(value, str) and value:
        return value
    raise TypeError("no text")
