"""One way to call an HTTP API: never without a timeout, reads repeated, writes sent once, failures named."""

import io
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar
from urllib.parse import urlencode, urlsplit

import requests
import simplejson
import tenacity
import urllib3

from bookkeeping.clients.answers import Answer, to_answer
from bookkeeping.clients.failures import Verdicts, failure_of, next_step
from bookkeeping.clients.masking import mask, mask_http_logs, personal_texts
from bookkeeping.deadline import seconds_left
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, SyncError, TransientError

USER_AGENT = "bitrix-accounting/0.1 (Apache Airflow)"
TIMEOUT = (10.0, 60.0)
TRIES = 6
LONGEST_BACKOFF = 60.0

T = TypeVar("T")
Payload: TypeAlias = dict[str, Any]

JSON = simplejson.JSONEncoder(use_decimal=True, ensure_ascii=False)


def to_json(payload: Payload) -> str:
    """Write a payload as it is sent: money as numbers such as ``1234.50``."""
    return str(JSON.encode(payload))


class NoTokenError(TransientError):
    """There is no token to be had, after as many tries as make sense: nobody asks again at once."""


class Auth(Protocol):
    """What signs a request, and knows which strings must never be shown."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The keys and tokens in use."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign the request; may raise any SyncError, for nothing has been sent yet."""

    def renew(self, refused: requests.PreparedRequest) -> bool:
        """Make way for another token after a 401; False if there is none to get."""


