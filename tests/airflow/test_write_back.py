"""The task `write_back`: only where the companies file wants it, and in nobody's way."""

import re
from pathlib import Path

import pytest
import requests

from bookkeeping.companies import companies_file
from bookkeeping.domain import Status

pytestmark = pytest.mark.filterwarnings("default")  # Airflow runs in this process, with warnings of its own

DAGS = Path(__file__).parents[2] / "dags"
DAY = "2026-10-03"


@pytest.fixture
def dags(airflow_database, tmp_path, monkeypatch):
    """The DAGs of companies of which only Romashka wants her orders to be written back to."""
    from airflow.dag_processing.dagbag import DagBag

    known = companies_file().read_text()
    file = tmp_path / "companies.yaml"
    file.write_text(known.replace("write_back: false", "write_back: true", 1))
    monkeypatch.setenv("COMPANIES_FILE", str(file))
    return DagBag(dag_folder=str(DAGS)).dags


@pytest.fixture
def comments(connections):
    """What stands in the orders' comments, with the orders' versions."""
    shop = connections["bitrix_romashka"]
    address = f"{shop['host']}/rest/{shop['login']}/{shop['password']}/sale.order.list"

    def read():
        rows, after = [], 0
        while page := ask(after):
            rows, after = rows + page, page[-1]["id"]
        return {str(row["id"]): (row["comments"], row["version"]) for row in rows}

    def ask(after):
        asked = {"select": ["id", "comments", "version"], "filter": {">id": after}, "start": -1}
        return requests.post(address, json=asked, timeout=10).json()["result"]["orders"]

    return read


def marks_in(comments):
    return sorted(mark for text, _ in comments.values() for mark in re.findall(r"\[b2:[^]]+]", text or ""))


def marks_of(ledger):
    posted = [e for e in ledger.of_company("romashka", ["sale", "act"]) if e.status is Status.POSTED]
    return sorted(f"[b2:{e.kind}:{e.order_id}:{e.shipment_id}]" for e in posted)


def test_only_a_company_that_wants_it_has_the_task(dags):
    assert "write_back" in dags["sync_orders__romashka"].task_ids
    assert "write_back" not in dags["sync_orders__ivanov"].task_ids


def test_it_follows_the_money_and_nothing_but_the_end_waits_for_it(dags):
    dag = dags["sync_orders__romashka"]
    task = dag.get_task("write_back")

    assert (task.pool, task.trigger_rule) == ("bitrix", "none_failed")
    assert "pay" in task.upstream_task_ids
    assert task.downstream_task_ids == {"finished"}
    assert dag.get_task("reconcile").upstream_task_ids == {"transform", "pay"}


def test_each_document_is_named_in_its_order_once_whatever_is_run_again(dags, comments, ledger, books):
    assert dags["sync_orders__romashka"].test(run_conf={"business_date": DAY}).state == "success"
    after_one, held = comments(), books()["kontur"]

    assert marks_of(ledger)
    assert marks_in(after_one) == marks_of(ledger)
    outcomes = [reconciled(dags)]

    assert dags["sync_orders__romashka"].test(run_conf={"business_date": DAY}).state == "success"
    assert (comments(), books()["kontur"]) == (after_one, held)
    assert [*outcomes, reconciled(dags)] == outcomes * 2
    assert "foreign" not in outcomes[0]


def reconciled(dags):
    run = dags["reconcile__romashka"].test(run_conf={"business_date": DAY})
    return run.get_task_instance("explain").xcom_pull(task_ids="explain")["outcomes"]
