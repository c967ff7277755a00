"""Where the report goes: a folder on a disk or in an object store."""

from pathlib import Path

from bookkeeping.files import write_whole
from bookkeeping.outcomes import Reconciliation
from bookkeeping.report.differences import render_csv
from bookkeeping.report.html import render_html
from bookkeeping.report.xlsx import render_xlsx

RENDERERS = {
    "reconciliation.html": render_html,
    "reconciliation.xlsx": render_xlsx,
    "differences.csv": render_csv,
}


def write_report(reconciliation: Reconciliation, folder: Path) -> None:
    """Write the page, the workbook and the differences as CSV over those of an earlier run.

    :param folder: a `pathlib.Path` or Airflow's `ObjectStoragePath`; it is made if need be.
    """
    contents = {name: render(reconciliation) for name, render in RENDERERS.items()}
    for name, content in contents.items():
        write_whole(folder / name, content)
