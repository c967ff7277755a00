"""An acquirer's lump sum: the card payments of one day, less what the acquirer kept."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from bookkeeping.domain import BankTransaction
from bookkeeping.outcomes import BankMatch, BankRow
from bookkeeping.transforms.arrivals import ZERO, Known, bank_row, gross, listed
from bookkeeping.transforms.payments import Payment
from bookkeeping.transforms.purposes import is_given_back, is_of_acquirer

LONGEST_WAY = 3
"""Banking days until the money of a day of cards arrives."""

SATURDAY = 5
HOLIDAYS = frozenset([*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)])
"""Month and day on which Russian banks rest every year (ТК РФ ст. 112)."""


class Cards:
    """The days on which buyers paid by card; each explains one sum of an acquirer.

    What kept a commission or says that it is an acquirer's is one; anybody else's money only looks like it,
    and leaves the day to the acquirer.

    Only the shop knows what a card is: its pay system says "acquiring". Where none says so, no sum is an
    acquirer's.
    """

    def __init__(self, known: Known) -> None:
        self._numbers, self._buyers = known.numbers, known.buyers
        self._payments = known.cards()
        self._sums = {day: _sum(payments) for day, payments in self._payments.items()}
        self._brought: set[date] = set()

    def explain(self, transaction: BankTransaction, *, names_ours: bool) -> BankRow | None:
        """Say which day of cards a transaction brings, if it may be one.

        Without a commission a buyer's money is his own, whatever day has just that sum.

        :param names_ours: whether it says that it is for documents of ours, as a buyer's does.
        """
        if not transaction.commission and (names_ours or transaction.payer_inn in self._buyers):
            return None
        paid = gross(transaction)
        same = [day for day in days_of_cards(transaction.dated_on) if self._sums.get(day) == paid]
        fitting = [day for day in same if day not in self._brought]
        is_sure = _is_of_acquirer(transaction)
        if is_sure and len(fitting) == 1:
            return self._bring(transaction, fitting[0])
        if not (fitting or (is_sure and same)):
            return None
        numbers = self._numbers_of(fitting or same)
        text = _doubt(fitting, is_sure=is_sure) if fitting else _again(same, numbers)
        return bank_row(transaction, BankMatch.AMBIGUOUS, text, numbers, paid)

    def _bring(self, transaction: BankTransaction, day: date) -> BankRow:
        numbers, total = self._numbers_of([day]), self._sums[day]
        self._brought.add(day)
        kept = f" за вычетом комиссии {transaction.commission:.2f} ₽" if transaction.commission else ""
        text = f"оплаты картами за {_list([day])} на {total:.2f} ₽{kept}: сошлось, делать ничего не нужно"
        return bank_row(transaction, BankMatch.ACQUIRER, text, numbers, total)

    def _numbers_of(self, days: Iterable[date]) -> list[str]:
        ids = {payment.order_id for day in days for payment in self._payments[day]}
        return sorted(self._numbers.get(id_, id_) for id_ in ids)


def days_of_cards(arrived_on: date) -> Iterator[date]:
    """Yield the days whose card payments may arrive on a day, the latest first.

    >>> [f"{day:%d.%m}" for day in days_of_cards(date(2026, 10, 5))]  # a Monday
    ['05.10', '04.10', '03.10', '02.10', '01.10', '30.09']
    """
    yield arrived_on
    banking_days, day = 0, arrived_on
    while banking_days < LONGEST_WAY:
        day -= timedelta(days=1)
        banking_days += is_banking_day(day)
        yield day


def is_banking_day(day: date) -> bool:
    """Whether banks pay on a day; holidays that were moved to it are not known.

    >>> [is_banking_day(date(2026, 1, day)) for day in (8, 9, 10)]
    [False, True, False]
    """
    return day.weekday() < SATURDAY and (day.month, day.day) not in HOLIDAYS


def _is_of_acquirer(transaction: BankTransaction) -> bool:
    """A commission tells an acquirer, unless the money is said to be given back; acquirers tell both."""
    purpose = transaction.purpose
    return is_of_acquirer(purpose) or (transaction.commission > 0 and not is_given_back(purpose))


def _sum(payments: Iterable[Payment]) -> Decimal:
    return sum((payment.amount for payment in payments), ZERO)


def _list(days: Iterable[date]) -> str:
    return ", ".join(f"{day:%d.%m.%Y}" for day in sorted(days))


def _doubt(days: Sequence[date], *, is_sure: bool) -> str:
    return _several(days) if is_sure else _alike(days)


def _alike(days: Iterable[date]) -> str:
    return (
        f"похоже на карты за {_list(days)}, но назначение об эквайринге не говорит; "
        "выясните, кто и за что заплатил, и разнесите вручную"
    )


def _several(days: Iterable[date]) -> str:
    return (
        f"сумма подходит к оплатам картами за разные дни: {_list(days)}; "
        "найдите день в реестре эквайера и отметьте вручную"
    )


def _again(days: Iterable[date], numbers: Iterable[str]) -> str:
    return (
        f"возможно, повторная оплата: оплаты картами за {_list(days)} ({listed(numbers)}) уже пришли; "
        "сверьте с реестром эквайера и верните лишнее"
    )
