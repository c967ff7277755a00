"""A person's word for how an unanswered write ended: what counts as one, and what the ledger makes of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bookkeeping.errors import MisconfiguredError, TransientError
from bookkeeping.ledger import SyncLedger
from bookkeeping.ledger.ledger import ANSWER_MAY_STILL_COME

AGAIN = ("нет", "again")
"""What a person writes who has looked and not found it."""

LONGEST_ID = 100

ID = re.compile(rf"(?=.*\d)[!-~]{{1,{LONGEST_ID}}}")
"""An id in the books: no spaces and a digit somewhere, so that a "yes" or a name is never taken for one."""

SHARED = "counterparty"
"""The kind whose entries may have one id in common: the books may know two of our buyers as one."""


@dataclass(frozen=True)
class Answer:
    """What a person found in the books.

    :ivar external_id: under which id the write stands there; None if it does not.
    """

    key: str
    external_id: str | None = None


def read_answers(texts: Mapping[str, str | None]) -> list[Answer]:
    """Read what was written beside each key; an empty text is no answer.

    :raises MisconfiguredError: one of them cannot be understood; then none counts.
    """
    return [read_answer(key, text) for key, text in texts.items() if text and text.strip()]


def read_answer(key: str, text: str) -> Answer:
    """Read one answer: an id, or a word for "not there".

    :raises MisconfiguredError: it is neither.
    """
    said = text.strip()
    if said.lower() in AGAIN:
        return Answer(key)
    if not ID.fullmatch(said):
        raise MisconfiguredError(
            f"{key}: «{said[:LONGEST_ID]}» — не id: нужны латинские буквы и цифры без пробелов, не длиннее "
            f"{LONGEST_ID} знаков, или слово «{AGAIN[0]}». Ничего не записано."
        )
    return Answer(key, said)


def record(
    answers: Sequence[Answer], ledger: SyncLedger, who: str, asked_at: datetime | None = None
) -> dict[str, bool]:
    """Tell the ledger; return for each key whether it was changed: what is no longer unknown is left alone.

    :param who: the person, for the history.
    :param asked_at: when the question was put: what went unanswered again since was not meant.
    :raises MisconfiguredError: an id belongs to another document; then nothing is recorded.
    """
    _refuse_taken(answers, ledger)
    return {answer.key: _record(answer, ledger, who, asked_at) for answer in answers}


def refuse_early(answers: Sequence[Answer], ledger: SyncLedger, asked_at: datetime) -> None:
    """Make who records answers come again for a write that is said to be absent, and may still land.

    :raises TransientError: with the seconds until it cannot any more.
    """
    for key, entry in ledger.with_keys([answer.key for answer in answers]).items():
        if entry.unknown_since and entry.unknown_since <= asked_at:
            over = entry.unknown_since + ANSWER_MAY_STILL_COME - ledger.now()
            raise TransientError(
                f"{key} went unanswered just now and may still land.", retry_after=over.total_seconds() + 1
            )


def _record(answer: Answer, ledger: SyncLedger, who: str, asked_at: datetime | None) -> bool:
    if answer.external_id is None:
        return ledger.send_again(answer.key, f"{who} looked and did not find it", asked_at)
    evidence = f"{who} looked and found it as {answer.external_id}"
    return ledger.confirm(answer.key, answer.external_id, evidence, asked_at)


def _refuse_taken(answers: Sequence[Answer], ledger: SyncLedger) -> None:
    kinds = {key: entry.kind for key, entry in ledger.with_keys([a.key for a in answers]).items()}
    for answer in answers:
        kind = kinds.get(answer.key, SHARED)
        if answer.external_id is None or kind == SHARED:
            continue
        company = answer.key.partition("/")[0]
        owners = {e.key for e in ledger.of_company(company, [kind]) if e.external_id == answer.external_id}
        owners |= {a.key for a in answers if (a.external_id, kinds.get(a.key)) == (answer.external_id, kind)}
        if others := owners - {answer.key}:
            raise MisconfiguredError(
                f"{answer.key}: id «{answer.external_id}» уже принадлежит {min(others)}. Ничего не записано."
            )
