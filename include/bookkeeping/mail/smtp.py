"""One message, handed to a mail server once; a failure says whether the message may be on its way."""

import logging
import re
import smtplib
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import TypeAlias

from bookkeeping.deadline import seconds_left
from bookkeeping.domain import HoldReason
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, RejectedError, TransientError

log = logging.getLogger(__name__)

Reply: TypeAlias = tuple[int, bytes]
"""A server's code and its words, which may quote an address and are told to nobody."""

DONE, LATER, NEVER = 2, 4, 5
"""What the first digit of a code means."""

ANSWERS_WITHIN = 60
"""Seconds of a claim that must be left when the letter leaves: once the claim has lapsed, all is over."""

CLOSING = 421
"""The server hangs up: nothing more can be said to it."""

BROKEN = (smtplib.SMTPException, OSError)


class UnreachableError(TransientError):
    """Nothing can be sent now: any other letter would fare the same."""


def hand_over(client: smtplib.SMTP, message: EmailMessage, *, clock: Callable[[], float] = time.time) -> int:
    """Give a message to a connected server; return how many of its recipients it refused.

    One recipient who can be reached is enough: the others' mailboxes may stay full for days.

    :raises TransientError: the server has not taken it.
    :raises RejectedError: it refuses all recipients, or the message, for good.
    :raises MisconfiguredError: it refuses the sender for good.
    :raises OutcomeUnknownError: the answer was lost after the message had begun to leave.
    """
    refused = _envelope(client, message)
    if seconds_left(clock()) < ANSWERS_WITHIN:
        raise TransientError("The mail server was too slow: no letter was sent. The next try sends it.")
    _data(client, message.as_bytes())
    return refused


def _envelope(client: smtplib.SMTP, message: EmailMessage) -> int:
    """Say from whom and to whom; that much has no effect yet."""
    try:
        client.ehlo_or_helo_if_needed()
        _refuse_sender(client.mail(message["From"].addresses[0].addr_spec))
        replies = [client.rcpt(address.addr_spec) for address in message["To"].addresses]
    except BROKEN as error:
        raise TransientError(
            f"The mail server broke off before the letter left ({type(error).__name__}): it was not sent. "
            "The next try sends it."
        ) from None  # its words may quote an address
    return _refused(replies)


def _refuse_sender(reply: Reply) -> None:
    if reply[0] // 100 == NEVER:
        raise MisconfiguredError(
            f"The mail server does not let this sender send ({_code(reply)}). Nothing was sent. Correct "
            "from_email, login or password in the mail connection, and clear this task."
        )
    _refuse(reply)


def _refused(replies: list[Reply]) -> int:
    """Return how many recipients do not get the letter; if nobody does, it waits for whoever may."""
    refused = sorted((reply for reply in replies if reply[0] // 100 != DONE), key=_is_final)
    if len(refused) == len(replies) or any(code == CLOSING for code, _ in refused):
        _refuse(refused[0])
    if refused:
        codes = ", ".join(dict.fromkeys(map(_code, refused)))
        log.warning("%d of %d recipients are refused (%s)", len(refused), len(replies), codes)
    return len(refused)


def _is_final(reply: Reply) -> bool:
    return reply[0] // 100 == NEVER


def _data(client: smtplib.SMTP, content: bytes) -> None:
    try:
        reply = client.data(content)
    except smtplib.SMTPDataError as error:  # it did not let us begin
        reply = error.smtp_code, b""
    except BROKEN as error:
        raise _lost(type(error).__name__) from None
    if reply[0] // 100 not in {DONE, LATER, NEVER}:
        raise _lost(_code(reply))
    _refuse(reply)


def _refuse(reply: Reply) -> None:
    """Raise what an answer means, unless it is a yes."""
    match reply[0] // 100:
        case 2:
            return
        case 5:
            raise RejectedError(
                f"почтовый сервер отказал ({_code(reply)}): письмо не отправлено; проверьте адрес",
                reason=HoldReason.MANUAL_REQUIRED,
            )
    raise TransientError(
        f"The mail server asks to come again later ({_code(reply)}): the letter was not sent. The next try "
        "sends it."
    )


def _lost(why: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        f"The mail server did not say whether it took the letter ({why}). It may be on its way, so it is not "
        "sent again by itself; a person is asked."
    )


def _code(reply: Reply) -> str:
    """Return the code, with the finer one if the server has said it: never its words."""
    code, words = reply
    finer = re.match(rb"[245]\.\d{1,3}\.\d{1,3}\b", words)
    return f"{code} {finer[0].decode()}" if finer else str(code)
