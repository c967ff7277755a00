"""Sign requests: with an API key in a header, or with an OAuth token that is kept until it nearly expires."""

import threading
import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, replace

import requests
from requests.auth import AuthBase

from bookkeeping.clients.answers import Json, codes_of
from bookkeeping.clients.transport import NoTokenError, Transport, Unsigned, open_session
from bookkeeping.errors import MisconfiguredError, TransientError

EARLY = 60.0  # seconds before its end that a token is no longer used
NEVER = float("-inf")


def keep_quiet(secret: str) -> None:
    """Tell nobody about a new secret."""


@dataclass(frozen=True)
class ApiKey(AuthBase):
    """A key that never changes, in a header of the service's choice."""

    header: str
    key: str = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key."""
        return (self.key,)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        request.headers[self.header] = self.key
        return request

    def renew(self, refused: requests.PreparedRequest) -> bool:  # noqa: ARG002 part of Auth
        """A refused key stays refused."""
        return False


@dataclass
class ClientCredentials(AuthBase):
    """An OAuth 2.0 token for a program (RFC 6749, 4.4), fetched when needed, by one thread at a time.

    An instance stands for one (token URL, client, scope) and keeps its token for
    ``max(expires_in - 60, 0)`` seconds. A refused client is a ``MisconfiguredError``; a token endpoint that
    fails six times running is a ``TransientError``.

    :ivar on_secret: told of every new token before it is used.
    :ivar clock: seconds that never go back.
    :ivar sleep: what waits between two tries to get a token.
    :ivar session: the way to the OAuth server.
    """

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    _: KW_ONLY
    on_secret: Callable[[str], None] = keep_quiet
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    session: requests.Session = field(default_factory=open_session, repr=False, compare=False)
    _token: str = field(default="", init=False, repr=False)
    _good_until: float = field(default=NEVER, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        endpoint = token_endpoint(self.token_url, self.client_secret, sleep=self.sleep)
        self._endpoint = replace(endpoint, session=self.session)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The client's secret and the token in use."""
        return (self.client_secret, self._token)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the token, fetching it first if there is none that is good."""
        request.headers["Authorization"] = f"Bearer {self._fresh_token()}"
        return request

    def renew(self, refused: requests.PreparedRequest) -> bool:
        """Forget the refused token, unless another thread has already replaced it."""
        with self._lock:
            if refused.headers.get("Authorization") == f"Bearer {self._token}":
                self._good_until = NEVER
        return True

    def _fresh_token(self) -> str:
        with self._lock:
            if self.clock() >= self._good_until:
                self._keep(self._fetch())
            return self._token

    def _fetch(self) -> Json:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": self.scope,
        }
        try:
            return self._endpoint.read("POST", "", form=form).body
        except TransientError as error:
            raise NoTokenError(str(error), retry_after=error.retry_after) from None

    def _keep(self, granted: Json) -> None:
        token = access_token_in(granted)
        self.on_secret(token)
        lifetime = max(_seconds(granted.get("expires_in")) - EARLY, 0.0)
        self._token, self._good_until = token, self.clock() + lifetime


def token_endpoint(token_url: str, *secrets: str, sleep: Callable[[float], None] = time.sleep) -> Transport:
    """Return the way to an OAuth server: whatever it refuses, the settings are wrong."""
    verdicts = {"4xx": MisconfiguredError}
    return Transport(token_url, auth=Unsigned(secrets), verdicts=verdicts, sleep=sleep)


def access_token_in(granted: Json) -> str:
    """Return the token that an OAuth server granted.

    :raises MisconfiguredError: there is none in the answer, though its status said all was well.
    """
    token = granted.get("access_token") if isinstance(granted, dict) else None
    if isinstance(token, str) and token:
        return token
    said = " ".join(codes_of(granted)) or "no reason"
    raise MisconfiguredError(
        f"The OAuth server gave no access_token ({said}): check token_url and the client."
    )


def _seconds(expires_in: Json) -> float:
    return float(expires_in) if str(expires_in).isdecimal() else 0.0
