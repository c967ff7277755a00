"""Plan before posting: what a run would do, found out by rehearsing it on a copy of the ledger."""

from bookkeeping.planning.files import write_plan
from bookkeeping.planning.making import plan_of
from bookkeeping.planning.plan import Fate, Plan, PlannedDocument, PlannedMoney, SkippedOrder
from bookkeeping.planning.totals import summary

__all__ = [
    "Fate",
    "Plan",
    "PlannedDocument",
    "PlannedMoney",
    "SkippedOrder",
    "plan_of",
    "summary",
    "write_plan",
]
