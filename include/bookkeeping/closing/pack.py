"""A month's pack: the report, the closing and what seals them; every pack that was made stays as it was."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bookkeeping.closing.html import render_html
from bookkeeping.closing.making import closing_of, period_of
from bookkeeping.closing.month import Closing, Previous
from bookkeeping.closing.reading import documents_among, entries_of
from bookkeeping.closing.seal import MANIFEST, SUMS, manifest_of, sha256, sums_of, verify
from bookkeeping.closing.snapshot import Snapshot, changes, read, snapshot_of, written
from bookkeeping.closing.tables import tables
from bookkeeping.closing.totals import summary
from bookkeeping.companies import Company
from bookkeeping.files import write_whole
from bookkeeping.ledger import SyncLedger
from bookkeeping.outcomes import Reconciliation
from bookkeeping.report.xlsx import render_workbook

PACKS = "packs"
"""The folder that keeps every pack whole, each in a folder named for the moment when it was made."""

SNAPSHOT = "orders.json"

PROOF = {SNAPSHOT, MANIFEST, SUMS}
"""Without any of these a pack does not say what the month was like."""

MOMENT = "%Y-%m-%dT%H-%M-%S.%fZ"
"""How the folder of a kept pack is named, in UTC."""

FILE_NAME = re.compile(r"\w[\w.-]*")
"""What a program names a file; a name that begins with a dot is of one that is not finished."""


def close_month(
    reconciliation: Reconciliation, ledger: SyncLedger, company: Company, folder: Path
) -> Closing:
    """Write the month's closing beside its report, seal both as a pack, and say what has changed since.

    The whole pack lies in the folder itself, where the next one takes its place, and once more under
    ``packs/<moment>``, where it stays.

    :param folder: a `pathlib.Path` or Airflow's `ObjectStoragePath` with the report of this reconciliation.
    """
    period = period_of(reconciliation, company)
    found = entries_of(ledger, period)
    closing = closing_of(reconciliation, found, ledger, company)
    snapshot = snapshot_of(reconciliation, documents_among(found))
    before = newest_pack(folder)
    if before:
        closing = _compared(closing, before, snapshot)
    made = {
        "closing.html": render_html(closing),
        "closing.xlsx": render_workbook(tables(closing)),
        SNAPSHOT: written(snapshot),
    }
    _write(folder, closing, {**_reports(folder), **made}, before)
    return closing


def newest_pack(folder: Path) -> Path | None:
    """Return the last whole pack of a month, None if there is none; a copy with another name is no pack."""
    packs = folder / PACKS
    kept = packs.iterdir() if packs.exists() else ()
    return max(filter(_is_whole, kept), key=_made_at, default=None)


def _is_whole(pack: Path) -> bool:
    try:
        _made_at(pack)
    except ValueError:
        return False
    return (pack / SUMS).exists()


def _made_at(pack: Path) -> datetime:
    return datetime.strptime(pack.name, MOMENT).replace(tzinfo=UTC)


def _compared(closing: Closing, before: Path, now: Snapshot) -> Closing:
    """Say what is otherwise than in the pack before; one that proves nothing is only called damaged."""
    manifest, was = _manifest_in(before), _snapshot_in(before)
    unread = {name for name, content in {MANIFEST: manifest, SNAPSHOT: was}.items() if content is None}
    damaged = unread.union(verify(before))
    sealed = sha256(manifest) if manifest is not None else None
    previous = Previous(_made_at(before), sealed, tuple(sorted(damaged)), not damaged & PROOF)
    found = changes(was, now) if was is not None and previous.is_compared else ()
    return replace(closing, previous=previous, changes=tuple(found))


def _manifest_in(pack: Path) -> bytes | None:
    try:
        return _read(pack / MANIFEST)
    except OSError:
        return None


def _snapshot_in(pack: Path) -> Snapshot | None:
    try:
        return read(_read(pack / SNAPSHOT))
    except (OSError, ValueError):
        return None


def _reports(folder: Path) -> dict[str, bytes]:
    """Read what the caller has written, such as the reconciliation's page and workbook."""
    found = list(folder.iterdir()) if folder.exists() else []
    reports = [path for path in found if FILE_NAME.fullmatch(path.name) and path.is_file()]
    return {path.name: _read(path) for path in reports if path.name not in {MANIFEST, SUMS}}


def _write(folder: Path, closing: Closing, files: Mapping[str, bytes], before: Path | None) -> None:
    """Write the kept pack first and the sums last: a pack with sums is whole."""
    manifest = manifest_of(files, _facts(closing, before))
    sealed = {**files, MANIFEST: manifest}
    kept = folder / PACKS / f"{closing.created_at.astimezone(UTC):{MOMENT}}"
    for place in (kept, folder):
        for name, content in {**sealed, SUMS: sums_of(sealed)}.items():
            write_whole(place / name, content)


def _facts(closing: Closing, before: Path | None) -> dict[str, object]:
    """Say what the pack is, and which one came before it."""
    previous = closing.previous
    return {
        "company": closing.company,
        "month": f"{closing.first_day:%Y-%m}",
        "created_at": closing.created_at.astimezone(UTC).isoformat(),
        "counts": summary(closing),
        "previous": f"{PACKS}/{before.name}" if before else None,
        "previous_manifest_sha256": previous.manifest_sha256 if previous else None,
    }


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read()
