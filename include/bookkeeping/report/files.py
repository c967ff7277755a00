"""Where the report goes: a folder on a disk or in an object store."""

from pathlib import Path

from bookkeeping.files import write_whole
from bookkeeping.outcomes import Reconciliation
from bookkeeping.report.html import render_html
from bookkeeping.report.xlsx import render_xlsx


def write_report(reconciliation: Reconciliation, folder: Path) -> None:
    """Write ``reconciliation.html`` and ``reconciliation.xlsx`` over those of an earlier run.

    :param folder: a `pathlib.Path` or Airflow's `ObjectStoragePath`; it is made if need be.
    """
    contents = {
        "reconciliation.html": render_html(reconciliation),
        "reconciliation.xlsx": render_xlsx(reconciliation),
    }
    for name, content in contents.items():
        write_whole(folder / name, content)
