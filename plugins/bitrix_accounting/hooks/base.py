"""What the hooks of the three services share: one connection, read when it is first needed."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from bitrix_accounting.hooks.settings import RateLimit, Settings
from bookkeeping.clients.transport import Transport
from bookkeeping.errors import MisconfiguredError, SyncError
from bookkeeping.ledger import SharedLimit

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine

    from bookkeeping.clients.transport import Auth

TIMEOUT = 60.0
TIME_TO_CONNECT = 10.0
LONGEST_TIMEOUT = 120.0
"""Seconds: a write must be over before its claim's lease is."""


class Checkable(Protocol):
    """A client that can prove its settings."""

    def check(self) -> str:
        """Return one sentence about what the connection opens."""


class AtOnce(Protocol):
    """A client of books that take several requests at the same moment."""

    at_once: int


Books = TypeVar("Books", bound=AtOnce)


class ServiceHook(BaseHook):
    """A connection to one service; nothing is read or called before it is needed."""

    def __init__(self, conn_id: str) -> None:
        super().__init__()
        self._conn_id = conn_id

    @cached_property
    def settings(self) -> Settings:
        """The fields of the connection."""
        try:
            return Settings.of(self.get_connection(self._conn_id))
        except AirflowNotFoundException:
            raise MisconfiguredError(
                f"There is no connection {self._conn_id!r}, which the companies file names. Make it under "
                f"Admin, Connections, or set AIRFLOW_CONN_{self._conn_id.upper()}. Nothing was read or sent."
            ) from None

    @property
    def default_rate(self) -> RateLimit:
        """How fast the service may be called unless the connection says otherwise."""
        raise NotImplementedError

    @property
    def rate_limit(self) -> RateLimit:
        """How fast the service may be called: the connection's own settings, or the defaults."""
        return self.settings.rate_limit(self.default_rate)

    @property
    def bucket(self) -> str:
        """What the service counts our requests by: the connection, unless a hook knows better."""
        return self._conn_id

    def get_client(self, engine: Engine | None = None) -> Checkable:
        """Return a client on one session, to be used for a whole task.

        :param engine: the ledger's: with it all workers keep the service's rate limit together.
        :raises MisconfiguredError: a field of the connection is missing or wrong.
        """
        raise NotImplementedError

    def test_connection(self) -> tuple[bool, str]:
        """Say whose the connection is, or what is wrong with it."""
        try:
            return True, self.get_client().check()
        except SyncError as error:
            return False, str(error)

    def _transport(self, base_url: str, auth: Auth, engine: Engine | None) -> Transport:
        read_timeout = self.settings.number("timeout", TIMEOUT, at_least=1, at_most=LONGEST_TIMEOUT)
        return Transport(
            base_url,
            label=self._conn_id,
            auth=auth,
            timeout=(TIME_TO_CONNECT, read_timeout),
            limit=self._shared_limit(engine),
        )

    def _at_pace(self, client: Books) -> Books:
        """Return a client of some books that sends as many requests at once as the connection says."""
        client.at_once = self.rate_limit.at_once or client.at_once
        return client

    def _shared_limit(self, engine: Engine | None) -> Callable[[], AbstractContextManager[object]]:
        if engine is None:
            return nullcontext
        limit = self.rate_limit
        return SharedLimit(engine, self.bucket, rate=limit.rate, burst=limit.burst, at_once=limit.at_once)
