"""The hook of 1C-Bitrix and Bitrix24: an incoming webhook, or an OAuth application."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airflow.sdk.log import mask_secret

from bitrix_accounting.hooks.base import TIME_TO_CONNECT, ServiceHook
from bitrix_accounting.hooks.settings import RateLimit
from bitrix_accounting.hooks.tokens import FileTokens, token_folder
from bookkeeping.clients.bitrix import BitrixClient, BitrixOAuth
from bookkeeping.clients.transport import Transport, Unsigned

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bookkeeping.clients.transport import Auth

TOKEN_URL = "https://oauth.bitrix.info/oauth/token/"  # noqa: S105 an address
WHOLE_WEBHOOK = re.compile(r"(?P<host>https?://.+?)/rest/(?P<user>\d+)/(?P<code>[^/]+)(/.*)?")
TIMEOUT = 70.0
"""Seconds: the portal may work on a batch for 60."""


class BitrixHook(ServiceHook):
    """Turn an Airflow connection into a :class:`~bookkeeping.clients.bitrix.BitrixClient`.

    :param bitrix_conn_id: a connection with the portal's address in *host*, the webhook's user in *login*
        and its code in *password*; a whole webhook address in *host* does too. With ``auth: oauth`` the
        application and its first refresh token are in *extra*.
    """

    conn_name_attr = "bitrix_conn_id"
    default_conn_name = "bitrix_default"
    conn_type = "bitrix"
    hook_name = "1C-Bitrix, Bitrix24"
    default_rate = RateLimit(2, 50, 4)

    def __init__(self, bitrix_conn_id: str = default_conn_name) -> None:
        super().__init__(bitrix_conn_id)
        self.bitrix_conn_id = bitrix_conn_id

    @property
    def bucket(self) -> str:
        """A portal counts all requests from one place together, whoever signs them (contract, section 5)."""
        return f"bitrix {urlsplit(self.settings.address('host')).netloc}"

    def get_client(self, engine: Engine | None = None) -> BitrixClient:
        """Return a client on one session, to be used for a whole task."""
        is_webhook = self.settings.choice("auth", "webhook", "oauth") == "webhook"
        base_url, auth = self._webhook() if is_webhook else self._application()
        read_timeout = self.settings.number("timeout", TIMEOUT, at_least=1)
        limit = self._shared_limit(engine)
        http = Transport(
            base_url,
            label=self._conn_id,
            auth=auth,
            timeout=(TIME_TO_CONNECT, read_timeout),
            limit=limit,
        )
        speaks_json = self.settings.choice("encoding", "json", "form") == "json"
        return BitrixClient(http, at_once=self.rate_limit.at_once or 1, speaks_json=speaks_json)

    def _webhook(self) -> tuple[str, Auth]:
        """Return the address that holds the code, and what knows that it is a secret."""
        settings = self.settings
        host = settings.address("host")
        if whole := WHOLE_WEBHOOK.fullmatch(host):
            host, user, code = whole["host"], whole["user"], whole["code"]
            mask_secret(code)
        else:
            user, code = settings.text("login"), settings.secret("password")
        return f"{host.rstrip('/')}/rest/{user}/{code}", Unsigned((code,))

    def _application(self) -> tuple[str, Auth]:
        settings = self.settings
        client_id, refresh_token = settings.text("client_id"), settings.secret("refresh_token")
        auth = BitrixOAuth(
            settings.address("token_url", TOKEN_URL),
            client_id,
            settings.secret("client_secret"),
            FileTokens(token_folder(), client_id, refresh_token),
            on_secret=mask_secret,
        )
        return f"{settings.address('host').rstrip('/')}/rest", auth
