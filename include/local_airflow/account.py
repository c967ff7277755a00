"""As whom PostgreSQL runs: it refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from local_airflow.errors import LocalAirflowError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

STAND_IN = "nobody"

# The stand-in keeps one right of root's, to pass the folders above the project that only root may enter.
# `no_setuid_fixup` lets that right count where a program asks "may I?" first, as PostgreSQL's do.
_KEEP_ENTERING = (
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    "--securebits=+no_setuid_fixup",
)


class Identity(TypedDict, total=False):
    """The part of the arguments of :func:`subprocess.run` that says as whom."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """How to start a program as somebody: words before its command, and arguments of `subprocess.run`."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None

    @property
    def identity(self) -> Identity:
        """What `subprocess.run` needs; empty if the prefix, or nobody, changes the account."""
        if self.owner is None or self.prefix:
            return {}
        return {"user": self.owner[0], "group": self.owner[1], "extra_groups": []}

    def own(self, folder: Path) -> None:
        """Give a folder to the account, if it is another than ours."""
        if self.owner is not None:
            os.chown(folder, *self.owner)


def account_for(data: Path, program: Path) -> Account:
    """Return who can run *program* on the folder *data*: we, or for root the folder's owner or `nobody`.

    No account is made and no folder's permissions are touched. If nobody can, the message says what to do.
    """
    if os.geteuid() != 0:
        return Account()
    owner = _owner_of(data)
    if _may_enter(owner, [*data.parents, program, *program.parents]):
        return Account(owner=owner)
    return Account(prefix=_prefix(owner), owner=owner)


def _owner_of(data: Path) -> tuple[int, int]:
    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid, data.stat().st_gid
    stand_in = pwd.getpwnam(STAND_IN)
    return stand_in.pw_uid, stand_in.pw_gid


def _may_enter(owner: tuple[int, int], paths: Iterable[Path]) -> bool:
    return all(_opens_to(owner, path.stat()) for path in paths if path.exists())


def _opens_to(owner: tuple[int, int], path: os.stat_result) -> bool:
    right = stat.S_IXUSR if path.st_uid == owner[0] else stat.S_IXOTH
    return bool(path.st_mode & right)


def _prefix(owner: tuple[int, int]) -> tuple[str, ...]:
    prefix = ("setpriv", f"--reuid={owner[0]}", f"--regid={owner[1]}", *_KEEP_ENTERING)
    if not _works(prefix):
        raise LocalAirflowError(
            "PostgreSQL does not run as root, and no other account may enter the project's folder. Move the "
            "project to a folder that others may enter, work as an ordinary user, or name a database of your "
            "own in AIRFLOW__DATABASE__SQL_ALCHEMY_CONN."
        )
    return prefix


def _works(prefix: tuple[str, ...]) -> bool:
    if shutil.which(prefix[0]) is None:
        return False
    return subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode == 0  # noqa: S603
