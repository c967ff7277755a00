"""A report is written whole, over the one of an earlier run, wherever reports are kept."""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bookkeeping.report import write_report


@dataclass(frozen=True)
class FullDisk:
    """A folder that takes only the beginning of a file."""

    path: Path

    def __truediv__(self, name):
        return FullDisk(self.path / name)

    @property
    def name(self):
        return self.path.name

    @property
    def parent(self):
        return FullDisk(self.path.parent)

    def mkdir(self, *, parents, exist_ok):
        self.path.mkdir(parents=parents, exist_ok=exist_ok)

    @contextmanager
    def open(self, mode):
        with self.path.open(mode) as stream:
            stream.write(b"<!DOCTYPE")
            raise OSError("No space left on device")
        yield

    def replace(self, target):
        self.path.replace(target.path)


def test_three_files_appear_and_nothing_else(day, tmp_path):
    folder = tmp_path / "romashka" / "2026-10-03"
    write_report(day, folder)

    assert sorted(path.name for path in folder.iterdir()) == [
        *("differences.csv", "reconciliation.html", "reconciliation.xlsx")
    ]


def test_a_later_report_takes_the_place_of_an_earlier_one(day, tmp_path):
    write_report(day, tmp_path)
    write_report(replace(day, title="ООО «Василёк»"), tmp_path)

    assert "ООО «Василёк»" in (tmp_path / "reconciliation.html").read_text(encoding="utf-8")


def test_half_a_report_never_replaces_a_whole_one(day, tmp_path):
    write_report(day, tmp_path)
    whole = (tmp_path / "reconciliation.html").read_bytes()

    with pytest.raises(OSError, match="No space"):
        write_report(day, FullDisk(tmp_path))

    assert (tmp_path / "reconciliation.html").read_bytes() == whole
