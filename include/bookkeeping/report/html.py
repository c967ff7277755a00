"""The report as one page that needs nothing else: readable offline, on paper, by day and by night."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import islice
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bookkeeping.holds import words_for
from bookkeeping.outcomes import BankRow, OrderRow, Reconciliation
from bookkeeping.report import formats, words
from bookkeeping.report.plot import plot
from bookkeeping.report.totals import (
    OutcomeTotal,
    bank_totals,
    bank_urgency,
    figures,
    needing_attention,
    needs_attention,
    outcome_totals,
    unexplained,
)

TEMPLATES = Path(__file__).parent / "templates"
BAR_WIDTH = 1000

PIECES = 1000


@dataclass(frozen=True)
class Limits:
    """How much a browser opens without trouble; the workbook has everything.

    :ivar attention: orders that need attention; ``others`` calm orders, foreign documents, bank rows.
    """

    attention: int = 2000
    others: int = 1000


def render_html(reconciliation: Reconciliation, limits: Limits = Limits()) -> bytes:
    """Return the page; whatever the shop wrote is shown as text and can neither run nor load anything.

    Of a long period it shows the most urgent orders and says how many more there are.
    """
    totals = outcome_totals(reconciliation)
    attention = needing_attention(reconciliation)
    page = _environment().get_template("reconciliation.html.j2")
    stream = page.stream(
        day=reconciliation,
        totals=totals,
        segments=_segments(totals),
        plot=plot(reconciliation)
        if totals and reconciliation.last_day > reconciliation.business_date
        else None,
        attention=attention,
        orders=_shown(reconciliation.orders, attention, limits),
        bank=_most_urgent(reconciliation.bank or ())[: limits.others],
        limits=limits,
        bank_totals=bank_totals(reconciliation.bank or ()),
        unexplained=len(unexplained(reconciliation)),
        figures=figures(reconciliation),
    )
    stream.enable_buffering(PIECES)
    content = BytesIO()
    stream.dump(content, "utf-8", errors="replace")
    return content.getvalue()


def _shown(orders: Sequence[OrderRow], attention: Sequence[OrderRow], limits: Limits) -> list[OrderRow]:
    """Choose whose stories are told, in the order in which they came."""
    others = islice((order for order in orders if not needs_attention(order)), limits.others)
    chosen = {id(order) for order in (*attention[: limits.attention], *others)}
    return [order for order in orders if id(order) in chosen]


def _most_urgent(rows: Sequence[BankRow]) -> list[BankRow]:
    """Put the money first that asks for a person, then the oldest."""
    return sorted(rows, key=lambda row: (bank_urgency(row.match), row.dated_on))


def _segments(totals: Sequence[OutcomeTotal]) -> list[tuple[OutcomeTotal, float, float]]:
    """Lay the outcomes side by side: each with its left edge and width on the bar."""
    whole = sum(total.count for total in totals)
    widths = [BAR_WIDTH * total.count / whole for total in totals]
    return [(total, sum(widths[:place]), widths[place]) for place, total in enumerate(totals)]


@cache
def _environment() -> Environment:
    return environment_for(words=words, hold_words=words_for, bar_width=BAR_WIDTH)


def environment_for(*folders: Path, **names: object) -> Environment:
    """Return what renders a page with our look and script, and none but ours.

    :param folders: where a page's own templates lie; it may use the reconciliation's too.
    :param names: what templates may use beside our formats.
    """
    environment = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "roubles": formats.roubles,
        "short_day": formats.short_day,
        "long_day": formats.long_day,
        "whole": formats.whole,
        "percent": "{:.2f}%".format,
    }
    style, script = _asset("style.css.j2"), _asset("script.js.j2")
    environment.globals |= {
        "counted": formats.counted,
        "period_name": formats.period_name,
        "style": style,
        "script": script,
        "policy": f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "base-uri 'none'; form-action 'none'",
        **names,
    }
    return environment


def _asset(name: str) -> Markup:
    """Read our own style or script, which must reach the page unescaped."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704


def _source(code: str) -> str:
    """Name the only inline code that a browser may use on the page: the one with this hash."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"
