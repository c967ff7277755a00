"""The three books together: their services, their state, and the file that outlives the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import simplejson

from sandbox.books import (
    elba_oauth,
    elba_oauth_common,
    elba_public,
    elba_public_common,
    kontur,
    kontur_common,
)
from sandbox.books.book import Book
from sandbox.books.elba_public_organizations import to_account
from sandbox.books.kontur_documents import with_balance
from sandbox.books.tokens import Client, Tokens
from sandbox.books.web import dumps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.books.book import Row
    from sandbox.books.settings import Settings
    from sandbox.books.web import Service
    from sandbox.profiles import Profiles

# Where each book lies on the one origin: the vendors' own paths, so that only the host is swapped.
BASES = {"kontur": "/budget/v1", "elba_oauth": "/api/v1", "elba_public": "/v1"}

BANK = "044525225"
BANK_ACCOUNT = "40702810838000000017"


class Shelf:
    """Kontur.Accounting and Kontur.Elba in both dialects, filled from the state file if there is one.

    :raises ValueError: when the state file is not one of ours.
    :raises OSError: when it cannot be written.
    """

    def __init__(self, settings: Settings, profiles: Profiles, clock: Callable[[], float]) -> None:
        keys = settings.credentials
        account = to_account(BANK_ACCOUNT, BANK) | {"id": keys.elba_bank_account_id}
        self.kontur = Book("kontur", kontur_common.COLLECTIONS, profiles=profiles, clock=clock)
        self.elba_oauth = Book("elba_oauth", elba_oauth_common.COLLECTIONS, profiles=profiles, clock=clock)
        self.elba_public = Book(
            "elba_public",
            elba_public_common.COLLECTIONS,
            profiles=profiles,
            clock=clock,
            given={"bank_accounts": [account]},
        )
        kontur_client = Client(keys.kontur_client_id, keys.kontur_client_secret, kontur.SCOPE, self.kontur)
        elba_client = Client(keys.elba_client_id, keys.elba_client_secret, elba_oauth.SCOPE, self.elba_oauth)
        self.tokens = Tokens([kontur_client, elba_client], clock)
        self.services: dict[str, Service] = {
            "kontur": kontur.kontur_service(self.kontur, self.tokens, settings, self.save),
            "elba_oauth": elba_oauth.elba_oauth_service(self.elba_oauth, self.tokens, self.save),
            "elba_public": elba_public.elba_public_service(self.elba_public, settings, self.save),
        }
        self._file = settings.state_file
        if self._file and self._file.exists():
            self._load(self._file)
        self.save()

    @property
    def books(self) -> dict[str, Book]:
        """The books by their names."""
        return {name: service.book for name, service in self.services.items()}

    def state(self) -> dict[str, Row]:
        """All rows of all books, Kontur's documents with what is still owed on them."""
        state = {name: book.as_lists() for name, book in self.books.items()}
        documents = [with_balance(self.kontur, row) for row in self.kontur.rows("documents")]
        return state | {"kontur": state["kontur"] | {"documents": documents}}

    def clear(self) -> None:
        """Empty all books."""
        for book in self.books.values():
            book.clear()

    def save(self) -> None:
        """Write the books to the state file, if there is one, whole or not at all."""
        if self._file is None:
            return
        draft = self._file.with_suffix(".draft")
        draft.write_text(dumps({name: book.dump() for name, book in self.books.items()}), "utf-8")
        draft.replace(self._file)

    def _load(self, file: Path) -> None:
        try:
            dump = simplejson.loads(file.read_text("utf-8"), use_decimal=True)
            for name, book in self.books.items():
                book.load(dump[name])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{file} does not hold the books of a sandbox") from error
