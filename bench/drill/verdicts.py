"""What became of the struck writes: each must stand in the books once, and in the ledger with its id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bookkeeping.domain import Status
from drill.trials import last_time, task_of
from local_airflow.proof import SHELVES, differences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from drill.stack import Drill
    from drill.trials import Trial
    from drill.victims import Victim


@dataclass(frozen=True)
class Fate:
    """What became of one write.

    :ivar documents: how many in the books bear its mark.
    """

    documents: int
    status: str
    settled_after: float
    how: str
    is_right: bool


@dataclass(frozen=True)
class Verdict:
    """What became of a trial."""

    trial: Trial
    tries: int
    retried_after: float
    fates: tuple[Fate, ...]

    @property
    def is_right(self) -> bool:
        """Whether each write stands in the books once, and the ledger has its id."""
        return all(fate.is_right for fate in self.fates)

    @property
    def row(self) -> list[str]:
        """The trial as a line of the table."""
        return [
            self.trial.run_id.removeprefix("drill_"),
            self.trial.killed,
            " ".join(key.partition("/")[2] for key in self.trial.keys),
            str(self.tries),
            f"{self.retried_after:.0f} s",
            _each(str(fate.documents) for fate in self.fates),
            _each(fate.status for fate in self.fates),
            _each(f"{fate.settled_after:.0f} s" for fate in self.fates),
            _each(fate.how for fate in self.fates),
            "ok" if self.is_right else "WRONG",
        ]


HEAD = ["trial", "killed", "writes", "tries", "2nd after", "in books", "ledger", "settled", "by", ""]


def judge(drill: Drill, trials: list[Trial]) -> list[Verdict]:
    """Say of each trial what became of it."""
    books = drill.sandbox.books()
    return [_judge(drill, trial, books) for trial in trials]


def disagreements(drill: Drill, victims: Collection[Victim]) -> list[str]:
    """Name everything that only the books or only the ledger knows, of these companies."""
    books = drill.sandbox.books()
    return [
        f"{victim.company}: {line}"
        for victim in victims
        for shelf in SHELVES[victim.company]
        for line in differences(shelf, books, drill.ledger.of_company(victim.company))
    ]


def _judge(drill: Drill, trial: Trial, books: dict[str, Any]) -> Verdict:
    task = task_of(drill, trial.victim, trial.run_id)
    fates = tuple(_fate(drill, trial, key, books) for key in trial.keys)
    return Verdict(trial, task["try_number"], _second_try(drill, task, trial), fates)


def _fate(drill: Drill, trial: Trial, key: str, books: dict[str, Any]) -> Fate:
    entry, posted = drill.ledger.entry(key), last_time(drill, key, Status.POSTED)
    mark = f"[b2:{':'.join(key.split('/')[1:])}]"
    held = [row["id"] for row in _documents(trial, books) if mark in (row.get("comment") or "")]
    return Fate(
        documents=len(held),
        status=entry.status if entry else "absent",
        settled_after=(posted.at - trial.at).total_seconds() if posted else float("nan"),
        how=_how(posted),
        is_right=entry is not None and held == [entry.external_id],
    )


def _each(texts: Iterable[str]) -> str:
    """Say once what is the same for all."""
    return ", ".join(dict.fromkeys(texts))


def _how(posted: Any) -> str:  # noqa: ANN401 - a row
    if posted is None:
        return "not settled"
    answered = posted.evidence.startswith("id ")
    return f"{'answer to' if answered else 'look by'} try {posted.run.rpartition(' ')[2]}"


def _documents(trial: Trial, books: dict[str, Any]) -> Iterator[dict[str, Any]]:
    shelf = SHELVES[trial.victim.company][0]
    for collection in shelf.collections:
        yield from books[shelf.book][collection]


def _second_try(drill: Drill, task: dict[str, Any], trial: Trial) -> float:
    begun = [row["start_date"] for row in drill.airflow.tries(task)[1:2] if row["start_date"]]
    return (datetime.fromisoformat(begun[0]) - trial.at).total_seconds() if begun else float("nan")
