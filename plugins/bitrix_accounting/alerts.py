"""A failed run is told to the team: which one, what it means for the books, and where to look.

Airflow calls these outside of any task, also after one was killed: its own callbacks are then not run.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.sdk import conf

from bitrix_accounting.period import business_day
from bookkeeping.companies import Company
from bookkeeping.errors import MisconfiguredError

if TYPE_CHECKING:
    from airflow.sdk import Context

PATIENCE = {"timeout": 20}
LONGEST = 250

MEANINGS = {
    "extract": "The day's orders were not read: nothing of this run is in the books yet.",
    "plan": "The plan was not written. The books are as they were.",
    "transform": "It was not worked out which documents are due: nothing of this run is in the books yet.",
    "post": "Some documents may not be in the books yet. Those that are will not be written again.",
    "pay": "Some payments, refunds or cancellations may not be in the books yet. Nothing is written twice.",
    "write_back": "The documents are in the books; some orders' comments do not name them yet.",
    "bill_to_customer": "The documents are in the books; some customers did not get their bills by mail.",
    "reconcile": "The documents were handled; the day's reconciliation was not started.",
    "explain": "The day is not reconciled: there is no new report. The books are not touched by this.",
    "digest": "The day is reconciled; the accountants did not get the digest by mail.",
    "ask": "Nobody was asked about unanswered writes; they stay as they are, and nothing is sent again.",
    "answer": "A person's answers about unanswered writes were not recorded; nothing is sent again.",
    "scan": "It is not known whether the daily runs missed orders. The books are not touched by this.",
}
"""What a failure of a task means for the books."""

UNKNOWN_MEANING = "The run did not finish. Nothing is written twice when it is run again."


def alerts(company: Company) -> "list[Callable[[Context], None]] | None":
    """Return what Airflow is to call when a run of a company fails; None if nobody wants to know."""
    wanted: list[Callable[[Context], None]] = []
    if company.alerts.mail:
        wanted.append(MailAlert(company))
    if company.alerts.http_conn_id:
        wanted.append(HttpAlert(company))
    return wanted or None


@dataclass(frozen=True)
class MailAlert:
    """Tells the team by mail, over the same connection as all letters."""

    company: Company = field(repr=False)

    def __call__(self, context: "Context") -> None:
        """Send it; whatever the run says of itself is text and no template."""
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier  # noqa: PLC0415 - slow to import

        from bitrix_accounting.mailing import SMTP_CONN_ID, mailbox  # noqa: PLC0415 - slow to import

        failure = failure_of(context, self.company)
        SmtpNotifier(
            to=list(self.company.alerts.mail),
            from_email=mailbox().sender,
            subject=failure["subject"],
            html_content="<br>\n".join(html.escape(line) for line in failure["text"].split("\n")),
            smtp_conn_id=SMTP_CONN_ID,
        ).notify(context)


@dataclass(frozen=True)
class HttpAlert:
    """Tells the team by a POST of JSON, with a ``text`` as chats want it."""

    company: Company = field(repr=False)

    def __call__(self, context: "Context") -> None:
        """Post it; whatever the run says of itself is text and no template."""
        from airflow.providers.http.notifications import HttpNotifier  # noqa: PLC0415 - slow to import

        HttpNotifier(
            http_conn_id=str(self.company.alerts.http_conn_id),
            json=failure_of(context, self.company),
            extra_options=PATIENCE,
        ).notify(context)


def failure_of(context: Mapping[str, Any], company: Company) -> dict[str, str]:
    """Return what is told of a failed run: ids, days and our own words, nothing of shop or books."""
    dag_id, run_id, task_id = _names(context)
    known = {
        "company": company.id,
        "day": _day(context, company),
        "dag": dag_id,
        "run": run_id,
        "task": task_id,
        "reason": _plain(context.get("reason") or ""),
        "meaning": MEANINGS.get(task_id, UNKNOWN_MEANING),
        "where": f"{_base_url()}/dags/{quote(dag_id)}/runs/{quote(run_id, safe='')}",
    }
    subject = f"{dag_id} failed for {known['day']}"
    return {**known, "subject": subject, "text": _text(known, company)}


def _text(known: Mapping[str, str], company: Company) -> str:
    task = f", task {known['task']}" if known["task"] else ""
    return "\n".join(
        (
            f"{known['dag']} failed for {known['day']} ({_plain(company.title)}){task}: {known['reason']}.",
            known["meaning"],
            f"Look at the failed task's log and clear the task: {known['where']}",
            f"Run: {known['run']}",
        )
    )


def _names(context: Mapping[str, Any]) -> tuple[str, str, str]:
    """Name DAG, run and the task that failed last; a run that never got to a task has none."""
    task = context.get("ti")
    return (
        _plain(context["dag"].dag_id),
        _plain(context["run_id"]),
        _plain(task.task_id if task else ""),
    )


def _day(context: Mapping[str, Any], company: Company) -> str:
    try:
        return business_day(context, company.zone).day.isoformat()
    except (KeyError, MisconfiguredError):
        return "an unknown day"


def _plain(text: str) -> str:
    """Return a text on one line that no mail header minds."""
    return "".join(c if c.isprintable() else " " for c in text)[:LONGEST]


def _base_url() -> str:
    return str(conf.get("api", "base_url", fallback="http://localhost:8080")).rstrip("/")
