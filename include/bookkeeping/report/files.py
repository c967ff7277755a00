"""Where the report goes: a folder on a disk or in an object store."""

from contextlib import AbstractContextManager
from typing import Literal, Protocol, Self

from bookkeeping.outcomes import Reconciliation
from bookkeeping.report.html import render_html
from bookkeeping.report.xlsx import render_xlsx


class _Writable(Protocol):
    def write(self, data: bytes, /) -> int: ...


class Folder(Protocol):
    """As much of a path as a report needs; `pathlib.Path` and Airflow's `ObjectStoragePath` have it."""

    def __truediv__(self, name: str, /) -> Self:
        """Return the path of a file inside."""

    def mkdir(self, *, parents: bool, exist_ok: bool) -> None:
        """Make the folder and those above it, unless they are there."""

    def open(self, mode: Literal["wb"], /) -> AbstractContextManager[_Writable]:
        """Open a file to be written."""

    def replace(self, target: Self, /) -> object:
        """Rename a file, over another one if need be."""


def write_report(reconciliation: Reconciliation, folder: Folder) -> None:
    """Write ``reconciliation.html`` and ``reconciliation.xlsx`` over those of an earlier run.

    A reader finds each of them whole, the old or the new one, wherever a rename is atomic.
    """
    contents = {
        "reconciliation.html": render_html(reconciliation),
        "reconciliation.xlsx": render_xlsx(reconciliation),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        _write_whole(folder, name, content)


def _write_whole(folder: Folder, name: str, content: bytes) -> None:
    part = folder / f".{name}.part"
    with part.open("wb") as stream:
        stream.write(content)
    part.replace(folder / name)
