import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from airflow.sdk.exceptions import AirflowRescheduleException

from bitrix_accounting.postponing import LONGEST, postponing
from bookkeeping.domain import Status
from bookkeeping.errors import TransientError
from sandbox.app import Settings, create_app, serving

pytestmark = pytest.mark.filterwarnings("default")  # Airflow runs in this process, with warnings of its own


def failing(error):
    @postponing
    def step():
        raise error

    return step


@pytest.mark.parametrize(
    ("asked", "waits"),
    [(61, timedelta(seconds=61)), (3 * 3600, timedelta(hours=3)), (90 * 3600, LONGEST)],
)
def test_a_long_wait_is_left_to_airflow(asked, waits):
    with pytest.raises(AirflowRescheduleException) as raised:
        failing(TransientError("the daily quota is used up", retry_after=asked))()

    late = raised.value.reschedule_date - datetime.now(UTC) - waits
    assert timedelta(seconds=-5) < late <= timedelta(0)


@pytest.mark.parametrize("asked", [None, 1, 60])
def test_a_short_wait_is_an_ordinary_retry(asked):
    with pytest.raises(TransientError):
        failing(TransientError("429", retry_after=asked))()


def test_other_errors_and_results_pass():
    with pytest.raises(ValueError, match="a bug"):
        failing(ValueError("a bug"))()
    assert postponing(lambda number: number + 1)(1) == 2


@pytest.fixture
def rationed():
    """A sandbox whose Elba takes few requests a day."""
    paces = {"elba_oauth.quota_minute": 60000, "elba_oauth.at_once": 100, "elba_oauth.quota_day": 12}
    settings = Settings(first_day=date(2026, 10, 1), orders_per_day=12, profiles=paces, bitrix_burst=1000)
    return create_app(settings)


@pytest.fixture
def origin(rationed):
    with serving(rationed) as address:
        yield address


def pass_the_day(rationed, seen):
    """Wait until the task is postponed; then let the day be over: a new quota, and the moment has come."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.taskreschedule import TaskReschedule
    from airflow.utils.session import create_session

    deadline = time.monotonic() + 50
    while not seen and time.monotonic() < deadline:
        time.sleep(0.2)
        with create_session() as session:
            for postponed in session.query(TaskReschedule):
                task = session.get(TaskInstance, postponed.ti_id)
                seen.append((task.task_id, task.state, postponed.reschedule_date))
                rationed.state.sandbox.profiles.update({"elba_oauth.quota_day": 5000})
                postponed.reschedule_date = datetime.now(UTC)


@pytest.mark.timeout(60)
def test_a_used_up_quota_costs_no_try_and_makes_no_double(run_dag, rationed, books, ledger):
    from airflow.utils.state import TaskInstanceState

    seen = []
    threading.Thread(target=pass_the_day, args=(rationed, seen), daemon=True).start()
    run = run_dag("sync_orders__ivanov", business_date="2026-10-03")

    [(task_id, state, moment)] = seen
    assert (task_id, state) == ("post", TaskInstanceState.UP_FOR_RESCHEDULE)
    assert timedelta(minutes=1) < moment - datetime.now(UTC) < timedelta(hours=24)
    assert run.state == "success"
    assert {task.try_number for task in run.get_task_instances() if task.task_id == "post"} == {1}
    entries = ledger.of_company("ivanov", ["bill", "sale", "act"])
    posted = [entry.external_id for entry in entries if entry.status is Status.POSTED]
    assert posted
    elba = books()["elba_oauth"]
    assert sorted(posted) == sorted(row["id"] for name in ("invoices", "acts") for row in elba[name])
