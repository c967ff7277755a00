"""`reconcile__<company>`: every order of a day explained, after the day's sync."""

from typing import Any

import pendulum
from airflow.sdk import DAG, Param, TriggerRule, task

from bitrix_accounting.alerts import alerts
from bitrix_accounting.asking import AskAboutUnknown
from bitrix_accounting.period import is_month
from bitrix_accounting.task_defaults import TASK_DEFAULTS
from bookkeeping.companies import Company, companies_file, load_companies

ABOUT = """
Compares the orders of **{title}** on a day with the ledger and with the books: each order gets exactly one
outcome and a difference in roubles. The report lies in `REPORTS_PATH/{id}/<day>/`. With `period: month` it
reads the month of `business_date` anew, and writes the pack for closing it into
`REPORTS_PATH/{id}/<month>/`.
`sync_orders__{id}` starts it for its own day; trigger it by hand with `business_date`. `digest` mails the day
to `mail.accountants` over the connection `smtp_default`, once, whatever is run again.

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
        on_failure_callback=alerts(company),
        params={
            "business_date": Param(None, type=["null", "string"], format="date", title="The day to explain"),
            "period": Param("day", enum=["day", "month"], title="That day, or its whole month"),
        },
        tags=["bookkeeping", company.books.system, company.id],
        doc_md=ABOUT.format(title=company.title, id=company.id),
    ) as dag:
        books = company.books.system
        asked = AskAboutUnknown(task_id="ask", company_id=company.id)
        explained = explain.override(pool=books)(company.id)
        if books == "elba":
            read_payments.override(pool=books)(company.id) >> explained
        read_month(company.id) >> explained >> [asked, digest(company.id)]
        answer(company.id, asked.output)
    return dag


@task.run_if(is_month, "A day was read by its sync.")
@task(pool="bitrix", multiple_outputs=False)
def read_month(company_id: str) -> dict[str, int]:
    """Read a month's orders anew, to close it."""
    from bitrix_accounting import steps

    return steps.read_month(company_id)


@task(multiple_outputs=False)
def read_payments(company_id: str) -> dict[str, int]:
    """Learn what came for bills, in books that only show it."""
    from bitrix_accounting import steps

    return steps.read_payments(company_id)


@task(trigger_rule=TriggerRule.NONE_FAILED, multiple_outputs=False)
def explain(company_id: str) -> dict[str, Any]:
    """Give every order its outcome, and write the report."""
    from bitrix_accounting import steps

    return steps.reconcile(company_id)


@task(multiple_outputs=False)
def digest(company_id: str) -> dict[str, str]:
    """Mail the day to the accountants, once."""
    from bitrix_accounting import steps

    return steps.digest(company_id)


@task(multiple_outputs=False)
def answer(company_id: str, said: dict[str, Any]) -> dict[str, bool]:
    """Tell the ledger what a person said."""
    from bitrix_accounting import steps

    return steps.answer(company_id, said)


for known in load_companies(companies_file()):
    reconcile(known)
