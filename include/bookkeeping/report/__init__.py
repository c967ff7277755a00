"""The day's reconciliation as an accountant reads it: a page, a workbook and a few numbers."""

from bookkeeping.report.files import write_report
from bookkeeping.report.totals import summary

__all__ = ["summary", "write_report"]
