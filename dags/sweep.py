"""`sweep__<company>`: once a week, what the daily runs missed."""

from typing import Any

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, task

from bitrix_accounting.alerts import alerts
from bitrix_accounting.task_defaults import TASK_DEFAULTS
from bookkeeping.companies import Company, companies_file, load_companies

ABOUT = """
Looks at every order of **{title}** placed in the last 90 days (not before the company's `start_date`) and
compares it with what the daily runs took up. What they missed goes to the next run of `sync_orders__{id}`;
what the shop no longer has is named, and its documents stay as they are. Both stand as warnings in the
report of the day on which this runs. An order changed since the last midnight is left to its own day.

*Clear* or trigger it as often as you like: nothing is written into the books here.
"""


def sweep(company: Company) -> DAG:
    """Wire one company's weekly look over the shop."""
    with DAG(
        dag_id=f"sweep__{company.id}",
        schedule=CronDataIntervalTimetable("0 3 * * 0", timezone=company.timezone),
        start_date=pendulum.datetime(*company.start_date.timetuple()[:3], tz=company.timezone),
        catchup=False,
        max_active_runs=1,
        default_args=TASK_DEFAULTS,
        on_failure_callback=alerts(company),
        tags=["bookkeeping", company.books.system, company.id],
        doc_md=ABOUT.format(title=company.title, id=company.id),
    ) as dag:
        scan(company.id)
    return dag


@task(pool="bitrix", multiple_outputs=False)
def scan(company_id: str) -> dict[str, Any]:
    """Compare the shop with what the runs took up."""
    from bitrix_accounting import steps

    return steps.sweep(company_id)


for known in load_companies(companies_file()):
    sweep(known)
