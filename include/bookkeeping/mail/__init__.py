"""Letters that leave once: the day's digest to the accountants, and the bill to the customer (DESIGN R13)."""

from bookkeeping.mail.bills import addresses_in, can_send_bills, send_bills
from bookkeeping.mail.digest import Digest, digest_of, read_digest, write_digest
from bookkeeping.mail.letters import MAIL, Letter, digest_key, held_letters, to_message
from bookkeeping.mail.sending import Mailer, send_digest, send_once
from bookkeeping.mail.smtp import UnreachableError, hand_over

__all__ = [
    "MAIL",
    "Digest",
    "Letter",
    "Mailer",
    "UnreachableError",
    "addresses_in",
    "can_send_bills",
    "digest_key",
    "digest_of",
    "hand_over",
    "held_letters",
    "read_digest",
    "send_bills",
    "send_digest",
    "send_once",
    "to_message",
    "write_digest",
]
