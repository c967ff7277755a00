"""The application's tokens: an access token for an hour, a refresh token for one use."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from sandbox.bitrix.errors import RestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.bitrix.php import Params

ACCESS_LIFETIME = 3600


@dataclass(frozen=True, slots=True)
class BitrixOAuth:
    """An application that the portal's owner has installed, with the refresh token he got."""

    client_id: str
    client_secret: str
    refresh_token: str


class TokenDesk:
    """Issues tokens to one application; each refresh makes the refresh token before it useless."""

    def __init__(self, app: BitrixOAuth, clock: Callable[[], float]) -> None:
        self._app = app
        self._clock = clock
        self._refresh_token = app.refresh_token
        self._expires: dict[str, int] = {}
        self._numbers = count(1)

    def refresh(self, params: Params) -> dict[str, str | int]:
        """Give a new pair for a refresh token, or refuse in the words of OAuth."""
        self._check_request(params)
        expires = int(self._clock()) + ACCESS_LIFETIME
        access_token = self._invent("access")
        self._expires[access_token] = expires
        self._refresh_token = self._invent("refresh")
        return {
            "access_token": access_token,
            "refresh_token": self._refresh_token,
            "expires_in": ACCESS_LIFETIME,
            "expires": expires,
        }

    def check(self, token: str) -> None:
        """Refuse a token that is missing, unknown or over."""
        if not token:
            raise RestError(401, "NO_AUTH_FOUND", "Wrong authorization data")
        if token not in self._expires:
            raise RestError(401, "invalid_token", "Unable to get application by token")
        if self._clock() >= self._expires[token]:
            raise RestError(401, "expired_token", "The access token provided has expired")

    def _check_request(self, params: Params) -> None:
        if params.get("grant_type") != "refresh_token":
            raise RestError(400, "invalid_request", "Only grant_type=refresh_token is served here")
        if (params.get("client_id"), params.get("client_secret")) != (
            self._app.client_id,
            self._app.client_secret,
        ):
            raise RestError(400, "invalid_client", "The client does not match")
        if params.get("refresh_token") != self._refresh_token:
            raise RestError(400, "invalid_grant", "The refresh token was used already, or never given")

    def _invent(self, purpose: str) -> str:
        text = f"{self._app.client_secret}/{purpose}/{next(self._numbers)}"
        return hashlib.sha256(text.encode()).hexdigest()
