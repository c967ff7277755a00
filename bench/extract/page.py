"""The section "Extraction" of docs/benchmarks.md: tables, and a picture."""

from __future__ import annotations

import json
import subprocess
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from extract.results import HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from extract.results import Result
    from extract.scenes import Scene

PAGE, PICTURE = Path("docs/benchmarks.md"), Path("docs/images/extraction.svg")
BEGIN, END = "<!-- extraction: written by `make bench-extract` -->", "<!-- end of extraction -->"


def write_page(results: Sequence[Result], python: Path) -> None:
    """Put the tables between the markers of the page, and draw the picture beside it.

    :param python: the interpreter that can draw.
    """
    ordered = sorted(results, key=_place)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    text = "\n".join(
        [
            BEGIN,
            "",
            *_tables(ordered),
            f"![Seconds by orders, hollow where rows were lost](images/{PICTURE.name})",
            "",
            END,
        ]
    )
    PAGE.write_text(before + text + after, encoding="utf-8")
    points = [_point(each) for each in ordered if not each.trouble]
    command = [str(python), "-m", "extract.picture", str(PICTURE)]
    subprocess.run(command, input=json.dumps(points), text=True, check=True)  # noqa: S603


def _point(result: Result) -> dict[str, object]:
    scene = result.scene
    return {
        "who": result.contender,
        "panel": title(scene),
        "orders": scene.orders,
        "seconds": result.seconds,
        "lost": result.verdict.lost,
    }


def title(scene: Scene) -> str:
    """What a portal is like."""
    limits = "cloud: 50 requests, then 2 a second" if scene.limits else "self-hosted: no limits"
    counting = (
        f"{scene.counting_seconds * 1e6:g} µs for each counted row"
        if scene.counting_seconds
        else "counting is free"
    )
    return f"{limits}; {counting}"


def _place(result: Result) -> tuple[bool, float, int, bool, str]:
    scene = result.scene
    is_peer = result.contender != "ours"
    return not scene.limits, scene.counting_seconds, scene.orders, is_peer, result.contender


def _tables(results: Sequence[Result]) -> Iterator[str]:
    for heading, group in groupby(results, key=lambda each: title(each.scene)):
        yield f"**{heading[0].upper()}{heading[1:]}**"
        yield ""
        yield _row(HEAD)
        yield _row(["--:"] * len(HEAD))
        yield from (_row(result.cells) for result in group)
        yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
