"""The sandbox's own addresses: see what the books hold, change how they behave, plant differences."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from sandbox.books import elba_oauth_documents, elba_public_documents
from sandbox.books.checks import is_number
from sandbox.books.errors import BookError, not_found
from sandbox.books.web import READS, Answer, Call
from sandbox.faults import FaultError
from sandbox.profiles import ProfileError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from sandbox.books.book import Book, Row
    from sandbox.books.shelf import Shelf
    from sandbox.books.web import Handler
    from sandbox.faults import FaultSwitch
    from sandbox.profiles import Profiles


@dataclass(frozen=True)
class Admin:
    """The steering of one sandbox; it asks nobody for a key."""

    shelf: Shelf
    profiles: Profiles
    faults: FaultSwitch
    counters: Callable[[], dict[str, Any]]

    def routes(self) -> list[Route]:
        """All of its addresses."""
        return [
            self._route("/_sandbox/state", GET=self.state),
            self._route("/_sandbox/profiles", GET=self.get_profiles, PUT=self.put_profiles),
            self._route(
                "/_sandbox/faults", GET=self.get_faults, POST=self.add_fault, DELETE=self.clear_faults
            ),
            self._route("/_sandbox/books", DELETE=self.clear),
            self._route("/_sandbox/books/{book}/{collection}", POST=self.plant),
            self._route("/_sandbox/books/{book}/{collection}/{id}", PATCH=self.patch, DELETE=self.delete),
            self._route("/_sandbox/elba_public/bills/{id}/pay", POST=self.pay_bill),
            self._route("/_admin/invoices/{id}/pay", POST=self.pay_invoice),
        ]

    def state(self, _call: Call) -> Answer:
        """All that the books hold, and all that was counted."""
        return Answer(200, {**self.shelf.state(), "counters": self.counters()})

    def get_profiles(self, _call: Call) -> Answer:
        """Every profile and its value."""
        return Answer(200, self.profiles.as_dict())

    def put_profiles(self, call: Call) -> Answer:
        """Change some profiles; the others stay."""
        self.profiles.update(call.json())
        return self.get_profiles(call)

    def get_faults(self, _call: Call) -> Answer:
        """The rules and how often they fired."""
        return Answer(200, self.faults.as_list())

    def add_fault(self, call: Call) -> Answer:
        """One more rule."""
        return Answer(201, self.faults.add(call.json()).as_dict())

    def clear_faults(self, _call: Call) -> Answer:
        """No rules."""
        self.faults.clear()
        return Answer(204)

    def clear(self, _call: Call) -> Answer:
        """Empty books; the shop stays."""
        self.shelf.clear()
        return Answer(204)

    def plant(self, call: Call) -> Answer:
        """Put a row into a collection as it is, unchecked."""
        return Answer(201, self._book(call).add(call.path["collection"], call.json()))

    def patch(self, call: Call) -> Answer:
        """Change some fields of a row, unchecked."""
        row, book = self._row(call), self._book(call)
        touched = {"modifiedAt": book.timestamp()} if "modifiedAt" in row else {}
        change = {name: value for name, value in call.json().items() if name != "id"}
        return Answer(200, book.replace(call.path["collection"], row | touched | change))

    def delete(self, call: Call) -> Answer:
        """Take a row away, and nothing of what hangs on it."""
        self._book(call).remove(call.path["collection"], str(self._row(call)["id"]))
        return Answer(204)

    def pay_bill(self, call: Call) -> Answer:
        """Money for a bill of the public Elba API, with its news."""
        return Answer(200, elba_public_documents.pay(self.shelf.elba_public, call.path["id"], _sum(call)))

    def pay_invoice(self, call: Call) -> Answer:
        """Money for a bill of the first Elba dialect."""
        return Answer(200, elba_oauth_documents.pay(self.shelf.elba_oauth, call.path["id"], _sum(call)))

    def _book(self, call: Call) -> Book:
        book = self.shelf.books.get(call.path["book"])
        if book is None or call.path["collection"] not in book.as_lists():
            raise not_found()
        return book

    def _row(self, call: Call) -> Row:
        row = self._book(call).find(call.path["collection"], call.path["id"])
        if row is None:
            raise not_found()
        return row

    def _route(self, path: str, **handlers: Handler) -> Route:
        return Route(path, self._endpoint(handlers), methods=list(handlers))

    def _endpoint(self, handlers: Mapping[str, Handler]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            call = Call.of(request, await request.body())
            answer = _answer(handlers["GET" if call.method == "HEAD" else call.method], call)
            if call.method not in READS:
                self.shelf.save()
            return answer.response()

        return endpoint


def _answer(handle: Handler, call: Call) -> Answer:
    try:
        return handle(call)
    except BookError as error:
        return Answer(error.status, {"error": str(error)})
    except (FaultError, ProfileError) as error:
        return Answer(400, {"error": str(error)})


def _sum(call: Call) -> Decimal:
    amount = call.json().get("sum")
    if not is_number(amount):
        raise BookError(400, "invalid_amount")
    return Decimal(amount)
