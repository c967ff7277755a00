"""What each task does: open the connections, call the library, hand on paths and counts."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from bitrix_accounting.asking import RECORD
from bitrix_accounting.hooks.bitrix import BitrixHook
from bitrix_accounting.mailing import mailbox
from bitrix_accounting.postponing import postponing
from bitrix_accounting.run import Run
from bookkeeping.answers import read_answers, record, refuse_early
from bookkeeping.bill_payments import newly_paid, read_bill_payments
from bookkeeping.closing import close_month
from bookkeeping.closing import summary as closing_summary
from bookkeeping.day import batch_size, finish_all
from bookkeeping.domain import DAY, Capability, Document
from bookkeeping.errors import MisconfiguredError
from bookkeeping.extraction import find_out_once, stage_day
from bookkeeping.ledger import PaidBill, ShopMemory
from bookkeeping.mail import (
    addresses_in,
    can_send_bills,
    held_letters,
    read_digest,
    send_bills,
    send_digest,
    write_digest,
)
from bookkeeping.outcomes import Reconciliation
from bookkeeping.pace import watch
from bookkeeping.planning import plan_of, write_plan
from bookkeeping.planning import summary as plan_summary
from bookkeeping.questions import HINT, body, in_ids, questions, subject
from bookkeeping.reconciliation import explain
from bookkeeping.report import summary, write_report
from bookkeeping.staging import Staging
from bookkeeping.storage import (
    count_orders,
    read_documents,
    read_parts,
    read_shop,
    read_table,
    write_documents,
)
from bookkeeping.sweep import SHOWN, sweep_shop
from bookkeeping.write_back import write_lines

log = logging.getLogger(__name__)


@postponing
def extract(company_id: str) -> dict[str, Any]:
    """Read the day's orders from the shop and stage them; return the day and the counts."""
    run = Run.of(company_id)
    folder = run.new_extraction()
    counts = _stage(run, folder)
    if not run.is_apart:
        watch(run.ledger, run.company, read_table(folder / "orders.parquet"), run.day.start, run.day.end)
    return {"day": run.day.day.isoformat(), "folder": str(folder), **counts}


def _stage(run: Run, folder: Path) -> dict[str, int]:
    """Read what the run is about into a folder; return the counts."""
    shop = run.company.shop
    client = BitrixHook(shop.conn_id).get_client(run.ledger.engine)
    portal = find_out_once(client, shop, ShopMemory(run.ledger))
    return stage_day(client, shop, run.reads, Staging(folder, run.unfinished), run.known(), portal)


@postponing
def plan(company_id: str, folder: str) -> dict[str, Any]:
    """Write what the run would do, and do nothing of it; return counts, sums and where the plan lies."""
    run = Run.of(company_id)
    shop = read_shop(run.staged(folder))
    made = plan_of(shop, run.company, run.day.end, run.ledger, run.books(), run.orders)
    write_plan(made, run.reports)
    log.info("This was a plan: nothing was sent, and the ledger is as it was.")
    return {"day": run.day.day.isoformat(), "plan": str(run.reports), **plan_summary(made)}


@postponing
def transform(company_id: str, folder: str) -> list[dict[str, Any]]:
    """Work out which documents are due, tell the ledger, and stage them in batches; return the batches."""
    run = Run.of(company_id)
    path = run.staged(folder)
    size, names = batch_size(count_orders(path)), list[str]()
    write_documents(path, _named(run.batches(path, size), names))
    return [{"number": number, "name": name} for number, name in enumerate(names)]


def _named(batches: Iterable[list[Document]], names: list[str]) -> Iterator[list[Document]]:
    """Take note of what the batches are called on their way to the disk, one at a time in memory."""
    for batch in batches:
        names.append(_name(batch))
        yield batch


def _name(batch: list[Document]) -> str:
    return f"{len(batch)} documents from № {batch[0].number} to № {batch[-1].number}"


@postponing
def post(company_id: str, folder: str, batch: dict[str, Any]) -> dict[str, int]:
    """Put one batch of documents into the books; return how many stand in which status."""
    context: Any = get_current_context()
    context["batch"] = batch["name"]
    run = Run.of(company_id)
    documents = read_documents(run.staged(folder), batch["number"])
    return run.poster().post_documents(documents)


@postponing
def pay(company_id: str, folder: str) -> dict[str, dict[str, int]]:
    """Cancel what is due no more and record the money, where the books allow it; return counts by status."""
    run = Run.of(company_id)
    return finish_all(read_parts(run.staged(folder)), run.company, run.day.end, run.poster())


@postponing
def write_back(company_id: str, folder: str) -> dict[str, int]:
    """Add a line to the orders' comments for each document; return how many lines stand in which status."""
    run = Run.of(company_id)
    orders = read_table(run.staged(folder) / "orders.parquet")["order_id"].to_pylist()
    client = BitrixHook(run.company.shop.conn_id).get_client(run.ledger.engine)
    return write_lines(client, run.ledger, run.company, orders, run.day.end)


@postponing
def read_month(company_id: str) -> dict[str, int]:
    """Read the orders of a month anew, as the shop has them by now; return the counts."""
    run = Run.of(company_id)
    return _stage(run, run.new_extraction())


