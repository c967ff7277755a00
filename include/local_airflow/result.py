"""What the demo shows at its end: the table, the proof and where the reports lie."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bookkeeping.domain import Status
from bookkeeping.ledger import SyncLedger, open_engine
from bookkeeping.ledger.address import url_from_environment
from local_airflow.errors import LocalAirflowError
from local_airflow.proof import SHELVES, differences, posted, read_books
from local_airflow.summary import as_table, summarise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bookkeeping.ledger import Entry
    from local_airflow.api import Run
    from local_airflow.stack import Stack


@dataclass(frozen=True)
class Ledger:
    """What the ledger knew of each company at one moment."""

    entries: dict[str, list[Entry]]

    @classmethod
    def read(cls, stack: Stack) -> Ledger:
        """Read all of it."""
        os.environ |= stack.environment  # where the ledger's address is looked up
        engine = open_engine(url_from_environment())
        try:
            ledger = SyncLedger(engine)
            return cls({company: ledger.of_company(company) for company in stack.companies})
        finally:
            engine.dispose()

    @property
    def posted_keys(self) -> set[str]:
        """The keys of what stands in the books."""
        entries = (entry for company in self.entries.values() for entry in company)
        return {entry.key for entry in entries if entry.status is Status.POSTED}


def table(stack: Stack, runs: Iterable[Run], before: Ledger, after: Ledger) -> str:
    """Return the companies' numbers side by side."""
    outcomes = _outcomes(stack, runs)
    known = before.posted_keys
    return as_table(
        [summarise(company, entries, known, outcomes[company]) for company, entries in after.entries.items()]
    )


def _outcomes(stack: Stack, runs: Iterable[Run]) -> dict[str, Counter[str]]:
    """Count how the orders ended, as the week's reconciliations say."""
    counts: dict[str, Counter[str]] = {company: Counter() for company in stack.companies}
    for run in runs:
        name, _, company = run.dag_id.partition("__")
        if name == "reconcile":
            outcomes = stack.api.result_of(run, "explain")["outcomes"]
            counts[company].update({outcome: total["count"] for outcome, total in outcomes.items()})
    return counts


def proof(stack: Stack, ledger: Ledger) -> Iterator[str]:
    """Compare the books with the ledger, one to one, and yield what agrees.

    :raises LocalAirflowError: something does not.
    """
    state = read_books(stack.sandbox)
    for company, entries in ledger.entries.items():
        shelves = [shelf for shelf in SHELVES[company] if shelf.collections]
        if wrong := [line for shelf in shelves for line in differences(shelf, state, entries)]:
            raise LocalAirflowError("\n".join([f"{company}: the books and the ledger differ:", *wrong]))
        agreed = ", ".join(f"{len(posted(shelf, entries))} {shelf.name}" for shelf in shelves)
        yield f"{company}: the books hold exactly what the ledger says: {agreed}."