@dataclass(frozen=True)
class Unsigned:
    """Signs nothing, for a secret that travels elsewhere: in the address or in the payload."""

    secrets: tuple[str, ...] = field(default=(), repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request as it is."""
        return request

    def renew(self, refused: requests.PreparedRequest) -> bool:  # noqa: ARG002 part of Auth
        """There is no other token."""
        return False


def open_session() -> requests.Session:
    """Return a session that names us, asks for JSON, and logs no secret."""
    mask_http_logs()
    session = requests.Session()
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
    return session


class Body(io.BytesIO):
    """A request's body that knows whether the network has begun to take it.

    Until then the server cannot have acted: a refused connection, an unknown host and a failed TLS handshake
    all leave it untouched. So here is the last moment to think better of it.

    :param before: called just before the first byte leaves; what it raises keeps the request at home.
    """

    def __init__(self, content: bytes, before: Callable[[], None]) -> None:
        super().__init__(content)
        self.taken = False
        self._before = before

    def read(self, size: int | None = -1, /) -> bytes:
        """Hand over the next bytes, and remember it."""
        if not self.taken:
            self._before()
        self.taken = True
        return super().read(size)


@dataclass(frozen=True)
class Call:
    """One request to be made; nothing in its ``repr`` says what it carries."""

    method: str
    path: str
    _: KW_ONLY
    params: Mapping[str, Any] | None = field(default=None, repr=False)
    json: Payload | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    writes: bool = False

    def to_body(self, before: Callable[[], None]) -> Body | None:
        """Return the payload as bytes: money leaves as JSON numbers such as ``1234.50``."""
        if self.form is not None:
            return Body(urlencode(self.form).encode(), before)
        if self.json is None:
            return None
        return Body(to_json(self.json).encode(), before)

    @property
    def content_type(self) -> dict[str, str]:
        """Return the header that says what the body is, if there is one."""
        if self.form is not None:
            return {"Content-Type": "application/x-www-form-urlencoded"}
        return {} if self.json is None else {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Transport:
    """One service behind one address.

    :ivar base_url: what every path is appended to; it may hold a secret.
    :ivar auth: signs each request, and knows which strings no message may show.
    :ivar label: the connection that led here, for messages.
    :ivar timeout: seconds to connect, and seconds to wait for each part of the answer.
    :ivar limit: holds every request until its turn comes, and while it is under way.
    :ivar headers: sent with every request, beside the session's own.
    :ivar verdicts: what this service's codes mean.
    :ivar max_inline_wait: the longest wait in seconds, asked for by the service, that a read sits out.
    :ivar clock: epoch seconds, for a wait that the service gives as a date.
    """

    base_url: str = field(repr=False)
    _: KW_ONLY
    label: str = ""
    auth: Auth = field(default_factory=Unsigned, repr=False)
    timeout: tuple[float, float] = TIMEOUT
    limit: Callable[[], AbstractContextManager[object]] = nullcontext
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    session: requests.Session = field(default_factory=open_session, repr=False)
    verdicts: Verdicts = field(default_factory=dict, repr=False)
    max_inline_wait: float = 60.0
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def with_verdicts(self, verdicts: Verdicts) -> "Transport":
        """Return the same way to the same service, that knows what its codes mean."""
        return replace(self, verdicts={**self.verdicts, **verdicts})

    def read(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Payload | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call what changes nothing; it is repeated, at most six times, while it fails for a passing reason.

        :raises TransientError: it still fails, or the service asks for a wait above ``max_inline_wait``.
        :raises ApiRefusal: the service said no, and ``verdicts`` do not make it another error.
        :raises MisconfiguredError: the key, the rights, the plan or the address is wrong.
        """
        call = Call(method, path, params=params, json=json, form=form)
        return self.patiently(lambda: self._exchange(call))

    def write(
        self, method: str, path: str, *, json: Payload | None = None, form: Mapping[str, str] | None = None
    ) -> Answer:
        """Call what changes something, once: only a 401 that got us another token sends it a second time.

        Nothing is sent that could outlive the claim it is made under (see :mod:`bookkeeping.deadline`).

        :raises TransientError: it surely had no effect.
        :raises OutcomeUnknownError: it may have landed.
        :raises ApiRefusal, MisconfiguredError: as in :meth:`read`.
        """
        return self._exchange(Call(method, path, json=json, form=form, writes=True))

    def patiently(self, work: Callable[[], T], on: type[TransientError] = TransientError) -> T:
        """Repeat work that changes nothing while it raises *on*, waiting as long as it was told to."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(
                lambda e: isinstance(e, on) and not isinstance(e, NoTokenError)
            ),
            wait=_wait,
            stop=self._gives_up,
            sleep=self.sleep,
            reraise=True,
        )
        return retrying(work)

    def _gives_up(self, state: tenacity.RetryCallState) -> bool:
        return state.attempt_number >= TRIES or (_asked(state) or 0.0) > self.max_inline_wait

    def _exchange(self, call: Call) -> Answer:
        response = self._send(call)
        if response.status_code == requests.codes.unauthorized and self.auth.renew(response.request):
            response = self._send(call)
        answer = to_answer(response, now=self.clock(), hidden=self._hidden(call))
        if failure := failure_of(answer, self.verdicts, called=self._called(call), writes=call.writes):
            raise failure
        return answer

    def _send(self, call: Call) -> requests.Response:
        body = call.to_body(partial(self._refuse_late, call))
        try:
            signed = self._signed(call, body)
            settings = self.session.merge_environment_settings(signed.url, {}, None, None, None)
            with self.limit():
                return self.session.send(signed, timeout=self.timeout, allow_redirects=False, **settings)
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
            failure = self._broken(call, error, sent=body is not None and body.taken)
        raise failure  # outside the handler: the caught error knows the whole address

    def _signed(self, call: Call, body: Body | None) -> requests.PreparedRequest:
        """Make the request ready, which may take a new token, before it waits for its turn."""
        request = requests.Request(
            call.method,
            self.base_url.rstrip("/") + call.path if call.path else self.base_url,
            params=call.params,
            data=body,
            headers={**call.content_type, **self.headers},
            auth=self.auth,
        )
        return self.session.prepare_request(request)

    def _refuse_late(self, call: Call) -> None:
        """A write whose claim would lapse before its answer is due stays at home."""
        if call.writes and seconds_left(self.clock()) < self.timeout[1]:
            raise TransientError(
                f"{self._called(call)} came to its turn too late. {next_step(TransientError)}"
            )

    def _broken(self, call: Call, error: Exception, *, sent: bool) -> SyncError:
        kind: type[SyncError] = TransientError
        if call.writes and sent:
            kind = OutcomeUnknownError
        elif isinstance(error, ValueError):
            kind = MisconfiguredError
        return kind(f"{self._called(call)} failed: {_cause(error)}. {next_step(kind)}")

    def _called(self, call: Call) -> str:
        address = urlsplit(self.base_url)
        through = f" (connection {self.label}, {address.netloc})" if self.label else ""
        called = f"{call.method} {address.path.rstrip('/')}{call.path}{through}"
        return mask(called, self.auth.secrets)

    def _hidden(self, call: Call) -> list[str]:
        carried = (call.json, call.form, call.params)
        return [*self.auth.secrets, *(text for each in carried for text in personal_texts(each))]


def _cause(error: BaseException) -> str:
    """Name the last error of a chain and the first; their texts may hold the whole address."""
    first = error
    while first.__context__ is not None:
        first = first.__context__
    return f"{type(error).__name__} ({type(first).__name__})"


def _asked(state: tenacity.RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after if isinstance(error, TransientError) else None


_backoff = tenacity.wait_random_exponential(multiplier=1, max=LONGEST_BACKOFF, min=0.5)


def _wait(state: tenacity.RetryCallState) -> float:
    asked = _asked(state)
    return _backoff(state) if asked is None else asked
