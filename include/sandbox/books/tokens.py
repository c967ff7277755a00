"""The token endpoint: client credentials in, a bearer token out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from uuid import uuid5

from sandbox.books.book import NAMESPACE
from sandbox.books.web import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.books.book import Book
    from sandbox.books.web import Call

FORM = "application/x-www-form-urlencoded"
NEEDED = ("grant_type", "client_id", "client_secret", "scope")

# A token is good for a little longer than it says, as clocks differ: else `expires_in: 0` were of no use.
LEEWAY = 5.0


@dataclass(frozen=True)
class Client:
    """An application that may ask for tokens of one scope, for one of the books."""

    client_id: str
    secret: str
    scope: str
    book: Book

    @property
    def is_revoked(self) -> bool:
        """Whether the profile ``client`` of its book took its rights away."""
        return self.book.is_set("client", "revoked")


@dataclass
class _Token:
    client: Client
    good_until: float


class Tokens:
    """All tokens given so far; they do not outlive the process."""

    def __init__(self, clients: Sequence[Client], clock: Callable[[], float]) -> None:
        self._clients = {client.client_id: client for client in clients}
        self._clock = clock
        self._tokens: dict[str, _Token] = {}

    def answer(self, call: Call) -> Answer:
        """Give a token, or say by an OAuth error code why not."""
        form = dict(parse_qsl(call.content.decode(errors="replace")))
        if error := self._objection(form, call.headers.get("content-type", "")):
            return Answer(400, {"error": error, "error_description": f"Токен не выдан: {error}"})
        return self._issue(self._clients[form["client_id"]])

    def state_of(self, authorization: str, scope: str) -> str:
        """What an ``Authorization`` header is worth: `good`, `expired`, `unknown` or `other_scope`."""
        token = self._tokens.get(authorization.removeprefix("Bearer "))
        if token is None or token.client.is_revoked:
            return "unknown"
        if self._clock() >= token.good_until:
            return "expired"
        return "good" if token.client.scope == scope else "other_scope"

    def expire(self, authorization: str) -> None:
        """End the life of the token in this header, if it is one of ours."""
        if token := self._tokens.get(authorization.removeprefix("Bearer ")):
            token.good_until = 0.0

    def _objection(self, form: Mapping[str, str], media_type: str) -> str | None:
        client = self._clients.get(form.get("client_id", ""))
        if not media_type.startswith(FORM) or not all(form.get(name) for name in NEEDED):
            return "invalid_request"
        if form["grant_type"] != "client_credentials":
            return "unsupported_grant_type"
        if client is None or client.secret != form["client_secret"] or client.is_revoked:
            return "invalid_client"
        return None if form["scope"] == client.scope else "invalid_scope"

    def _issue(self, client: Client) -> Answer:
        text = f"sandbox-token-{uuid5(NAMESPACE, f'token/{len(self._tokens)}').hex}"
        expires_in = int(client.book.profile("expires_in"))
        self._tokens[text] = _Token(client, self._clock() + expires_in + LEEWAY)
        return Answer(200, {"access_token": text, "token_type": "Bearer", "expires_in": expires_in})
