"""What can keep a document out of the books, named for what to do next.

::

    SyncError
    ├── TransientError        the call had no effect; try again later
    ├── OutcomeUnknownError   a write went out, its answer never came back; look before anything else
    ├── RejectedError         a person changes the document
    ├── MisconfiguredError    a person changes the settings
    └── DoesNotAddUpError     a report does not tell every kopeck; look again, then ask who wrote it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bookkeeping.domain import HoldReason


class SyncError(Exception):
    """Something kept a document out of the books."""


class TransientError(SyncError):
    """The call had no effect and may succeed later.

    :ivar retry_after: how many seconds the other side asked us to wait, if it said.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknownError(SyncError):
    """A write went out and its answer never came back."""


class RejectedError(SyncError):
    """The document cannot go into the books as it is; a person changes it.

    :ivar reason: the hold that the document gets.
    """

    def __init__(self, message: str, *, reason: HoldReason) -> None:
        super().__init__(message)
        self.reason = reason


class MisconfiguredError(SyncError):
    """The settings or rights are wrong; nothing will succeed until a person changes them."""


class DoesNotAddUpError(SyncError):
    """A reconciliation does not tell, to the kopeck, what shop and books hold: it is worth nothing."""
