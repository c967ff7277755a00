"""How every task of the project behaves when something fails."""

from datetime import timedelta

from bitrix_accounting.retry_policy import AccountingRetryPolicy

TASK_DEFAULTS = {
    "owner": "bookkeeping",
    "retries": 6,  # longer than the lease of a dead worker's attempt, and a look after it
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": AccountingRetryPolicy(),
    "execution_timeout": timedelta(hours=1),
}
