"""The first Elba dialect on the wire: its paths, its tokens, its words for an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.books.elba_oauth_counterparties import ElbaCounterparties
from sandbox.books.elba_oauth_documents import ElbaActs, ElbaInvoices
from sandbox.books.errors import BookError
from sandbox.books.web import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.books.book import Book, Row
    from sandbox.books.tokens import Tokens
    from sandbox.books.web import Call, Paths

SCOPE = "elba.api"
CLOSED_DOORS = ("insufficient_scope", "no_subscription")


def elba_oauth_service(book: Book, tokens: Tokens, on_write: Callable[[], None]) -> Service:
    """The whole of the contract over one organisation's book."""

    def admit(call: Call) -> None:
        _check_token(tokens.state_of(call.headers.get("authorization", ""), SCOPE))
        if (access := book.profile("access")) in CLOSED_DOORS:
            raise BookError(403, access)

    return Service(book, _paths(book), admit, _explain, on_write)


def _paths(book: Book) -> Paths:
    parts = (ElbaCounterparties(book), ElbaInvoices(book), ElbaActs(book))
    return {path: actions for part in parts for path, actions in part.paths().items()}


def _check_token(state: str) -> None:
    if state == "other_scope":
        raise BookError(403, "insufficient_scope")
    if state != "good":
        raise BookError(401, "token_expired" if state == "expired" else "invalid_token")


def _explain(error: BookError, call: Call) -> Row:
    details = [{"field": detail.field, "message": detail.text} for detail in error.details]
    about = {"code": error.code, "message": str(error), "errors": details}
    return about | {"traceId": call.request_id}
