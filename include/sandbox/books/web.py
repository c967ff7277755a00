"""Between HTTP and the books: a request read whole, its answer, and the service that gives it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from email.utils import formatdate
from math import ceil
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import uuid4

import simplejson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from sandbox.books.errors import BookError, not_found

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from sandbox.books.book import Book, Row

JSON = "application/json; charset=utf-8"

READS = ("GET", "HEAD")

# For what the router refuses before any handler is asked.
CODES = {404: "not_found", 405: "method_not_allowed"}


@dataclass(frozen=True)
class Call:
    """One request, read whole, so that its handler never waits and nothing comes in between."""

    method: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes = b""
    request_id: str = field(default_factory=lambda: str(uuid4()))

    @classmethod
    def of(cls, request: Request, content: bytes = b"") -> Call:
        """What a handler needs to know of *request*."""
        request_id = request.headers.get("x-request-id") or str(uuid4())
        return cls(
            request.method, request.path_params, request.query_params, request.headers, content, request_id
        )

    def json(self) -> Row:
        """The body as an object, numbers as `int` and `Decimal`.

        :raises BookError: 415 for another media type, 400 for a body that is no JSON object.
        """
        if not _is_json(self.headers.get("content-type", "")):
            raise BookError(415, "unsupported_media_type", "Content-Type должен быть application/json")
        body = parse(self.content)
        if not isinstance(body, dict):
            raise BookError(400, "malformed_json", "Тело запроса — не объект JSON")
        return body

    def json_or_nothing(self) -> Row:
        """The body as an object; an empty body is an empty object."""
        return self.json() if self.content.strip() else {}


@dataclass(frozen=True)
class Answer:
    """A status and what to say with it: a JSON value, or a text, or nothing."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = JSON

    def also(self, headers: Mapping[str, str]) -> Answer:
        """The same answer with more headers."""
        return replace(self, headers={**headers, **self.headers})

    def response(self) -> Response:
        """The same for Starlette."""
        spoken = self.body if self.media_type != JSON else dumps(self.body)
        content = "" if self.body is None else str(spoken)
        return Response(content, self.status, dict(self.headers), self.media_type)


Handler: TypeAlias = "Callable[[Call], Answer]"


@dataclass(frozen=True)
class Action:
    """What one method of one path does; *seed* when the description that started the project names it."""

    handle: Handler
    seed: bool = False


Paths: TypeAlias = "Mapping[str, Mapping[str, Action]]"


def no_headers(_call: Call) -> Mapping[str, str]:
    """Nothing to add to an answer."""
    return {}


@dataclass(frozen=True)
class Service:
    """The HTTP face of one of the books.

    :ivar admit: raises a `BookError` unless the call may be made.
    :ivar explain: the body of a refusal in this book's own shape.
    :ivar on_write: called after every call that may have changed the book, before its answer leaves.
    :ivar headers: what every answer carries.
    """

    book: Book
    paths: Paths
    admit: Callable[[Call], None]
    explain: Callable[[BookError, Call], object]
    on_write: Callable[[], None]
    headers: Callable[[Call], Mapping[str, str]] = no_headers

    def app(self) -> Starlette:
        """All of the paths as an application of their own."""
        routes = [
            Route(path, self._endpoint(deeds), methods=list(deeds)) for path, deeds in self.paths.items()
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: self._refuse_route})

    def answer(self, call: Call, action: Action) -> Answer:
        """Do what *action* does, or refuse it."""
        try:
            self.admit(call)
            if self.book.is_on("seed_only") and not action.seed:
                raise not_found()
            return action.handle(call).also(self.headers(call))
        except BookError as error:
            return self.refuse(error, call)

    def refuse(self, error: BookError, call: Call) -> Answer:
        """Say no, in the form that the profile ``error_body`` asks for."""
        body, media_type = self._refusal(error, call)
        return Answer(error.status, body, {**self.headers(call), **error.headers}, media_type)

    def _refusal(self, error: BookError, call: Call) -> tuple[object, str]:
        match self.book.profile("error_body"):
            case "html":
                return f"<html><body><h1>{error.status}</h1></body></html>", "text/html"
            case "text":
                return f"Ошибка {error.status}: {error}", "text/plain"
            case "empty":
                return None, JSON
        return self.explain(error, call), JSON

    def _endpoint(self, deeds: Mapping[str, Action]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            call = Call.of(request, await request.body())
            answer = self.answer(call, deeds["GET" if call.method == "HEAD" else call.method])
            if call.method not in READS:
                self.on_write()
            return answer.response()

        return endpoint

    async def _refuse_route(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return self.refuse(BookError(status, CODES.get(status, "invalid_query")), Call.of(request)).response()


def retry_after(book: Book, seconds: float) -> dict[str, str]:
    """The header that asks to wait, in the form that the profile ``retry_after`` gives it."""
    match book.profile("retry_after"):
        case "absent":
            return {}
        case "http_date":
            return {"Retry-After": formatdate(ceil(book.clock() + seconds), usegmt=True)}
    return {"Retry-After": str(ceil(seconds))}


def parse(content: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    """Read JSON with its decimals exact.

    :raises BookError: 400 for what is not JSON in UTF-8.
    """
    try:
        return simplejson.loads(content.decode(), use_decimal=True)
    except ValueError as error:
        raise BookError(400, "malformed_json", "Тело запроса — не JSON") from error


def dumps(value: object) -> str:
    """Write JSON with decimals as numbers, to the digit."""
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False)


def _is_json(media_type: str) -> bool:
    kind = media_type.partition(";")[0].strip().lower()
    return kind in ("application/json", "text/json") or (
        kind.startswith("application/") and kind.endswith("+json")
    )
