"""Turn the connection of the ledger into a :class:`~bookkeeping.ledger.SyncLedger`."""

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from sqlalchemy.engine import URL

from bookkeeping.ledger import SyncLedger, open_engine
from bookkeeping.ledger.address import connection_url, default_url


class SyncLedgerHook(BaseHook):
    """Open the ledger.

    :param ledger_conn_id: a connection to PostgreSQL (*schema* is the database) or SQLite (*host* is the
        file); without one the ledger is a SQLite file beside Airflow's own database.
    """

    conn_name_attr = "ledger_conn_id"
    default_conn_name = "ledger_default"

    def __init__(self, ledger_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.ledger_conn_id = ledger_conn_id

    def get_ledger(self, run: str = "") -> SyncLedger:
        """Return the ledger, its schema up to date.

        :param run: who writes, for the history.
        :raises MisconfiguredError: it cannot be reached or is outdated.
        """
        return SyncLedger(open_engine(self.get_url()), run=run)

    def get_url(self) -> URL:
        """Return the address of the ledger's database."""
        try:
            conn = self.get_connection(self.ledger_conn_id)
        except AirflowNotFoundException:
            return default_url()
        fields = ("conn_type", "host", "port", "login", "password", "schema")
        return connection_url({name: getattr(conn, name) for name in fields})
