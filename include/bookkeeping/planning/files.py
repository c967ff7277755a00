"""Where the plan goes: beside the reconciliation of the same day, on a disk or in an object store."""

from pathlib import Path

from bookkeeping.files import write_whole
from bookkeeping.planning.html import render_html
from bookkeeping.planning.plan import Plan
from bookkeeping.planning.tables import tables
from bookkeeping.report.xlsx import render_workbook


def write_plan(plan: Plan, folder: Path) -> None:
    """Write ``plan.html`` and ``plan.xlsx`` over those of an earlier plan of the day.

    :param folder: a `pathlib.Path` or Airflow's `ObjectStoragePath`; it is made if need be.
    """
    contents = {"plan.html": render_html(plan), "plan.xlsx": render_workbook(tables(plan))}
    for name, content in contents.items():
        write_whole(folder / name, content)
