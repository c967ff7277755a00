"""Kontur.Accounting on the wire: its paths, its keys, its words for an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.books.errors import BookError
from sandbox.books.kontur_corrections import KonturCorrections
from sandbox.books.kontur_counterparties import KonturCounterparties
from sandbox.books.kontur_documents import KonturDocuments
from sandbox.books.kontur_money import KonturMoney
from sandbox.books.kontur_reference import KonturReference
from sandbox.books.web import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.books.book import Book, Row
    from sandbox.books.settings import Settings
    from sandbox.books.tokens import Tokens
    from sandbox.books.web import Call, Paths

SCOPE = "accounting.api"
ACCOUNT = "/accounts/{account}"
CLOSED_DOORS = {"forbidden": 403, "plan_without_api": 403, "subscription_expired": 402}


def kontur_service(book: Book, tokens: Tokens, settings: Settings, on_write: Callable[[], None]) -> Service:
    """The whole of the contract over one account's book."""
    return Service(
        book,
        paths=_paths(book, settings),
        admit=_Porter(book, tokens, settings).admit,
        explain=_explain,
        on_write=on_write,
        headers=lambda call: {"X-Request-Id": call.request_id},
    )


def _paths(book: Book, settings: Settings) -> Paths:
    parts = (
        KonturReference(book, settings.credentials.kontur_account, settings.seller),
        KonturCounterparties(book),
        KonturDocuments(book),
        KonturMoney(book),
        KonturCorrections(book),
    )
    return {ACCOUNT + path: actions for part in parts for path, actions in part.paths().items()}


class _Porter:
    def __init__(self, book: Book, tokens: Tokens, settings: Settings) -> None:
        self._book = book
        self._tokens = tokens
        self._credentials = settings.credentials

    def admit(self, call: Call) -> None:
        self._check_credentials(call)
        if call.path["account"] != self._credentials.kontur_account:
            raise BookError(404, "account_not_found")
        access = self._book.profile("access")
        if access in CLOSED_DOORS:
            raise BookError(CLOSED_DOORS[access], access)

    def _check_credentials(self, call: Call) -> None:
        key = call.headers.get(self._book.profile("api_key_header"))
        authorization = call.headers.get("authorization")
        if key is not None and authorization is not None:
            raise BookError(400, "ambiguous_credentials")
        if authorization is not None:
            self._check_token(authorization)
        elif key != self._credentials.kontur_api_key:
            raise BookError(401, "unauthorized")

    def _check_token(self, authorization: str) -> None:
        state = self._tokens.state_of(authorization, SCOPE)
        if state == "other_scope":
            raise BookError(403, "forbidden")
        if state != "good":
            raise BookError(401, "unauthorized", headers={"WWW-Authenticate": "Bearer"})


def _explain(error: BookError, call: Call) -> Row:
    details = [
        {"field": detail.field, "code": detail.code, "message": detail.text} for detail in error.details
    ]
    about = {"code": error.code, "message": str(error), "details": details}
    return {"error": about | {"requestId": call.request_id}}
