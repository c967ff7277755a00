"""A required action in Airflow: a person says how unanswered writes ended."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowSkipException

if TYPE_CHECKING:
    from airflow.sdk import Context

RECORD, LEAVE = "Записать ответы", "Оставить как есть"

PATIENCE = timedelta(hours=20)
"""Less than a day: the next day's reconciliation asks again."""


class AskAboutUnknown(HITLOperator):
    """Ask a person about a day's unanswered writes into books that cannot be looked into.

    It waits as ``awaiting_input``, in nobody's way; without an answer it changes nothing and succeeds. With
    nothing to ask it is skipped. What was said is the task's result, for :func:`steps.answer`.
    """

    def __init__(self, *, company_id: str, **kwargs: Any) -> None:  # noqa: ANN401 - an operator's own
        super().__init__(
            subject=f"{company_id}: записи без ответа",
            options=[RECORD, LEAVE],
            defaults=LEAVE,
            response_timeout=PATIENCE,
            **kwargs,
        )
        self.company_id = company_id

    def execute(self, context: "Context") -> None:
        """Make the form, and wait."""
        from bitrix_accounting import steps  # noqa: PLC0415 - a DAG file parses without pandas

        form = steps.ask(self.company_id)
        if form is None:
            raise AirflowSkipException("every write of the day is answered, or can be looked up")
        self.subject, self.body = form["subject"], form["body"]
        context["ti"].xcom_push("asked_at", form["asked_at"])
        self.params = ParamsDict(
            {
                key: Param(None, type=["null", "string"], title=title, description=form["hint"])
                for key, title in form["fields"].items()
            }
        )
        super().execute(context)
