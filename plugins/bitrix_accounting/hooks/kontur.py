"""The hook of Kontur.Accounting: an API key or an OAuth client, and the organisation's account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk.log import mask_secret

from bitrix_accounting.hooks.base import ServiceHook
from bitrix_accounting.hooks.settings import RateLimit
from bookkeeping.clients.auth import ApiKey, ClientCredentials
from bookkeeping.clients.kontur import KonturClient

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bookkeeping.clients.transport import Auth


class KonturHook(ServiceHook):
    """Turn an Airflow connection into a :class:`~bookkeeping.clients.kontur.KonturClient`.

    :param kontur_conn_id: a connection with the API's address in *host* and the account in *login*; the key
        in *password*, or ``auth: oauth`` with the client in *extra*.
    """

    conn_name_attr = "kontur_conn_id"
    default_conn_name = "kontur_default"
    conn_type = "kontur"
    hook_name = "Kontur.Accounting"
    default_rate = RateLimit(5, 10, at_once=2)

    def __init__(self, kontur_conn_id: str = default_conn_name) -> None:
        super().__init__(kontur_conn_id)
        self.kontur_conn_id = kontur_conn_id

    def get_client(self, engine: Engine | None = None) -> KonturClient:
        """Return a client on one session, to be used for a whole task."""
        transport = self._transport(self.settings.address("host"), self._auth(), engine)
        client = KonturClient(transport, self.settings.text("login"), self.settings.capabilities())
        return self._at_pace(client)

    def _auth(self) -> Auth:
        settings = self.settings
        if settings.choice("auth", "api_key", "oauth") == "api_key":
            return ApiKey(settings.text("api_key_header", "X-Api-Key"), settings.secret("password"))
        return ClientCredentials(
            settings.address("token_url"),
            settings.text("client_id"),
            settings.secret("client_secret"),
            settings.text("scope", "accounting.api"),
            on_secret=mask_secret,
        )
