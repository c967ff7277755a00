"""The plan as one page that needs nothing else, with the look and the safety of the reconciliation's."""

from functools import cache
from pathlib import Path

from jinja2 import Environment

from bookkeeping.planning import words
from bookkeeping.planning.plan import Fate, Plan
from bookkeeping.planning.totals import fate_totals, kind_totals, rate_totals
from bookkeeping.report.html import environment_for

TEMPLATES = Path(__file__).parent / "templates"


def render_html(plan: Plan) -> bytes:
    """Return the page; whatever the shop wrote is shown as text and can neither run nor load anything."""
    page = _environment().get_template("plan.html.j2")
    return page.render(
        plan=plan,
        documents=sorted(plan.documents, key=lambda document: list(Fate).index(document.fate)),
        fates=fate_totals(plan),
        kinds=kind_totals(plan),
        rates=rate_totals(plan),
    ).encode(errors="replace")


@cache
def _environment() -> Environment:
    return environment_for(TEMPLATES, words=words)
