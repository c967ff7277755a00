"""Call a Bitrix portal: one method, many in a batch, or whole lists at once."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from urllib.parse import urlsplit, urlunsplit

from bookkeeping.clients.answers import Answer, Json
from bookkeeping.clients.bitrix.batch import COMMANDS, Command, Outcome, to_batch, to_outcome
from bookkeeping.clients.bitrix.budget import Budget
from bookkeeping.clients.bitrix.errors import VERDICTS, PutOffError, TokenExpiredError, refusal
from bookkeeping.clients.bitrix.items import OnRows
from bookkeeping.clients.bitrix.lists import ListQuery
from bookkeeping.clients.bitrix.oauth import BitrixOAuth
from bookkeeping.clients.bitrix.reader import ListReader
from bookkeeping.clients.bitrix.wire import Params, iso, to_pairs, to_wire
from bookkeeping.clients.bitrix.written import to_outcomes
from bookkeeping.clients.failures import MovedError
from bookkeeping.clients.masking import personal_texts
from bookkeeping.clients.pages import Row
from bookkeeping.clients.transport import Transport
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, SyncError, TransientError

log = logging.getLogger(__name__)

READS = frozenset({"batch", "get", "list", "methods", "scope", "time"})
NEEDED_SCOPES = ("sale", "pay_system")


class BitrixClient:
    """A portal behind one webhook or one application.

    :param http: its address ends with the webhook's code, or with ``/rest`` for an application, whose
        ``auth`` is then a :class:`~bookkeeping.clients.bitrix.oauth.BitrixOAuth`.
    :param at_once: how many batches of lists may be under way.
    :param speaks_json: whether the portal reads JSON; else it gets forms, as very old cores want them.
    :ivar write_moment: how this portal wants moments in its filters.
    """

    def __init__(self, http: Transport, *, at_once: int = 1, speaks_json: bool = True) -> None:
        self._http = http.with_verdicts(VERDICTS)
        self._oauth = http.auth if isinstance(http.auth, BitrixOAuth) else None
        self._at_once, self._speaks_json = at_once, speaks_json
        self._budget = Budget(http.clock)
        self.write_moment = iso

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
        kind = TransientError if _only_reads(method, params) else OutcomeUnknownError
        raise kind(f"{method} was answered without a result.")

    def batch(self, commands: Mapping[str, Command], may_fail: Collection[str] = ()) -> dict[str, Json]:
        """Return the results of many reading methods by the caller's names, 50 of them a request.

        Commands that the portal puts off are sent again, alone; an object that does not exist is None.

        :param may_fail: the names of those that may be refused: they are None then, too.
        :raises MisconfiguredError: any other was refused for another reason.
        :raises TransientError: the portal went on putting them off, or left one without an answer.
        """
        if writing := [method for method, _ in commands.values() if not _only_reads(method)]:
            raise ValueError(f"a batch may be repeated, so it must not write: {', '.join(writing)}")
        answers: dict[str, Json] = {}
        names = iter(commands)
        while part := list(islice(names, COMMANDS)):
            answers |= self._answer_all({name: commands[name] for name in part}, may_fail)
        return answers

    def write_batch(self, commands: Mapping[str, Command]) -> dict[str, Json | SyncError]:
        """Send up to 50 writing methods in one request, once; return what became of each, by name.

        That is its result, or the error that it means: ``OutcomeUnknownError`` if it may have landed, any
        other if it surely did not. A request that failed as a whole means the same for all of them. No text
        in them may look like a reference to another command's result: the portal would put that there.
        """
        if not 1 <= len(commands) <= COMMANDS:
            raise ValueError(f"a batch takes 1 to {COMMANDS} commands, not {len(commands)}")
        said = [text for _, params in commands.values() for text in personal_texts(params)]
        try:
            result = self.call("batch", to_batch(commands))
        except SyncError as error:
            return dict.fromkeys(commands, error)
        return to_outcomes(commands, result, [*self._http.auth.secrets, *said])

    def read_lists(self, queries: Sequence[ListQuery]) -> dict[str, list[Row]]:
        """Return the rows of many lists by the queries' names, by ascending id, none twice.

        :raises MisconfiguredError: the portal ignored a filter; nothing is returned, not even other lists.
        """
        if len({query.name for query in queries}) < len(queries):
            raise ValueError("two queries have one name")
        found: dict[str, list[Row]] = {query.name: [] for query in queries}
        reader = self.reader()
        for query in queries:
            reader.read(query, _adding_to(found[query.name]))
        reader.run()
        return found

    @property
    def host(self) -> str:
        """The portal's host, for names and messages."""
        return urlsplit(self._http.base_url).netloc

    def now(self) -> float:
        """Return our own clock, in epoch seconds."""
        return self._http.clock()

    def reader(self) -> ListReader:
        """Return what reads many lists in as few requests as possible."""
        return ListReader(
            self._send_batch,
            self._budget,
            at_once=self._at_once,
            sleep=self._http.sleep,
            longest_wait=self._http.max_inline_wait,
        )

    def _answer_all(self, commands: Mapping[str, Command], may_fail: Collection[str]) -> dict[str, Json]:
        answers: dict[str, Json] = {}

        def send_rest() -> None:
            rest = {name: command for name, command in commands.items() if name not in answers}
            outcome = self._send_batch(rest)
            answers.update(outcome.answers)
            for name, error in outcome.refused.items():
                if name not in may_fail:
                    raise error
                answers[name] = None
            if outcome.silent:
                silent = outcome.silent[0]
                raise TransientError(
                    f"{silent} was left without an answer in a batch. It can be tried again."
                )
            if outcome.put_off:
                wait = self._until_reset(outcome)
                raise PutOffError(" ".join(outcome.put_off), retry_after=wait)

        self._http.patiently(send_rest, on=PutOffError)
        return answers

    def _send_batch(self, commands: Mapping[str, Command]) -> Outcome:
        """Send commands that only read, and return how each of them ended."""
        written = {
            name: (method, to_wire(params, self.write_moment)) for name, (method, params) in commands.items()
        }
        return to_outcome(commands, self.call("batch", to_batch(written)), self._http.auth.secrets)

    def _until_reset(self, outcome: Outcome) -> float | None:
        """Return the seconds until the last exhausted method may be called again."""
        for method, time in outcome.times:
            self._budget.learn(method, time)
        for method in outcome.exhausted:
            self._budget.exhaust(method)
        return max((self._budget.wait([method]) for method in outcome.exhausted), default=None)

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
        send = self._http.read if _only_reads(method, params) else self._http.write
        written = to_wire(params, self.write_moment)
        body = {"json": written} if self._speaks_json else {"form": dict(to_pairs(written))}
        answer = send("POST", f"/{method}", **body)
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


def _adding_to(rows: list[Row]) -> OnRows:
    return lambda more, _is_last: rows.extend(more)


def _only_reads(method: str, params: Params | None = None) -> bool:
    """Whether a call changes nothing; a batch does if one of its commands does."""
    commands = (params or {}).get("cmd", {}) if method == "batch" else {}
    names = [method, *(command.partition("?")[0] for command in commands.values())]
    return all(name.rsplit(".", 1)[-1] in READS for name in names)
