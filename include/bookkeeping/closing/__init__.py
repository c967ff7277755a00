"""Closing a month: what is done, what is not, and a pack of files that proves it was written so."""

from bookkeeping.closing.month import Closing
from bookkeeping.closing.pack import close_month
from bookkeeping.closing.seal import verify
from bookkeeping.closing.totals import summary

__all__ = ["Closing", "close_month", "summary", "verify"]
