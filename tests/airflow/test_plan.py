"""A run that only plans, and a run of some orders, as Airflow runs them."""

import json
from datetime import UTC, date
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from airflow.sdk.exceptions import AirflowSkipException
from openpyxl import load_workbook

from bitrix_accounting.period import BusinessDay
from bitrix_accounting.run import Run
from bookkeeping.companies import companies_file
from bookkeeping.errors import MisconfiguredError
from bookkeeping.files import write_whole
from bookkeeping.ledger.tables import metadata
from bookkeeping.transforms.columns import SCHEMAS

pytestmark = pytest.mark.filterwarnings("default")  # Airflow runs in this process, with warnings of its own

DAY, LATER = "2026-10-03", "2026-10-06"
SYNC = "sync_orders__romashka"
NOT_THE_LEDGERS = {"buckets", "places", "portals"}
"""What any reading writes: how much of a limit is used, and what a portal understands."""


def stored(ledger):
    """Return all rows in which the ledger says what is due, done, in hand, seen or odd."""
    with ledger.engine.begin() as tx:
        return {
            name: [tuple(row) for row in tx.execute(sa.select(table))]
            for name, table in metadata.tables.items()
            if name not in NOT_THE_LEDGERS
        }


def states(run):
    return {instance.task_id: instance.state for instance in run.get_task_instances()}


def planned(run):
    return run.get_task_instance("plan").xcom_pull(task_ids="plan")


def orders_of(ledger):
    return {entry.order_id for entry in ledger.of_company("romashka", ["bill", "sale", "act"])}


@pytest.fixture
def sync():
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(companies_file().parents[2] / "dags")).dags[SYNC]


@pytest.fixture
def reports(tmp_path):
    return tmp_path / "reports" / "romashka"


def rows_of(report, sheet):
    return list(load_workbook(report / "plan.xlsx")[sheet].iter_rows(min_row=2, values_only=True))


def test_a_plan_is_written_and_nothing_else_happens(run_dag, books, ledger, reports):
    empty, shelf = stored(ledger), books()["kontur"]

    run = run_dag(SYNC, business_date=DAY, plan_only=True)

    assert run.state == "success"
    assert states(run) == {
        **dict.fromkeys(("extract", "plan", "finished"), "success"),
        **dict.fromkeys(("transform", "post", "pay", "reconcile"), "skipped"),
    }
    assert (books()["kontur"], stored(ledger)) == (shelf, empty)
    report = reports / DAY
    assert {path.name for path in report.iterdir()} == {"plan.html", "plan.xlsx"}
    assert planned(run)["documents"]["create"]["count"] == len(rows_of(report, "Документы"))
    assert not [row for row in rows_of(report, "Документы") if row[3] in json.dumps(planned(run))]


def test_a_run_of_some_orders_does_them_alone_whenever_they_were_changed(run_dag, ledger, reports):
    run_dag(SYNC, business_date=DAY, plan_only=True)
    *_, chosen = sorted({row[-2] for row in rows_of(reports / DAY, "Документы")}, key=int)

    plan = run_dag(SYNC, business_date=LATER, orders=[chosen], plan_only=True)
    run = run_dag(SYNC, business_date=LATER, orders=[chosen], plan_only=False)  # in one process, params stay

    assert {row[-2] for row in rows_of(reports / LATER, "Документы")} == {chosen} == orders_of(ledger)
    assert (planned(plan)["orders"], run.state) == (1, "success")
    assert (states(run)["plan"], states(run)["reconcile"]) == ("skipped", "skipped")


def test_an_order_that_the_shop_does_not_have_stops_the_run(run_dag, ledger, capfd):
    run = run_dag(SYNC, business_date=DAY, orders=["1", "999999"])

    assert (run.state, states(run)["extract"]) == ("failed", "failed")
    assert "no orders with the ids 1, 999999 on its site s1" in capfd.readouterr().out
    assert not orders_of(ledger)


@pytest.mark.parametrize("task_id", ["transform", "pay", "reconcile"])
def test_no_task_of_a_plan_does_anything_even_if_it_is_cleared(sync, task_id):
    with pytest.raises(AirflowSkipException):
        sync.get_task(task_id)._pre_execute_hook({"params": {"plan_only": True}})


def test_an_ordinary_run_goes_on_and_plans_nothing(sync):
    params = {"params": {"plan_only": False, "orders": None}}
    for task_id in ("transform", "pay", "reconcile"):
        sync.get_task(task_id)._pre_execute_hook(params)

    with pytest.raises(AirflowSkipException):
        sync.get_task("plan")._pre_execute_hook(params)


@pytest.mark.parametrize("asked", [{"plan_only": True}, {"orders": ("1001",)}])
def test_what_such_a_run_reads_is_never_taken_for_the_day(asked, tmp_path, monkeypatch):
    monkeypatch.setenv("STAGING_PATH", str(tmp_path))
    facts = {"company": SimpleNamespace(id="romashka"), "ledger": None, "run_id": ""}
    run = Run(day=BusinessDay.on(date(2026, 10, 3), UTC), **facts, **asked)
    for name in SCHEMAS:
        write_whole(run.new_extraction() / f"{name}.parquet", b"")

    with pytest.raises(MisconfiguredError, match="Nothing was compared"):
        run.extraction()
    assert run.staged(str(run.new_extraction()))
