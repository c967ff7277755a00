"""Keep the rotating tokens of a Bitrix application between tasks, in a file that its owner alone can read."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bookkeeping.clients.bitrix import TokenPair
from bookkeeping.ledger.address import airflow_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class FileTokens:
    """A :class:`~bookkeeping.clients.bitrix.TokenStore` for workers that share a folder.

    A file belongs to one client and the refresh token that its connection names, so a new one in the
    connection begins anew.
    """

    def __init__(self, folder: Path, client_id: str, refresh_token: str) -> None:
        name = hashlib.sha256(f"{client_id}\n{refresh_token}".encode()).hexdigest()[:16]
        self._path = folder / f"{name}.json"
        self._first = TokenPair("", refresh_token)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold a lock beside the file; the kernel lets it go with the process."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def load(self) -> TokenPair:
        """Return the pair in the file, or the connection's refresh token before there is one."""
        try:
            return TokenPair(**json.loads(self._path.read_text()))
        except FileNotFoundError:
            return self._first

    def save(self, pair: TokenPair) -> None:
        """Write a new file and put it in the old one's place, so that no crash leaves half a pair."""
        draft = self._path.with_suffix(".new")
        content = {"access_token": pair.access_token, "refresh_token": pair.refresh_token}
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


def token_folder() -> Path:
    """Return the folder beside Airflow's own files."""
    return airflow_home() / "bitrix_tokens"
