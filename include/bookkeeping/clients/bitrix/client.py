"""Call a Bitrix portal: one method, many in a batch, or whole lists at once."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from urllib.parse import urlsplit, urlunsplit

from bookkeeping.clients.answers import Answer, Json
from bookkeeping.clients.bitrix.batch import COMMANDS, Command, to_batch, to_outcome
from bookkeeping.clients.bitrix.errors import VERDICTS, PutOffError, TokenExpiredError, refusal
from bookkeeping.clients.bitrix.lists import ListQuery, Reading
from bookkeeping.clients.bitrix.oauth import BitrixOAuth
from bookkeeping.clients.bitrix.wire import Params, to_wire
from bookkeeping.clients.failures import MovedError
from bookkeeping.clients.pages import Row
from bookkeeping.clients.transport import Transport
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, TransientError

log = logging.getLogger(__name__)

READS = frozenset({"batch", "get", "list", "methods", "scope", "time"})
NEEDED_SCOPES = ("sale", "pay_system")


class BitrixClient:
    """A portal behind one webhook or one application.

    :param http: its address ends with the webhook's code, or with ``/rest`` for an application, whose
        ``auth`` is then a :class:`~bookkeeping.clients.bitrix.oauth.BitrixOAuth`.
    """

    def __init__(self, http: Transport) -> None:
        self._http = http.with_verdicts(VERDICTS)
        self._oauth = http.auth if isinstance(http.auth, BitrixOAuth) else None
        self._resets: dict[str, float] = {}

    def check(self) -> str:
        """Ask for our scopes and for the time.

        :raises MisconfiguredError: a scope is missing; the message names it.
        """
        granted = self.call("scope")
        if missing := [scope for scope in NEEDED_SCOPES if scope not in granted]:
            raise MisconfiguredError(f"The scope {', '.join(missing)} is missing: grant it and try again.")
        return f"The portal lets us read its sales; its clock shows {self.call('server.time')}."

    def call(self, method: str, params: Params | None = None) -> Json:
        """Return the ``result`` of one method.

        What only reads (``….list``, ``….get``) is repeated while it fails for a passing reason; anything else
        is sent once and may raise ``OutcomeUnknownError``.

        :raises ApiRefusal: the object does not exist.
        :raises MisconfiguredError: any other refusal: what we ask for is wrong, or not granted.
        """
        body = self._answer(method, params or {}).body
        fields = body if isinstance(body, dict) else {}
        found = {key: value for key, value in fields.items() if key not in {"time", "total", "next"}}
        if found:
            return found.get("result", found)
        kind = TransientError if _only_reads(method) else OutcomeUnknownError
        raise kind(f"{method} was answered without a result.")

    def batch(self, commands: Mapping[str, Command]) -> dict[str, Json]:
        """Return the results of many reading methods by the caller's names, 50 of them a request.

        Commands that the portal puts off are sent again, alone; an object that does not exist is None.

        :raises MisconfiguredError: any of them was refused for another reason.
        :raises TransientError: the portal went on putting them off, or left one without an answer.
        """
        if writing := [method for method, _ in commands.values() if not _only_reads(method)]:
            raise ValueError(f"a batch may be repeated, so it must not write: {', '.join(writing)}")
        answers: dict[str, Json] = {}
        names = iter(commands)
        while part := list(islice(names, COMMANDS)):
            answers |= self._answer_all({name: commands[name] for name in part})
        return answers

    def read_lists(self, queries: Sequence[ListQuery]) -> dict[str, list[Row]]:
        """Return the rows of many lists by the queries' names, by ascending id, none twice.

        :raises MisconfiguredError: the portal ignored a filter; nothing is returned, not even other lists.
        """
        readings = {query.name: Reading(query) for query in queries}
        if len(readings) < len(queries):
            raise ValueError("two queries have one name")
        while unread := {name: reading for name, reading in readings.items() if not reading.is_done}:
            pages = self.batch({name: reading.command() for name, reading in unread.items()})
            for name, reading in unread.items():
                reading.take(pages[name])
        return {name: reading.rows for name, reading in readings.items()}

    def _answer_all(self, commands: Mapping[str, Command]) -> dict[str, Json]:
        answers: dict[str, Json] = {}

        def send_rest() -> None:
            rest = {name: command for name, command in commands.items() if name not in answers}
            outcome = to_outcome(rest, self.call("batch", to_batch(rest)), self._http.auth.secrets)
            answers.update(outcome.answers)
            self._resets.update(outcome.resets)
            if outcome.put_off:
                wait = self._until_reset(outcome.exhausted)
                raise PutOffError(" ".join(outcome.put_off), retry_after=wait)

        self._http.patiently(send_rest, on=PutOffError)
        return answers

    def _until_reset(self, exhausted: set[str]) -> float | None:
        """Return the seconds until the last of these methods may be called again, if the portal said when."""
        waits = [self._resets[method] - self._http.clock() for method in exhausted & self._resets.keys()]
        return max([*waits, 0.0]) if waits else None

    def _answer(self, method: str, params: Params) -> Answer:
        try:
            return self._authorized(method, params)
        except MovedError as moved:
            location = moved.location
        self._follow(location)
        return self._authorized(method, params)

    def _authorized(self, method: str, params: Params) -> Answer:
        if self._oauth is None:
            return self._send(method, params)
        token = self._oauth.token()
        try:
            return self._send(method, {**params, "auth": token})
        except TokenExpiredError:
            renewed = self._oauth.token(refused=token)
        return self._send(method, {**params, "auth": renewed})

    def _send(self, method: str, params: Params) -> Answer:
        send = self._http.read if _only_reads(method) else self._http.write
        answer = send("POST", f"/{method}", json=to_wire(params))
        if answer.get("error"):
            raise refusal(method, answer.body, VERDICTS, self._http.auth.secrets)
        return answer

    def _follow(self, location: str) -> None:
        """Keep to the portal's new host; the webhook's path stays the same (contract, section 1)."""
        old, new = urlsplit(self._http.base_url), urlsplit(location)
        if not new.netloc or new.scheme != old.scheme:
            raise MisconfiguredError(
                "The portal sent us to an address that is not a portal's: check the host."
            )
        log.warning("The portal has moved to %s: put that host into the connection", new.netloc)
        self._http = replace(self._http, base_url=urlunsplit(old._replace(netloc=new.netloc)))


def _only_reads(method: str) -> bool:
    return method.rsplit(".", 1)[-1] in READS
