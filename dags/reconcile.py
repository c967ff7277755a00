"""`reconcile__<company>`: every order of a day explained, after the day's sync."""

from typing import Any

import pendulum
from airflow.sdk import DAG, Param, task

from bitrix_accounting.asking import AskAboutUnknown
from bitrix_accounting.task_defaults import TASK_DEFAULTS
from bookkeeping.companies import Company, companies_file, load_companies

ABOUT = """
Compares the orders of **{title}** on a day with the ledger and with the books: each order gets exactly one
outcome and a difference in roubles. The report lies in `REPORTS_PATH/{id}/<day>/`.
`sync_orders__{id}` starts it for its own day; trigger it by hand with `business_date`.

Where the books did not answer and cannot be looked into, `ask` puts the question to a person, under *Required
Actions*, and waits 20 hours in nobody's way; then everything stays as it is. To be asked anew, clear `ask`.
"""

WAITING_DAYS = 60
"""Runs that wait for a person never keep the next days' from starting."""


def reconcile(company: Company) -> DAG:
    """Wire one company's reconciliation; it is never paused, for only the sync starts it."""
    with DAG(
        dag_id=f"reconcile__{company.id}",
        schedule=None,
        start_date=pendulum.datetime(*company.start_date.timetuple()[:3], tz=company.timezone),
        is_paused_upon_creation=False,
        max_active_runs=WAITING_DAYS,
        default_args=TASK_DEFAULTS,
        params={
            "business_date": Param(None, type=["null", "string"], format="date", title="The day to explain")
        },
        tags=["bookkeeping", company.books.system, company.id],
        doc_md=ABOUT.format(title=company.title, id=company.id),
    ) as dag:
        asked = AskAboutUnknown(task_id="ask", company_id=company.id)
        explain.override(pool=company.books.system)(company.id) >> asked
        answer(company.id, asked.output)
    return dag


@task(multiple_outputs=False)
def explain(company_id: str) -> dict[str, Any]:
    """Give every order of the day its outcome, and write the report."""
    from bitrix_accounting import steps

    return steps.reconcile_day(company_id)


@task(multiple_outputs=False)
def answer(company_id: str, said: dict[str, Any]) -> dict[str, bool]:
    """Tell the ledger what a person said."""
    from bitrix_accounting import steps

    return steps.answer(company_id, said)


for known in load_companies(companies_file()):
    reconcile(known)
