"""What a sandbox is told at its start: its shop, whose books it keeps, and the keys that open them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Credentials:
    """The keys of the sandbox: fixed, public, and long enough to be found wherever they leak."""

    bitrix_user: str = "1"
    bitrix_webhook: str = "sandbox-webhook-code-7f3a"
    bitrix_client_id: str = "local.sandbox-bitrix-app-9d1e"
    bitrix_client_secret: str = "sandbox-bitrix-secret-4b60"
    bitrix_refresh_token: str = "sandbox-bitrix-refresh-c2a8"
    kontur_account: str = "romashka-account"
    kontur_api_key: str = "sandbox-kontur-key-51c2"
    kontur_client_id: str = "sandbox-kontur-client-e07b"
    kontur_client_secret: str = "sandbox-kontur-secret-83d5"
    elba_client_id: str = "sandbox-elba-client-2f96"
    elba_client_secret: str = "sandbox-elba-secret-b41d"
    elba_api_key: str = "sandbox-elba-public-key-6a0f"
    elba_organization_id: str = "5a9dbe0c-7d4f-4e59-9a55-0b1f6e2c7a01"
    elba_bank_account_id: str = "c0f7d1a2-3b58-4d6e-8f21-94ad5b7e6c02"


@dataclass(frozen=True)
class Seller:
    """The company whose books these are."""

    name: str = "ООО «Ромашка»"
    inn: str = "7707083893"
    kpp: str = "773601001"
    ogrn: str = "1027700132195"
    entity_type: str = "LegalEntity"
    tax_system: str = "OSNO"
    time_zone: str = "Europe/Moscow"


@dataclass(frozen=True)
class Settings:
    """A whole sandbox in one value; the same settings make the same shop and the same ids."""

    seed: int = 7
    first_day: date = date(2026, 10, 1)
    days: int = 7
    orders_per_day: int = 40
    limits: bool = True
    profiles: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    state_file: Path | None = None
    credentials: Credentials = field(default_factory=Credentials)
    seller: Seller = field(default_factory=Seller)
    bitrix_rate: float = 2.0
    bitrix_burst: int = 50
