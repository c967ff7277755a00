"""The bill to the customer: one letter an order with the bill's public address, while it can be paid."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import pyarrow as pa

from bookkeeping.addresses import address_of
from bookkeeping.companies import Company
from bookkeeping.domain import AccountingBackend, Capability, DocumentKind, HoldReason, Status
from bookkeeping.due import is_cancelled
from bookkeeping.errors import OutcomeUnknownError, RejectedError, TransientError
from bookkeeping.ledger import Due, Entry, SyncLedger
from bookkeeping.mail.letters import MAIL, Letter, bill_key
from bookkeeping.mail.sending import Mailer, send_once
from bookkeeping.mail.smtp import UnreachableError
from bookkeeping.mail.texts import mail_environment
from bookkeeping.report.formats import roubles, short_day

log = logging.getLogger(__name__)

WEB = ("https://", "http://")
NO_ADDRESS = "в заказе неверный e-mail: исправьте его, или отправьте счёт покупателю сами"
NO_LINK = "учётная система не дала ссылки на счёт: отправьте его покупателю сами"


@dataclass(frozen=True)
class Bill:
    """A bill that its customer is to get.

    :ivar address: the customer's, as the shop has it.
    """

    entry: Entry
    address: str = field(repr=False)
    pay_by: date

    @property
    def key(self) -> str:
        """The key of the letter."""
        return bill_key(self.entry.company, self.entry.order_id)


def can_send_bills(backend: AccountingBackend) -> bool:
    """Whether these books give a bill an address that its customer can open."""
    return Capability.LINKS in backend.capabilities


def addresses_in(orders: pa.Table) -> dict[str, str]:
    """Return the e-mails of staged orders' customers; empty for one who has nothing to pay any more."""
    wanted = orders.select(["order_id", "email", "cancelled", "paid"]).to_pylist()
    return {row["order_id"]: "" if row["cancelled"] or row["paid"] else row["email"] for row in wanted}


def send_bills(
    company: Company,
    addresses: Mapping[str, str],
    ledger: SyncLedger,
    backend: AccountingBackend,
    mailer: Mailer,
) -> dict[str, int]:
    """Send each of these orders' bills to its customer, once; return how many letters stand in which status.

    What is refused is held, what may have been sent is unknown, what must wait is pending, and the rest
    goes on.

    :param addresses: the customers' e-mails by order, empty for who gets no letter: see `addresses_in`.
    :raises TransientError: after all the others, that a letter must wait; at once, that mail or books cannot
        be reached at all.
    :raises MisconfiguredError: nothing will succeed before a person changes the settings.
    """
    ledger.expire()
    bills = {bill.key: bill for bill in _payable(company, addresses, ledger)}
    _remember(bills, company, addresses, ledger)
    waiting = {Status.PENDING, Status.IN_FLIGHT}
    entries = ledger.with_keys(list(bills)).items()
    due = [bills[key] for key, entry in entries if entry.status in waiting]
    late = [error for bill in due if (error := _take(bill, company, ledger, backend, mailer))]
    if late:
        raise late[0]
    letters = ledger.of_orders(company.id, list(addresses), [MAIL])
    return dict(Counter(str(letter.status) for letter in letters))


def _payable(company: Company, addresses: Mapping[str, str], ledger: SyncLedger) -> Iterator[Bill]:
    """Yield the bills that say what their orders ask for and can still be paid: never those of a backfill."""
    today = ledger.now().astimezone(company.zone).date()
    for entry in ledger.of_orders(company.id, list(addresses), [DocumentKind.BILL]):
        stands = entry.status is Status.POSTED and not (is_cancelled(entry) or entry.changed)
        if not stands or entry.dated_on is None or not (address := addresses[entry.order_id].strip()):
            continue
        pay_by = entry.dated_on + timedelta(days=company.bill_due_days)
        if pay_by >= today:
            yield Bill(entry, address, pay_by)


def _remember(
    bills: Mapping[str, Bill], company: Company, addresses: Mapping[str, str], ledger: SyncLedger
) -> None:
    """Expect these letters, and forget those that wait and are wanted no more."""
    letters = {letter.key: letter for letter in ledger.of_orders(company.id, list(addresses), [MAIL])}
    sent = {key for key, letter in letters.items() if letter.status is Status.POSTED}
    ledger.expect(_due(bill) for bill in bills.values() if bill.key not in sent)
    for key in letters.keys() - bills.keys():
        ledger.forget(key)


def _due(bill: Bill) -> Due:
    """The ledger knows of whose order a letter is, and never to whom it goes."""
    reason = None if address_of(bill.address) else HoldReason.MANUAL_REQUIRED
    return Due(
        bill.key,
        bill.entry.company,
        MAIL,
        order_id=bill.entry.order_id,
        document_key=bill.entry.key,
        number=bill.entry.number,
        dated_on=bill.entry.dated_on,
        total=bill.entry.total,
        reason=reason,
        detail=NO_ADDRESS if reason else "",
    )


def _take(
    bill: Bill, company: Company, ledger: SyncLedger, backend: AccountingBackend, mailer: Mailer
) -> TransientError | None:
    """Send one letter; return why it must wait, if that keeps no other letter back."""
    try:
        letter = letter_of(bill, company, _link(bill, backend))
        send_once(letter, ledger, mailer)
    except RejectedError as error:
        ledger.hold(bill.key, error.reason, str(error))
        log.warning("%s is held, its customer does not get the bill: %s", bill.key, error)
    except UnreachableError:
        raise
    except TransientError as error:
        log.warning("%s waits: %s", bill.key, error)
        return error
    return None


def _link(bill: Bill, backend: AccountingBackend) -> str:
    """Return the bill's public address; asking for it again does no harm, so an answer may get lost."""
    try:
        link = backend.publish_link(DocumentKind.BILL, str(bill.entry.external_id))
    except TransientError as error:
        if error.retry_after:  # the books ask everybody to wait
            raise UnreachableError(str(error), retry_after=error.retry_after) from error
        raise
    except OutcomeUnknownError as error:
        raise TransientError(f"{bill.entry.key} may have no public address yet: {error}") from error
    if not link.startswith(WEB):
        raise RejectedError(NO_LINK, reason=HoldReason.MANUAL_REQUIRED)
    return link


def letter_of(bill: Bill, company: Company, link: str) -> Letter:
    """Return the letter that brings a bill to its customer."""
    address = address_of(bill.address)
    if address is None:
        raise RejectedError(NO_ADDRESS, reason=HoldReason.MANUAL_REQUIRED)
    subject = f"Счёт № {bill.entry.number} от {short_day(bill.entry.dated_on)} на {roubles(bill.entry.total)}"
    facts = {"bill": bill.entry, "pay_by": bill.pay_by, "company": company, "link": link, "subject": subject}
    text, html = (
        mail_environment().get_template(name).render(facts) for name in ("bill.txt.j2", "bill.html.j2")
    )
    return Letter(bill.key, [address], subject, text, html, from_name=company.title)
