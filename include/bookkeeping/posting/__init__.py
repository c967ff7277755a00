"""The heart of the project: a write happens at most once, and its outcome is never guessed."""

from bookkeeping.posting.corrections import CORRECTION, Returned, bring_down
from bookkeeping.posting.poster import UNLIKE, Poster
from bookkeeping.posting.revisions import CHANGES
from bookkeeping.posting.shelf import CANCELLED, MARK, spans
from bookkeeping.posting.turns import PATIENCE, SILENCES
from bookkeeping.posting.writes import Find, Write, adopt, deliver, post, settle

__all__ = [
    "CANCELLED",
    "CHANGES",
    "CORRECTION",
    "MARK",
    "PATIENCE",
    "SILENCES",
    "UNLIKE",
    "Find",
    "Poster",
    "Returned",
    "Write",
    "adopt",
    "bring_down",
    "deliver",
    "post",
    "settle",
    "spans",
]
