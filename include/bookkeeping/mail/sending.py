"""Letters through the ledger: expected, claimed, sent, bound; in doubt never sent again by themselves."""

import logging
from datetime import date
from email.message import EmailMessage
from typing import Protocol

from bookkeeping.companies import Company
from bookkeeping.domain import Status
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, RejectedError, TransientError
from bookkeeping.ledger import Due, SyncLedger
from bookkeeping.mail.digest import Digest
from bookkeeping.mail.letters import MAIL, Letter, digest_key, message_id, to_message
from bookkeeping.posting.poster import A_WHILE
from bookkeeping.posting.writes import Write, post

log = logging.getLogger(__name__)


class Mailer(Protocol):
    """A way to a mail server."""

    @property
    def sender(self) -> str:
        """The address that letters come from, with or without a name."""

    def send(self, message: EmailMessage) -> None:
        """Hand a message over once; raises as :func:`~bookkeeping.mail.smtp.hand_over` does."""


def send_digest(company: Company, day: date, digest: Digest, ledger: SyncLedger, mailer: Mailer) -> Status:
    """Send a day's digest to the accountants, unless it was sent before, whatever it said then.

    :return: where it stands then: posted, or unknown, which only a person can settle.
    :raises TransientError: it was not sent, or is in another worker's hands; try again.
    :raises MisconfiguredError: nothing will be sent before a person changes addresses or connection.
    """
    key = digest_key(company.id, day)
    letter = Letter(key, company.mail.accountants, digest.subject, digest.text, digest.html)
    ledger.expire()
    ledger.expect([Due(key, company.id, MAIL, dated_on=day)])
    try:
        return send_once(letter, ledger, mailer)
    except RejectedError as error:
        raise MisconfiguredError(
            f"{key}: {error}. Correct mail.accountants of {company.id} in the companies file, and clear this "
            "task. The books are not concerned."
        ) from error


def send_once(letter: Letter, ledger: SyncLedger, mailer: Mailer) -> Status:
    """Send a letter that the ledger expects; one that was sent, or may have been, stays as it is.

    :return: where it stands then: posted or unknown; held if it waits for a person.
    :raises TransientError: it was not sent, or is in another worker's hands; try again.
    :raises RejectedError: it was refused for good, and is held.
    """
    message = to_message(letter, mailer.sender, ledger.now())
    try:
        post(Write(letter.key, lambda: _sent(message, letter.key, mailer)), ledger)
    except OutcomeUnknownError as error:
        log.warning("%s: %s", letter.key, error)
    status = ledger.status_of(letter.key)
    if status in {Status.PENDING, Status.IN_FLIGHT, None}:
        raise TransientError(
            f"{letter.key} is in other hands. Nothing is lost or doubled; the next try looks again.",
            retry_after=A_WHILE,
        )
    return Status(status)


def _sent(message: EmailMessage, key: str, mailer: Mailer) -> str:
    mailer.send(message)
    return message_id(key)
