"""The closing as one page that needs nothing else, with the look and the safety of the reconciliation's."""

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from jinja2 import Environment

from bookkeeping.closing import words
from bookkeeping.closing.month import Closing
from bookkeeping.closing.tables import moment, sections
from bookkeeping.closing.verdict import verdict
from bookkeeping.report import formats
from bookkeeping.report.html import environment_for
from bookkeeping.report.tables import Value

TEMPLATES = Path(__file__).parent / "templates"

MOST_ROWS = 200
"""More rows of one table are in the workbook only: the page of a large shop must open too."""


def render_html(closing: Closing) -> bytes:
    """Return the page; whatever the shop wrote is shown as text and can neither run nor load anything."""
    page = _environment().get_template("closing.html.j2")
    return page.render(
        closing=closing,
        verdict=verdict(closing),
        created_at=moment(closing.created_at),
        sections=sections(closing),
        most=MOST_ROWS,
    ).encode(errors="replace")


@cache
def _environment() -> Environment:
    environment = environment_for(TEMPLATES, words=words)
    environment.filters |= {"cell": cell}
    environment.tests |= {"money": lambda value: isinstance(value, Decimal | int)}
    return environment


def cell(value: Value) -> str:
    """Write a cell of any table."""
    match value:
        case Decimal():
            return formats.roubles(value)
        case date():
            return formats.short_day(value)
        case None:
            return formats.NOTHING
    return str(value)
