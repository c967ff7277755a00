"""The seal of a pack: what its files were when it was written, so that anybody can check them."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
SUMS = "manifest.sha256"

LINE = re.compile(r"([0-9a-f]{64}) [ *]([^/\\]+)")
"""A line that ``sha256sum`` writes, of a name without line breaks and backslashes."""

PIECE = 1 << 20


def manifest_of(files: Mapping[str, bytes], facts: Mapping[str, Any]) -> bytes:
    """Return the manifest: what the pack is, and each of its files with its size and SHA-256."""
    listed = [
        {"name": name, "size": len(content), "sha256": sha256(content)}
        for name, content in sorted(files.items())
    ]
    whole = {**facts, "files": listed}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode() + b"\n"


def sums_of(files: Mapping[str, bytes]) -> bytes:
    """Return the sums of these files as ``sha256sum -c`` reads them."""
    return "".join(f"{sha256(content)}  {name}\n" for name, content in sorted(files.items())).encode()


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes, as text."""
    return hashlib.sha256(content).hexdigest()


def verify(folder: Path) -> list[str]:
    """Return the names of a pack's files that are gone or not as they were written; none if all are.

    The sums are checked, and that they and the manifest name the same files: a line that was taken away
    is noticed too. A pack whose sums or manifest cannot be read is named by them.

    :param folder: a `pathlib.Path` or Airflow's `ObjectStoragePath`.
    """
    try:
        sums = _read_sums(folder / SUMS)
    except (OSError, ValueError):
        return [SUMS]
    wrong = {name for name, known in sums.items() if _hash(folder / name) != known}
    if MANIFEST not in sums or MANIFEST in wrong:
        return sorted({*wrong, MANIFEST})
    try:
        return sorted(wrong | _unlike(_read_manifest(folder / MANIFEST), sums))
    except (OSError, ValueError, LookupError, TypeError):
        return sorted({*wrong, MANIFEST})


def _read_sums(path: Path) -> dict[str, str]:
    """Read the sums.

    :raises ValueError: it is not what ``sha256sum`` writes.
    """
    found = [LINE.fullmatch(line) for line in _read(path).decode().splitlines()]
    sums = {match[2]: match[1] for match in found if match}
    if None in found or not sums:
        raise ValueError(f"{path} has no sums")
    return sums


def _read_manifest(path: Path) -> dict[str, str]:
    return {file["name"]: file["sha256"] for file in json.loads(_read(path))["files"]}


def _unlike(manifest: Mapping[str, str], sums: Mapping[str, str]) -> set[str]:
    return {name for name in {*manifest, *sums} - {MANIFEST} if manifest.get(name) != sums.get(name)}


def _hash(path: Path) -> str | None:
    """Return a file's SHA-256, None if it is not there or no file can have its name."""
    found = hashlib.sha256()
    try:
        for piece in _pieces(path):
            found.update(piece)
    except (OSError, ValueError):
        return None
    return found.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _read(path: Path) -> bytes:
    return b"".join(_pieces(path))
