"""The ledger: a SQL database that knows every write that must happen once, and how far it got."""

from bookkeeping.ledger.bill_payments import BillPayments, BillState, Cursor, OurBill, PaidBill
from bookkeeping.ledger.contents import sent_contents
from bookkeeping.ledger.engine import migrate_url, open_engine
from bookkeeping.ledger.entries import UNANSWERED, Attempt, Due, Entry
from bookkeeping.ledger.ledger import SyncLedger
from bookkeeping.ledger.limits import SharedLimit
from bookkeeping.ledger.shop import Fingerprint, OwnWrite, ShopMemory
from bookkeeping.ledger.summaries import OUTDATED, KeptPart, SummaryParts, Summed

__all__ = [
    "OUTDATED",
    "UNANSWERED",
    "Attempt",
    "BillPayments",
    "BillState",
    "Cursor",
    "Due",
    "Entry",
    "Fingerprint",
    "KeptPart",
    "OurBill",
    "OwnWrite",
    "PaidBill",
    "SharedLimit",
    "ShopMemory",
    "SummaryParts",
    "Summed",
    "SyncLedger",
    "migrate_url",
    "open_engine",
    "sent_contents",
]
