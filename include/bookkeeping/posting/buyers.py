"""A buyer in the books: found, or created once, whoever needs it at the same moment (DESIGN R7)."""

from collections.abc import Callable
from functools import partial

from bookkeeping.domain import AccountingBackend, Capability, Counterparty, HoldReason, Status
from bookkeeping.errors import OutcomeUnknownError, RejectedError, TransientError
from bookkeeping.ledger import Due, Entry, SyncLedger
from bookkeeping.posting import writes
from bookkeeping.posting.writes import Write

TURNS = 3
"""How often we take our turn at a counterparty that another worker gave back."""

GLANCE = 0.2
"""Seconds between two looks at a counterparty that another worker is creating."""


class Buyers:
    """The counterparties of one company's books, each looked up or made when it is first needed.

    :param wait: how long to wait, in seconds, for another worker that is creating the same one.
    """

    def __init__(
        self,
        company: str,
        backend: AccountingBackend,
        ledger: SyncLedger,
        *,
        wait: float,
        sleep: Callable[[float], object],
    ) -> None:
        self._company, self._backend, self._ledger = company, backend, ledger
        self._wait, self._sleep = wait, sleep
        self._ids: dict[str, str] = {}

    def id_of(self, counterparty: Counterparty) -> str:
        """Return the books' id of a counterparty, creating it once.

        :raises RejectedError: it cannot be created, or nobody will know whether it was.
        :raises OutcomeUnknownError: its answer was lost, and it may yet be found.
        :raises TransientError: another worker has been creating it for longer than we wait.
        """
        key = f"{self._company}/counterparty/{counterparty.digest}"
        if key not in self._ids:
            self._ids[key] = self._known_id(key) or self._make(key, counterparty)
        return self._ids[key]

    def _known_id(self, key: str) -> str | None:
        entry = self._ledger.entry(key)
        return entry.external_id if entry else None

    def _make(self, key: str, counterparty: Counterparty) -> str:
        self._ledger.expect([Due(key, self._company, "counterparty", counterparty_key=counterparty.key)])
        write = self._write(key, counterparty)
        for _ in range(TURNS):  # whoever was creating it may have given it back, and taken it again
            writes.deliver(write, self._ledger)
            self._await(key)
            if self._ledger.status_of(key) is not Status.PENDING:
                break
        return _id_of(self._ledger.entry(key), can_look=write.find is not None)

    def _write(self, key: str, counterparty: Counterparty) -> Write:
        by_email = Capability.SEARCH_BY_EMAIL in self._backend.capabilities and counterparty.email
        can_find = counterparty.inn or by_email
        find = partial(self._backend.find_counterparty, counterparty) if can_find else None
        return Write(key, partial(self._backend.create_counterparty, counterparty), find, look_first=True)

    def _await(self, key: str) -> None:
        for _ in range(round(self._wait / GLANCE)):
            if self._ledger.status_of(key) is not Status.IN_FLIGHT:
                return
            self._sleep(GLANCE)


def _id_of(entry: Entry | None, *, can_look: bool) -> str:
    if entry and entry.external_id:
        return entry.external_id
    if entry and entry.reason:
        raise RejectedError(f"The buyer's counterparty is held: {entry.detail}", reason=entry.reason)
    if entry and entry.status is Status.UNKNOWN and can_look:
        raise OutcomeUnknownError("The buyer's counterparty may still be on its way; it is looked for again.")
    if entry and entry.status is Status.UNKNOWN:
        raise RejectedError(
            "Nobody knows whether the buyer's counterparty was created: the answer was lost. No document "
            "is made for this buyer until a person has looked into the books.",
            reason=HoldReason.OUTCOME_UNKNOWN,
        )
    raise TransientError("The buyer's counterparty is not ready yet; another worker may be creating it.")
