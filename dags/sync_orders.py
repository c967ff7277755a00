"""`sync_orders__<company>`: a day of the shop, into the books, once."""

from typing import Any

import pendulum
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Context, CronDataIntervalTimetable, Param, TriggerRule, task
from airflow.sdk.exceptions import AirflowSkipException

from bitrix_accounting.alerts import alerts
from bitrix_accounting.period import is_apart, is_plan
from bitrix_accounting.task_defaults import TASK_DEFAULTS
from bookkeeping.companies import Company, companies_file, load_companies

ABOUT = """
Reads every order of **{title}** with an event on the day, works out which bills, sale documents and acts are
due, posts each of them once, and records payments and refunds where the books allow it. With
`shop.write_back` the orders' comments then name the documents; with `mail.bill_to_customer` customers get the
links to their bills, each once, while a bill can still be paid. Meanwhile `reconcile__{id}` explains every
order of the same day.

*Clear* any task as often as you like: what stands in the books is never written again. Half a day later,
clear `extract` with all that follows it, so that the shop is read anew. To run one day, trigger the DAG with
`business_date`; to run some orders only, with `orders`. With `plan_only` it writes `plan.html` and
`plan.xlsx` into `REPORTS_PATH/{id}/<day>/`, which say what would be done, and does nothing of it.
"""

PLANNED = "Only a plan was asked for: nothing is sent."


def asked() -> dict[str, Param]:
    """Return what a run may be asked for; each DAG has its own, for Airflow writes into them."""
    return {
        "business_date": Param(None, type=["null", "string"], format="date", title="One day to run"),
        "plan_only": Param(
            False,  # noqa: FBT003 the form shows it as a switch
            type="boolean",
            title="Only plan",
            description="Write what would be created, held, changed and cancelled, and do nothing of it.",
        ),
        "orders": Param(
            None,
            type=["null", "array"],
            items={"type": "string", "pattern": "^[1-9][0-9]*$"},
            title="Only these orders",
            description="Their ids in the shop, one a line; they are read whenever they were changed.",
        ),
    }


def sync_orders(company: Company) -> DAG:
    """Wire one company's daily run."""
    with DAG(
        dag_id=f"sync_orders__{company.id}",
        schedule=CronDataIntervalTimetable("0 0 * * *", timezone=company.timezone),
        start_date=pendulum.datetime(*company.start_date.timetuple()[:3], tz=company.timezone),
        catchup=False,
        default_args=TASK_DEFAULTS,
        on_failure_callback=alerts(company),
        params=asked(),
        tags=["bookkeeping", company.books.system, company.id],
        doc_md=ABOUT.format(title=company.title, id=company.id),
    ) as dag:
        books = company.books.system
        folder = extract(company.id)["folder"]
        plan.override(pool=books)(company.id, folder)
        batches = transform(company.id, folder)
        posted = post.override(pool=books).partial(company_id=company.id, folder=folder).expand(batch=batches)
        paid = pay.override(pool=books)(company.id, folder)
        done = paid >> write_back(company.id, folder) if company.shop.write_back else paid
        posted >> paid
        end = finished()
        done >> end
        if company.mail.bill_to_customer:
            paid >> bill_to_customer.override(pool=books)(company.id, folder) >> end
        [batches, paid] >> reconcile_after(company)
    return dag


@task(pool="bitrix", multiple_outputs=True)
def extract(company_id: str) -> dict[str, Any]:
    """Read the day's orders and stage them."""
    from bitrix_accounting import steps

    return steps.extract(company_id)


@task.run_if(is_plan, "Only a run with plan_only makes a plan.")
@task(multiple_outputs=False)
def plan(company_id: str, folder: str) -> dict[str, Any]:
    """Write what the run would do, if it is to do nothing else."""
    from bitrix_accounting import steps

    return steps.plan(company_id, folder)


@task.skip_if(is_plan, PLANNED)
@task
def transform(company_id: str, folder: str) -> list[dict[str, Any]]:
    """Turn orders into due documents, in batches."""
    from bitrix_accounting import steps

    return steps.transform(company_id, folder)


@task(map_index_template="{{ batch }}", multiple_outputs=False)
def post(company_id: str, folder: str, batch: dict[str, Any]) -> dict[str, int]:
    """Post one batch of documents."""
    from bitrix_accounting import steps

    return steps.post(company_id, folder, batch)


@task.skip_if(is_plan, PLANNED)
@task(trigger_rule=TriggerRule.NONE_FAILED, multiple_outputs=False, max_active_tis_per_dag=1)
def pay(company_id: str, folder: str) -> dict[str, dict[str, int]]:
    """Record payments and refunds."""
    from bitrix_accounting import steps

    return steps.pay(company_id, folder)


@task.skip_if(is_plan, PLANNED)
@task(pool="bitrix", trigger_rule=TriggerRule.NONE_FAILED, multiple_outputs=False, max_active_tis_per_dag=1)
def write_back(company_id: str, folder: str) -> dict[str, int]:
    """Add the documents' numbers to the orders' comments."""
    from bitrix_accounting import steps

    return steps.write_back(company_id, folder)


@task.skip_if(is_plan, PLANNED)
@task(trigger_rule=TriggerRule.NONE_FAILED, multiple_outputs=False, max_active_tis_per_dag=1)
def bill_to_customer(company_id: str, folder: str) -> dict[str, int]:
    """Mail the customers their bills' links."""
    from bitrix_accounting import steps

    return steps.bill_to_customer(company_id, folder)


def finished() -> EmptyOperator:
    """Make a run fail when a step failed, although reconciliation follows in any case."""
    return EmptyOperator(task_id="finished", trigger_rule=TriggerRule.NONE_FAILED)


def reconcile_after(company: Company) -> TriggerDagRunOperator:
    """Start the reconciliation of the same day, also of a day on which something failed.

    Not after some orders only: the report of their day stays whole, and the next one explains them.
    """
    return TriggerDagRunOperator(
        task_id="reconcile",
        trigger_dag_id=f"reconcile__{company.id}",
        trigger_run_id="after__{{ run_id }}",
        conf={"business_date": "{{ ti.xcom_pull(task_ids='extract')['day'] }}"},
        reset_dag_run=True,
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
        pre_execute=skip_apart,
    )


def skip_apart(context: Context) -> None:
    """Start nothing after a plan, or after some orders only."""
    if is_apart(context):
        raise AirflowSkipException("This run is not about its whole day: the day's report stays as it is.")


for known in load_companies(companies_file()):
    sync_orders(known)
