"""The Airflow connections that lead to the sandbox's shops and books."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from local_airflow.errors import LocalAirflowError
from sandbox.books.settings import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bookkeeping.companies import Company

PORT = 8090
HURRY = 1000

Connections: TypeAlias = dict[str, dict[str, Any]]
"""The fields of connections by their ids, in the shape that `airflow connections import` reads."""


def sandbox_connections(port: int) -> Connections:
    """Return the connections to a sandbox on a port of this machine."""
    origin, keys = f"http://127.0.0.1:{port}", Credentials()
    shop = {
        "conn_type": "bitrix",
        "host": origin,
        "login": keys.bitrix_user,
        "password": keys.bitrix_webhook,
    }
    return {
        **dict.fromkeys(("bitrix_romashka", "bitrix_ivanov", "bitrix_petrova"), shop),
        "kontur_romashka": _kontur(origin, keys),
        "elba_ivanov": _elba_oauth(origin, keys),
        "elba_petrova": _elba_public(origin, keys),
    }


def hurried(connections: Connections) -> Connections:
    """Return the connections with a rate that nothing reaches, for a sandbox whose limits are lifted."""
    return {
        name: {**fields, "extra": {**fields.get("extra", {}), "rate": HURRY, "burst": HURRY}}
        for name, fields in connections.items()
    }


def refuse_strangers(companies: Iterable[Company]) -> None:
    """Raise an error if a company's connections may lead somewhere else than to the sandbox."""
    known = sandbox_connections(PORT).keys()
    used = {conn_id for company in companies for conn_id in (company.shop.conn_id, company.books.conn_id)}
    if strangers := sorted(used - known):
        raise LocalAirflowError(
            "The demo writes only to the sandbox, but the companies file also names the connections "
            f"{', '.join(strangers)}. Name another file: COMPANIES_FILE=… make demo."
        )


def as_variables(connections: Connections) -> dict[str, str]:
    """Return the connections as environment variables, which go before those in Airflow's database."""
    return {f"AIRFLOW_CONN_{name.upper()}": json.dumps(value) for name, value in connections.items()}


def _kontur(origin: str, keys: Credentials) -> dict[str, Any]:
    return {
        "conn_type": "kontur",
        "host": f"{origin}/budget/v1",
        "login": keys.kontur_account,
        "password": keys.kontur_api_key,
        "extra": {"auth": "api_key", "api_key_header": "X-Api-Key"},
    }


def _elba_oauth(origin: str, keys: Credentials) -> dict[str, Any]:
    return {
        "conn_type": "elba",
        "host": f"{origin}/api/v1",
        "login": keys.elba_client_id,
        "password": keys.elba_client_secret,
        "extra": {"api": "oauth", "token_url": f"{origin}/connect/token"},
    }


def _elba_public(origin: str, keys: Credentials) -> dict[str, Any]:
    return {
        "conn_type": "elba",
        "host": f"{origin}/v1",
        "password": keys.elba_api_key,
        "extra": {
            "api": "public",
            "organization_id": keys.elba_organization_id,
            "bank_account_id": keys.elba_bank_account_id,
        },
    }
