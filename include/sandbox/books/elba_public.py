"""The public Elba API on the wire: its paths, its key, its words for an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.books.elba_public_contractors import Contractors
from sandbox.books.elba_public_documents import Documents
from sandbox.books.elba_public_links import Links
from sandbox.books.elba_public_organizations import Organizations
from sandbox.books.errors import BookError
from sandbox.books.web import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.books.book import Book, Row
    from sandbox.books.settings import Settings
    from sandbox.books.web import Call, Paths

CLOSED_DOORS = {"payment_required": 402, "forbidden": 403}


def elba_public_service(book: Book, settings: Settings, on_write: Callable[[], None]) -> Service:
    """The contract over one organisation's book, without the catalogue of products."""
    credentials = settings.credentials

    def admit(call: Call) -> None:
        if call.headers.get("x-kontur-apikey") != credentials.elba_api_key:
            raise BookError(401, "unauthorized")
        if (access := book.profile("access")) in CLOSED_DOORS:
            raise BookError(CLOSED_DOORS[access], access)
        own = credentials.elba_organization_id
        if call.path.get("organization", own).lower() != own:
            raise BookError(403, "forbidden", "Ключ не от этой организации")

    return Service(book, _paths(book, settings), admit, _explain, on_write)


def _paths(book: Book, settings: Settings) -> Paths:
    parts = (Organizations(book, settings), Contractors(book), Documents(book), Links(book))
    return {path: actions for part in parts for path, actions in part.paths().items()}


def _explain(error: BookError, call: Call) -> Row:
    details = [
        {"code": detail.code, "message": detail.text, "target": detail.field} for detail in error.details
    ]
    about = {
        "code": error.code,
        "message": str(error),
        "target": error.details[0].field if error.details else None,
        "details": details or None,
        "context": error.context,
    }
    return {"statusCode": error.status, "traceId": call.request_id, "error": about}
