"""What neither dialect of Elba can do: payments and refunds stand on its own screens alone."""

from typing import NoReturn

from bookkeeping.clients.books import incapable
from bookkeeping.domain import Capability, MoneyRecord


class NoMoney:
    """The calls of :class:`~bookkeeping.domain.AccountingBackend` that Elba has nothing for."""

    system: str

    def record_money(self, record: MoneyRecord, external_id: str) -> NoReturn:  # noqa: ARG002
        """Refuse: no call of Elba records money."""
        raise incapable(Capability.PAYMENTS, self.system)

    def find_money(self, record: MoneyRecord, external_id: str) -> NoReturn:  # noqa: ARG002
        """Refuse: no call of Elba shows records of money."""
        raise incapable(Capability.PAYMENTS_LIST, self.system)
