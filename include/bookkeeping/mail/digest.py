"""The day's digest: a reconciliation as a letter, and the two files in which it waits to be sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from jinja2 import Environment

from bookkeeping.errors import MisconfiguredError
from bookkeeping.files import write_whole
from bookkeeping.ledger import Entry, PaidBill
from bookkeeping.mail.parts import parts_of, questions_in
from bookkeeping.mail.texts import inert, mail_environment
from bookkeeping.outcomes import Reconciliation
from bookkeeping.report.formats import short_day
from bookkeeping.report.totals import total_of

HTML, TEXT = "digest.html", "digest.txt"


@dataclass(frozen=True)
class Digest:
    """A day as the accountants get it.

    :ivar text: the same as plain text; its first line is the subject.
    """

    html: str = field(repr=False)
    text: str = field(repr=False)

    @property
    def subject(self) -> str:
        """Whose day it is, and whether it asks anything of the accountant."""
        return self.text.partition("\n")[0]


def digest_of(day: Reconciliation, unsent: Sequence[Entry] = (), paid: Sequence[PaidBill] = ()) -> Digest:
    """Return the letter; what the shop wrote stands in it as text, and it loads nothing.

    :param unsent: letters to customers that wait for a person.
    :param paid: bills of which the books have told since that they are paid.
    """
    total = total_of(order.total for order in day.orders)
    parts = parts_of(day, unsent, paid)
    facts = {"day": day, "total": total, "parts": parts, "subject": _subject(day, unsent)}
    html, text = (_environment().get_template(f"{name}.j2").render(facts) for name in (HTML, TEXT))
    return Digest(html, text)


def _subject(day: Reconciliation, unsent: Sequence[Entry]) -> str:
    asked = questions_in(day) + len(unsent)
    if asked:
        verdict = f"требуют внимания: {asked}"
    else:
        verdict = "внимания ничего не требует" if day.orders else "событий не было"
    return inert(f"{day.title}, {short_day(day.business_date)}: {verdict}")


@cache
def _environment() -> Environment:
    return mail_environment()


def write_digest(
    day: Reconciliation, folder: Path, unsent: Sequence[Entry] = (), paid: Sequence[PaidBill] = ()
) -> None:
    """Leave the digest of a day in a folder, over that of an earlier run; of a longer period there is none.

    :param folder: a `pathlib.Path` or Airflow's `ObjectStoragePath`.
    :param unsent: letters to customers that wait for a person.
    :param paid: bills of which the books have told since that they are paid.
    """
    if day.through is not None:
        return
    digest = digest_of(day, unsent, paid)
    for name, content in {HTML: digest.html, TEXT: digest.text}.items():
        write_whole(folder / name, content.encode(errors="replace"))


def read_digest(folder: Path) -> Digest:
    """Read a digest back.

    :raises MisconfiguredError: none was written, for nobody was to get it then.
    """
    try:
        html, text = ((folder / name).read_text(encoding="utf-8") for name in (HTML, TEXT))
    except FileNotFoundError:
        raise MisconfiguredError(
            f"There is no {TEXT} in {folder}: when the day was explained, nobody was to get a digest. Clear "
            "the task explain with all that follows it. Nothing was sent."
        ) from None
    return Digest(html, text)
