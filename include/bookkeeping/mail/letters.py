"""A letter as the ledger knows it, and as mail servers want it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from bookkeeping.addresses import address_of
from bookkeeping.domain import Status
from bookkeeping.errors import MisconfiguredError
from bookkeeping.ledger import Entry, SyncLedger
from bookkeeping.mail.texts import inert

MAIL = "mail"
"""The kind of the ledger's entries of letters."""

POLICY = SMTP.clone(cte_type="7bit")  # so that servers without 8BITMIME take it, too
LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Letter:
    """What is sent, and to whom.

    :ivar key: of its entry in the ledger: what is sent once.
    :ivar to: addresses as :func:`~bookkeeping.addresses.address_of` returns them.
    :ivar from_name: whose name stands before the sender's address, if not the sender's own.
    """

    key: str
    to: Sequence[str] = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    from_name: str = ""


def digest_key(company: str, day: date) -> str:
    """Return the key of a company's digest of a day."""
    return f"{company}/{MAIL}/digest/{day}"


def bill_key(company: str, order_id: str) -> str:
    """Return the key of the letter that brings an order's bill to its customer."""
    return f"{company}/{MAIL}/bill/{order_id}"


def held_letters(ledger: SyncLedger, company: str, day: date) -> list[Entry]:
    """Return the letters to customers that wait for a person, of bills dated on a day or earlier."""
    held = [
        entry for entry in ledger.in_status(Status.HELD) if (entry.company, entry.kind) == (company, MAIL)
    ]
    return [letter for letter in held if letter.order_id and letter.dated_on and letter.dated_on <= day]


def message_id(key: str) -> str:
    """Return the Message-ID of a letter: the same for the same key, whatever the letter says."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@bitrix-accounting>"


def to_message(letter: Letter, sender: str, now: datetime) -> EmailMessage:
    """Return the message; nothing that a letter says can become a header or another recipient.

    :param sender: an address, with or without a name.
    :raises MisconfiguredError: the sender is no address.
    """
    message = EmailMessage(POLICY)
    message["Message-ID"] = message_id(letter.key)
    message["Date"] = now
    message["From"] = _sender(sender, letter.from_name)
    message["To"] = [Address(addr_spec=address) for address in letter.to]
    message["Subject"] = inert(letter.subject)[:LONGEST_SUBJECT]
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def _sender(sender: str, from_name: str) -> Address:
    name, text = parseaddr(sender)
    address = address_of(text)
    if address is None:
        raise MisconfiguredError(
            "The mail connection's from_email is no e-mail address. Nothing was sent. Correct it in the "
            "connection, and clear this task."
        )
    return Address(inert(from_name or name), addr_spec=address)
