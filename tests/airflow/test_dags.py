import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bookkeeping.companies import companies_file

ROOT = Path(__file__).parents[2]


@pytest.fixture
def dag_bag():
    from airflow.dag_processing.dagbag import DagBag

    return lambda folder=ROOT / "dags": DagBag(dag_folder=str(folder))


def test_every_company_has_a_sync_a_reconciliation_and_a_sweep(dag_bag):
    bag = dag_bag()
    companies = [company["id"] for company in yaml.safe_load(companies_file().read_text())["companies"]]

    assert bag.import_errors == {}
    assert sorted(bag.dag_ids) == sorted(
        f"{kind}__{company}" for kind in ("sync_orders", "reconcile", "sweep") for company in companies
    )


def test_the_schedule_cuts_days_in_the_companys_zone(dag_bag):
    timetable = dag_bag().dags["sync_orders__romashka"].timetable

    assert (timetable.expression, str(timetable.timezone)) == ("0 0 * * *", "Europe/Moscow")
    assert "DataInterval" in type(timetable).__name__


def test_the_sweep_is_weekly_one_at_a_time_and_waits_to_be_wanted_like_the_sync(dag_bag):
    dags = dag_bag().dags
    sweep, sync = dags["sweep__romashka"], dags["sync_orders__romashka"]

    assert (sweep.timetable.expression, str(sweep.timetable.timezone)) == ("0 3 * * 0", "Europe/Moscow")
    assert "DataInterval" in type(sweep.timetable).__name__
    assert (sweep.catchup, sweep.max_active_runs) == (False, 1)
    assert sweep.is_paused_upon_creation == sync.is_paused_upon_creation
    assert sweep.tags == sync.tags
    assert "ООО «Ромашка»" in sweep.doc_md


def test_every_task_retries_by_our_policy_and_has_an_end(dag_bag):
    from bitrix_accounting.retry_policy import AccountingRetryPolicy

    for dag in dag_bag().dags.values():
        for task in dag.tasks:
            assert task.retries >= 2, task.task_id
            assert isinstance(task.retry_policy, AccountingRetryPolicy), task.task_id
            assert task.execution_timeout, task.task_id


def test_each_api_has_its_pool(dag_bag):
    pools = {
        (dag_id, task.task_id): task.pool for dag_id, dag in dag_bag().dags.items() for task in dag.tasks
    }

    assert pools["sync_orders__romashka", "extract"] == pools["sweep__romashka", "scan"] == "bitrix"
    assert pools["sync_orders__romashka", "post"] == pools["reconcile__romashka", "explain"] == "kontur"
    assert pools["sync_orders__petrova", "post"] == pools["sync_orders__petrova", "pay"] == "elba"


def test_a_failed_step_fails_the_run_although_reconciliation_follows(dag_bag):
    dag = dag_bag().dags["sync_orders__romashka"]

    assert {task.task_id for task in dag.leaves} == {"plan", "finished", "reconcile"}
    assert dag.get_task("finished").upstream_task_ids == {"pay"}
    assert dag.get_task("reconcile").trigger_rule == "all_done_min_one_success"


def test_a_question_to_a_person_keeps_nobody_waiting(dag_bag):
    dag = dag_bag().dags["reconcile__petrova"]
    question = dag.get_task("ask")

    assert dag.max_active_runs >= 60
    assert question.pool == "default_pool"
    assert question.defaults == ["Оставить как есть"]
    assert timedelta(hours=12) < question.response_timeout < timedelta(hours=24)
    assert (question.upstream_task_ids, question.downstream_task_ids) == ({"explain"}, {"answer"})


def test_a_bad_companies_file_fails_the_import_with_its_message(dag_bag, tmp_path, monkeypatch):
    broken = tmp_path / "companies.yaml"
    broken.write_text(companies_file().read_text().replace("system: kontur", "system: kontor", 1))
    monkeypatch.setenv("COMPANIES_FILE", str(broken))

    errors = dag_bag().import_errors.values()

    assert len(errors) == 3
    for error in errors:
        assert f'{broken}: company "romashka", books.system' in error
        assert "use kontur or elba" in error


def test_parsing_needs_no_pandas():
    code = (
        "import runpy, sys\n"
        "for path in sys.argv[1:]: runpy.run_path(path)\n"
        "print(sorted({'pandas', 'pyarrow', 'openpyxl'} & set(sys.modules)))"
    )
    files = [str(path) for path in sorted((ROOT / "dags").glob("*.py"))]
    done = subprocess.run([sys.executable, "-c", code, *files], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_nothing_is_called_by_airflows_old_names():
    ruff = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--select",
        "AIR",
        "--preview",
        "dags",
        "plugins",
        "include",
    ]

    done = subprocess.run(ruff, capture_output=True, text=True, check=False, cwd=ROOT)

    assert done.returncode == 0, done.stdout
