"""What neither dialect of Elba can do: payments, refunds and the bank stand on its own screens alone."""

from datetime import date
from typing import NoReturn

from bookkeeping.clients.books import incapable
from bookkeeping.domain import Capability, Correction, MoneyRecord


class NoMoney:
    """The calls of :class:`~bookkeeping.domain.AccountingBackend` that Elba has nothing for."""

    system: str

    def record_money(self, record: MoneyRecord, external_id: str) -> NoReturn:  # noqa: ARG002
        """Refuse: no call of Elba records money."""
        raise incapable(Capability.PAYMENTS, self.system)

    def find_money(self, record: MoneyRecord, external_id: str) -> NoReturn:  # noqa: ARG002
        """Refuse: no call of Elba shows records of money."""
        raise incapable(Capability.PAYMENTS_LIST, self.system)

    def correct_document(self, correction: Correction, external_id: str) -> NoReturn:  # noqa: ARG002
        """Refuse: no call of Elba takes goods back."""
        raise incapable(Capability.CORRECTIONS, self.system)

    def find_correction(self, correction: Correction, external_id: str) -> NoReturn:  # noqa: ARG002
        """Refuse: no call of Elba shows corrections."""
        raise incapable(Capability.CORRECTIONS, self.system)

    def list_bank_transactions(self, first_day: date, last_day: date) -> NoReturn:  # noqa: ARG002
        """Refuse: no call of Elba shows the bank account."""
        raise incapable(Capability.BANK_TRANSACTIONS, self.system)
