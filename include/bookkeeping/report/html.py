"""The report as one page that needs nothing else: readable offline, on paper, by day and by night."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bookkeeping.holds import words_for
from bookkeeping.outcomes import Reconciliation
from bookkeeping.report import formats, words
from bookkeeping.report.totals import OutcomeTotal, needing_attention, outcome_totals, total_of

TEMPLATES = Path(__file__).parent / "templates"
BAR_WIDTH = 1000


def render_html(reconciliation: Reconciliation) -> bytes:
    """Return the page; whatever the shop wrote is shown as text and can neither run nor load anything."""
    totals = outcome_totals(reconciliation)
    page = _environment().get_template("reconciliation.html.j2")
    return page.render(
        day=reconciliation,
        totals=totals,
        segments=_segments(totals),
        attention=needing_attention(reconciliation),
        figures=_figures(reconciliation),
    ).encode(errors="replace")


def _figures(day: Reconciliation) -> dict[str, str]:
    """Sum up the day's sources; a sum that the books do not show is not passed off as zero."""
    paid = [order.paid_in_books for order in day.orders if order.paid_in_books is not None]
    return {
        "Сумма заказов": formats.roubles(total_of(order.total for order in day.orders)),
        "По документам": formats.roubles(total_of(order.documents_total for order in day.orders)),
        "Оплачено в магазине": formats.roubles(total_of(order.paid_in_shop for order in day.orders)),
        "Оплачено в учёте": formats.roubles(total_of(paid)) if paid else "не видно",
    }


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
    }
    style, script = _asset("style.css.j2"), _asset("script.js.j2")
    environment.globals |= {
        "counted": formats.counted,
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
