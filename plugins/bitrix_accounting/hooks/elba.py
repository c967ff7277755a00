"""The hook of Kontur.Elba in both its dialects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk.log import mask_secret

from bitrix_accounting.hooks.base import ServiceHook
from bitrix_accounting.hooks.settings import RateLimit
from bookkeeping.clients.auth import ApiKey, ClientCredentials
from bookkeeping.clients.elba import ElbaOauthClient, ElbaPublicClient

if TYPE_CHECKING:
    from sqlalchemy import Engine


class ElbaHook(ServiceHook):
    """Turn an Airflow connection into a client of one of Elba's dialects.

    :param elba_conn_id: a connection with the API's address in *host*. With ``api: oauth`` the OAuth client
        is in *login* and *password*, and ``token_url`` in *extra*; with ``api: public`` the key is in
        *password*, and ``organization_id`` and, if wanted, ``bank_account_id`` are in *extra*.
    :param sale_form: what a sale is in the public dialect, ``upd`` or ``delivery_note``.
    """

    conn_name_attr = "elba_conn_id"
    default_conn_name = "elba_default"
    conn_type = "elba"
    hook_name = "Kontur.Elba"

    def __init__(self, elba_conn_id: str = default_conn_name, *, sale_form: str = "upd") -> None:
        super().__init__(elba_conn_id)
        self.elba_conn_id, self._sale_form = elba_conn_id, sale_form

    @property
    def default_rate(self) -> RateLimit:
        """60 a minute are known of the first dialect; of the public one nothing is documented."""
        return RateLimit(2, 10, at_once=4) if self._is_public else RateLimit(1, 60, at_once=2)

    def get_client(self, engine: Engine | None = None) -> ElbaOauthClient | ElbaPublicClient:
        """Return a client on one session, to be used for a whole task."""
        return self._at_pace(self._public_client(engine) if self._is_public else self._oauth_client(engine))

    @property
    def _is_public(self) -> bool:
        return self.settings.choice("api", "oauth", "public") == "public"

    def _oauth_client(self, engine: Engine | None) -> ElbaOauthClient:
        settings = self.settings
        auth = ClientCredentials(
            settings.address("token_url"),
            settings.text("login"),
            settings.secret("password"),
            settings.text("scope", "elba.api"),
            on_secret=mask_secret,
        )
        return ElbaOauthClient(
            self._transport(settings.address("host"), auth, engine), settings.capabilities()
        )

    def _public_client(self, engine: Engine | None) -> ElbaPublicClient:
        settings = self.settings
        auth = ApiKey(settings.text("api_key_header", "X-Kontur-ApiKey"), settings.secret("password"))
        return ElbaPublicClient(
            self._transport(settings.address("host"), auth, engine),
            settings.text("organization_id"),
            settings.text("bank_account_id", ""),
            settings.capabilities(),
            self._sale_form,
        )