@postponing
def read_payments(company_id: str) -> dict[str, int]:
    """Learn what came for bills in books that only show it; return counts."""
    run = Run.of(company_id)
    return read_bill_payments(run.company, run.ledger, run.books())


@postponing
def reconcile(company_id: str) -> dict[str, Any]:
    """Explain every order of the day and write the report; return counts, sums and where it lies.

    Of a month it is a pack, to close the month with.
    """
    run = Run.of(company_id)
    result = _explain(run)
    write_report(result, run.reports)
    for kind, text in result.warnings:
        log.warning("%s: %s", kind, text)
    told = {"period": run.day.name, "report": str(run.reports), **summary(result)}
    if run.day.is_month:
        return told | closing_summary(close_month(result, run.ledger, run.company, run.reports))
    if run.company.mail.accountants:
        unsent = held_letters(run.ledger, company_id, run.day.day)
        write_digest(result, run.reports, unsent, _paid_since(run))
    return told


def _paid_since(run: Run) -> list[PaidBill]:
    """Return the bills that the books called paid in the night after the day; of a past one, none."""
    return newly_paid(run.ledger, run.company.id, run.day.end, run.day.end + timedelta(days=1))


def _explain(run: Run) -> Reconciliation:
    books, period = run.books(), (run.day.day, run.day.last)
    has_bank = Capability.BANK_TRANSACTIONS in books.capabilities
    earlier = run.earlier_payments() if has_bank else ()
    parts = read_parts(run.to_explain())
    result = explain(parts, run.company, period, run.day.end, run.ledger, books, earlier)
    return replace(result, through=run.day.last) if run.day.is_month else result


@postponing
def digest(company_id: str) -> dict[str, str]:
    """Send the accountants what the reconciliation wrote for them, once a day; return where it stands."""
    run = Run.of(company_id)
    if not run.company.mail.accountants:
        raise AirflowSkipException("The company has no mail.accountants in the companies file.")
    if run.day.is_month:
        raise AirflowSkipException("A digest is about one day; the month's pack lies with the reports.")
    if run.day.end > run.ledger.now():
        raise AirflowSkipException(
            f"{run.day.name} is not over yet. Its one digest is sent by a run after midnight; the report of "
            "the day so far lies with the reports."
        )
    mailer, day = mailbox(), run.day.day
    status = send_digest(run.company, day, read_digest(run.reports), run.ledger, mailer)
    return {"day": day.isoformat(), "status": str(status)}


@postponing
def bill_to_customer(company_id: str, folder: str) -> dict[str, int]:
    """Send customers the links to their bills, each once; return how many letters stand in which status."""
    run = Run.of(company_id)
    books, mailer = run.books(), mailbox()
    if not can_send_bills(books):
        raise AirflowSkipException("These books have no public links to bills: there is nothing to send.")
    addresses = addresses_in(read_table(run.staged(folder) / "orders.parquet"))
    return send_bills(run.company, addresses, run.ledger, books, mailer)


@postponing
def sweep(company_id: str) -> dict[str, Any]:
    """Leave to the next run what the daily runs missed; return counts and the first hundred ids of orders."""
    run = Run.of(company_id)
    client = BitrixHook(run.company.shop.conn_id).get_client(run.ledger.engine)
    found = sweep_shop(client, run.company, run.ledger)
    return {
        "looked_at": found.looked_at,
        "missed": len(found.missed),
        "missed_ids": list(found.missed[:SHOWN]),
        "vanished": len(found.vanished),
        "vanished_ids": list(found.vanished[:SHOWN]),
    }


def ask(company_id: str) -> dict[str, Any] | None:
    """Return the form for a person, None if there is nothing that only a person can find out."""
    run = Run.of(company_id)
    orders = {*read_table(run.extraction() / "orders.parquet")["order_id"].to_pylist(), DAY}
    asked = questions(run.ledger, company_id, orders, run.books().capabilities)
    if not asked:
        return None
    return {
        "subject": subject(run.company.title, run.day.day, asked),
        "body": body(company_id),
        "hint": HINT,
        "asked_at": run.ledger.now().isoformat(),
        "fields": {question.key: question.title for question in asked},
    }


def _asked_at() -> datetime:
    context: Any = get_current_context()
    return datetime.fromisoformat(context["ti"].xcom_pull(task_ids="ask", key="asked_at"))


def answer(company_id: str, said: dict[str, Any]) -> dict[str, bool]:
    """Tell the ledger what a person said; return for each key whether that changed it.

    :raises MisconfiguredError: an answer cannot be understood; then none counts.
    :raises TransientError: what is said to be absent may still land; the next try tells the ledger again.
    """
    if said["chosen_options"] != [RECORD]:
        log.info("Nobody has answered: everything stays as it is.")
        return {}
    answers = read_answers(in_ids(said["params_input"]))
    if strange := [each.key for each in answers if not each.key.startswith(f"{company_id}/")]:
        raise MisconfiguredError(f"{strange[0]} is not a key of {company_id}. Nothing was recorded.")
    who, ledger = f"Airflow user {said['responded_by_user']['name']}", Run.of(company_id).ledger
    done = record(answers, ledger, who, asked_at := _asked_at())
    refuse_early(answers, ledger, asked_at)
    for key, changed in done.items():
        log.info("%s %s", key, "is settled" if changed else "was not unknown any more: it is left alone")
    return done
