"""The section "Transformation" of docs/benchmarks.md: tables, and a picture."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from transform.results import HEADS, cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from transform.results import Notebook

PAGE, PICTURE = Path("docs/benchmarks.md"), Path("docs/images/transform.svg")
BEGIN, END = "<!-- transform: written by `make bench-transform` -->", "<!-- end of transform -->"
TITLES = {"sums": "Sums and VAT by rate", "documents": "Finished documents"}


def write_page(notebook: Notebook, python: Path) -> None:
    """Put the tables between the markers of the page, and draw the picture beside it.

    :param python: the interpreter that can draw.
    """
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    picture = f"![Seconds by order lines](images/{PICTURE.name})"
    text = "\n".join([BEGIN, "", *_tables(notebook), picture, "", END])
    PAGE.write_text(before + text + after, encoding="utf-8")
    points = [
        {"panel": title, "who": each.who, "lines": each.lines, "seconds": each.seconds}
        for job, title in TITLES.items()
        for pair in notebook.pairs(job)
        for each in pair
    ]
    command = [str(python), "-m", "transform.picture", str(PICTURE)]
    subprocess.run(command, input=json.dumps(points), text=True, check=True)  # noqa: S603


def _tables(notebook: Notebook) -> Iterator[str]:
    for job, title in TITLES.items():
        yield f"**{title}**"
        yield ""
        yield _row(HEADS[job])
        yield _row(["--:"] * len(HEADS[job]))
        yield from (_row(cells(*pair)) for pair in notebook.pairs(job))
        yield ""


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"
