"""Reading a shop: which orders a day brings, each of them whole, in as few requests as possible."""

from bookkeeping.extraction.day import Known
from bookkeeping.extraction.lists import Day
from bookkeeping.extraction.portal import Portal
from bookkeeping.extraction.probe import find_out, find_out_once
from bookkeeping.extraction.reading import read_day, stage_day

__all__ = ["Day", "Known", "Portal", "find_out", "find_out_once", "read_day", "stage_day"]
