"""The rotating OAuth tokens of a Bitrix application: a new pair is stored before it is used."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import KW_ONLY, dataclass, field
from typing import Protocol

import requests

from bookkeeping.clients.auth import access_token_in, keep_quiet, token_endpoint
from bookkeeping.errors import MisconfiguredError


@dataclass(frozen=True)
class TokenPair:
    """An access token, empty before the first renewal, and the refresh token that gets the next pair."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


class TokenStore(Protocol):
    """Where the pair outlives a process; a pair that is lost means that a person authorizes anew."""

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep every other renewal of this pair out, in this process and in any other."""

    def load(self) -> TokenPair:
        """Return the pair that was saved last, or the one that the connection began with."""

    def save(self, pair: TokenPair) -> None:
        """Keep the pair for good before returning."""


@dataclass
class BitrixOAuth:
    """Tokens for the ``auth`` field of calls, renewed at the authorization server by one at a time.

    :ivar on_secret: told of every token before it is used.
    """

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    store: TokenStore = field(repr=False)
    _: KW_ONLY
    on_secret: Callable[[str], None] = keep_quiet
    sleep: Callable[[float], None] = time.sleep
    _pair: TokenPair = field(default=TokenPair("", ""), init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The application's secret and the pair in use."""
        return (self.client_secret, self._pair.access_token, self._pair.refresh_token)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request as it is: the token travels in the payload."""
        return request

    def renew(self, refused: requests.PreparedRequest) -> bool:  # noqa: ARG002 part of Auth
        """Leave it to the caller, who alone can tell an expired token from a withdrawn one."""
        return False

    def token(self, refused: str = "") -> str:
        """Return an access token that is not the refused one, renewing the pair if there is none.

        :raises MisconfiguredError: the refresh token is dead: a person authorizes the application anew.
        """
        with self._lock:
            if self._pair.access_token in ("", refused):
                self._pair = self._next_pair(refused)
            return self._pair.access_token

    def _next_pair(self, refused: str) -> TokenPair:
        with self.store.exclusive():
            pair = self._known(self.store.load())
            if pair.access_token in ("", refused):
                pair = self._renewed(pair)
                self.store.save(pair)
            return pair

    def _renewed(self, pair: TokenPair) -> TokenPair:
        query = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": pair.refresh_token,
        }
        secrets = (self.client_secret, pair.refresh_token)
        endpoint = token_endpoint(self.token_url, *secrets, sleep=self.sleep)
        granted = endpoint.read("GET", "", params=query)
        refresh_token = granted.get("refresh_token")
        access_token = access_token_in(granted.body)
        if not isinstance(refresh_token, str) or not refresh_token:
            raise MisconfiguredError("The OAuth server gave no refresh_token: check token_url.")
        return self._known(TokenPair(access_token, refresh_token))

    def _known(self, pair: TokenPair) -> TokenPair:
        for secret in filter(None, (pair.access_token, pair.refresh_token)):
            self.on_secret(secret)
        return pair
