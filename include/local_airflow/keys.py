"""The secrets that one copy of the project makes for itself, once."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from local_airflow.files import locked, write_private

if TYPE_CHECKING:
    from pathlib import Path


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True)
class Keys:
    """Everything random that must stay the same between two starts; a new object has new values."""

    fernet_key: str = field(default_factory=_fernet_key, repr=False)
    api_secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    jwt_secret: str = field(default_factory=lambda: secrets.token_urlsafe(64), repr=False)
    admin_password: str = field(default_factory=lambda: secrets.token_hex(8), repr=False)
    database_password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)


def load_keys(file: Path) -> Keys:
    """Return the keys of *file*, which is made with new ones if it is missing; only its owner can read it."""
    with locked(file.with_suffix(".lock")):
        if not file.exists():
            write_private(file, json.dumps(asdict(Keys()), indent=2))
    return Keys(**json.loads(file.read_text(encoding="utf-8")))
