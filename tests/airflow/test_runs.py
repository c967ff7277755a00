import pytest

from bookkeeping.closing import verify
from bookkeeping.domain import Status

pytestmark = pytest.mark.filterwarnings("default")  # Airflow runs in this process, with warnings of its own

COLLECTIONS = {
    "romashka": {"kontur": ["documents"]},
    "ivanov": {"elba_oauth": ["invoices", "acts"]},
    "petrova": {"elba_public": ["bills", "acts", "universal_transfer_documents"]},
}


def documents(state, company):
    return [
        row["id"]
        for book, collections in COLLECTIONS[company].items()
        for collection in collections
        for row in state[book][collection]
    ]


def posted(ledger, company):
    entries = ledger.of_company(company, ["bill", "sale", "act"])
    return [entry.external_id for entry in entries if entry.status is Status.POSTED]


@pytest.mark.parametrize("company", COLLECTIONS)
def test_a_days_documents_stand_in_the_books_once_whatever_is_run_again(company, run_dag, books, ledger):
    for _ in range(2):
        assert run_dag(f"sync_orders__{company}", business_date="2026-10-03").state == "success"

        assert posted(ledger, company)
        assert sorted(documents(books(), company)) == sorted(posted(ledger, company))


def test_a_lost_answer_is_found_by_the_retry(run_dag, books, fault, ledger):
    fault(method="POST", path="*/documents/saleinvoices", fault="timeout_after", times=1)

    assert run_dag("sync_orders__romashka", business_date="2026-10-03").state == "success"

    assert sorted(documents(books(), "romashka")) == sorted(posted(ledger, "romashka"))
    assert not [e for e in ledger.of_company("romashka") if e.status in {Status.UNKNOWN, Status.PENDING}]
    assert "unknown" in {
        became for entry in ledger.of_company("romashka") for _, _, became, _ in ledger.history(entry.key)
    }


def test_a_sweep_hands_on_counts_and_ids_of_orders_and_writes_nothing(run_dag, books):
    run = run_dag("sweep__romashka")

    assert run.state == "success"
    found = run.get_task_instance("scan").xcom_pull(task_ids="scan")
    assert found["missed"] == found["looked_at"] == len(found["missed_ids"])
    assert (found["vanished"], found["vanished_ids"]) == (0, [])
    assert documents(books(), "romashka") == []


def test_reconciliation_explains_every_order_of_the_day(run_dag, books, tmp_path):
    run_dag("sync_orders__romashka", business_date="2026-10-03")

    run = run_dag("reconcile__romashka", business_date="2026-10-03")

    assert run.state == "success"
    report = tmp_path / "reports" / "romashka" / "2026-10-03"
    assert {path.name for path in report.iterdir()} == {
        "reconciliation.html",
        "reconciliation.xlsx",
        "differences.csv",
    }


@pytest.mark.parametrize("company", ["romashka"])
def test_a_month_is_read_anew_and_leaves_a_pack_that_can_be_checked(company, run_dag, tmp_path):
    run_dag(f"sync_orders__{company}", business_date="2026-10-03")

    run = run_dag(f"reconcile__{company}", business_date="2026-10-03", period="month")

    assert run.state == "success"
    told = run.get_task_instance("explain").xcom_pull(task_ids="explain")
    pack = tmp_path / "reports" / company / "2026-10"
    assert (told["period"], told["report"]) == ("2026-10", str(pack))
    assert {"reconciliation.html", "closing.html", "manifest.json"} <= {path.name for path in pack.iterdir()}
    assert verify(pack) == []
    assert run.get_task_instance("digest").state == "skipped"
