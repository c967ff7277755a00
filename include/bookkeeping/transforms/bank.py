"""What money on the bank account is for: our documents by number and sum, or a day of cards."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal

from bookkeeping.domain import BankTransaction, DocumentKind
from bookkeeping.outcomes import BankMatch, BankRow
from bookkeeping.transforms.arrivals import ZERO, Known, Paper, bank_row, claim_of, gross, listed
from bookkeeping.transforms.cards import Cards
from bookkeeping.transforms.purposes import is_given_back, named, number_key

Place = tuple[str, str]
"""An order's id and the key of a number that its documents bear."""

SHIPMENT, ORDER, OWED, PAYMENT = "shipment", "order", "owed", "payment"
FORMS: Mapping[str, frozenset[DocumentKind]] = {
    **{kind.value: frozenset({kind}) for kind in DocumentKind},
    SHIPMENT: frozenset({DocumentKind.SALE, DocumentKind.ACT}),
}
"""Which documents of one number are paid together."""


@dataclass(frozen=True)
class Fit:
    """One way in which money may be for what it names.

    :ivar form: of which documents the sum is, or what of an order.
    :ivar places: what is named of it.
    :ivar parts: roubles by order.
    :ivar claims: what nobody can pay a second time.
    """

    form: str
    places: frozenset[Place]
    parts: tuple[tuple[str, Decimal], ...]
    claims: frozenset[str]

    @property
    def total(self) -> Decimal:
        """Roubles of all parts."""
        return sum((amount for _, amount in self.parts), ZERO)

    @property
    def by_order(self) -> Mapping[str, Decimal]:
        """Roubles of each order's parts together."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for order_id, amount in self.parts:
            sums[order_id] += amount
        return sums

    @property
    def orders(self) -> frozenset[str]:
        """The orders that it would pay."""
        return frozenset(order_id for order_id, _ in self.places)


Candidates = Mapping[frozenset[Place], Sequence[Fit]]
"""What money may be for, each with all the ways in which its sum is right."""


def match_bank(transactions: Iterable[BankTransaction], known: Known) -> list[BankRow]:
    """Say of each transaction what it is for, oldest first; only what fits in a single way is matched.

    Nothing is paid twice: of two transactions for one thing the second is ambiguous. Whatever the order of
    the arguments, the rows are the same.
    """
    arrived = sorted(transactions, key=lambda each: (each.dated_on, astuple(each)))
    documents = Documents(known)
    rows = [documents.explain(each) for each in arrived]
    cards = Cards(known)
    return [
        (row.match is BankMatch.NONE and cards.explain(each, names_ours=row.expected is not None)) or row
        for each, row in zip(arrived, rows, strict=True)
    ]


class Documents:
    """Money that names what it is for, oldest first; none of it is a card's, which an acquirer brings."""

    def __init__(self, known: Known) -> None:
        self._taken: set[str] = set()
        self._received: dict[str, Decimal] = defaultdict(Decimal)
        self._last = dict[str, date]()
        self._payments, self._paid = known.transfers(), known.paid()
        self._otherwise = known.paid_otherwise()
        self._by_id: dict[str, Paper] = {}
        self._at: dict[Place, list[Paper]] = defaultdict(list)
        self._of: dict[str, list[Paper]] = defaultdict(list)
        self._orders: dict[str, set[str]] = defaultdict(set)
        for paper in sorted(known.papers, key=lambda paper: paper.key):
            self._file(paper)

    def _file(self, paper: Paper) -> None:
        order_id, key = place = _place(paper)
        self._at[place].append(paper)
        self._of[order_id].append(paper)
        self._orders[key].add(order_id)
        self._by_id[paper.external_id] = paper

    def explain(self, transaction: BankTransaction) -> BankRow:
        """Say which documents a transaction pays, as those before it have left them."""
        tied = self._by_id.get(transaction.document_id) if transaction.document_id else None
        places = self._named(transaction, tied)
        paid = gross(transaction)
        candidates = _candidates(fit for fit in self._ways(places) if fit.total == paid)
        if not candidates:
            return self._unexplained(transaction, places)
        of_tied = [each for each in candidates if tied and _place(tied) in each]
        chosen = of_tied or list(candidates)
        numbers = self._numbers(place for each in chosen for place in each)
        if transaction.document_id and not of_tied:
            doubt = _tied_elsewhere(tied, numbers)
        elif is_given_back(transaction.purpose):
            doubt = _given_back(numbers)
        elif len(chosen) > 1:
            doubt = _several(numbers)
        elif not self._take(candidates[chosen[0]], transaction):
            doubt = self._again(chosen[0])
        else:
            text = f"оплата по {listed(numbers)}: номер и сумма совпали, делать ничего не нужно"
            return bank_row(transaction, BankMatch.DOCUMENT, text, numbers, paid)
        return bank_row(transaction, BankMatch.AMBIGUOUS, doubt, numbers, paid)

    def _named(self, transaction: BankTransaction, tied: Paper | None) -> list[Place]:
        keys = [key for key in named(transaction.purpose, self._orders) if key != transaction.payer_inn]
        places = [(order_id, key) for key in keys for order_id in sorted(self._orders[key])]
        return list(dict.fromkeys([*places, *([_place(tied)] if tied else [])]))

    def _ways(self, places: Sequence[Place]) -> Iterator[Fit]:
        """Yield all ways to pay what is named: each for itself, and all together."""
        of_orders: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            of_orders[place[0]].append(place)
        numbers = [self._of_number(place) for place in places]
        orders = [self._of_order(*each) for each in of_orders.items()]
        for fits in (*numbers, *orders):
            yield from fits.values()
        for order_id, of_order in of_orders.items():
            yield from self._of_payments(order_id, of_order)
        yield from _together(numbers)
        yield from _together(orders)

    def _of_number(self, place: Place) -> dict[str, Fit]:
        """Return what documents of one number cost, by what they are."""
        found = {}
        for form, kinds in FORMS.items():
            if papers := [paper for paper in self._at[place] if paper.kind in kinds]:
                claims = frozenset(paper.key for paper in papers)
                found[form] = Fit(form, frozenset({place}), ((place[0], _total(papers)),), claims)
        return found

    def _of_order(self, order_id: str, places: Iterable[Place]) -> dict[str, Fit]:
        """Return what a whole order costs, and what is still owed for it."""
        cost = self._cost(order_id)
        amounts = {ORDER: cost, OWED: cost - self._paid.get(order_id, ZERO)}
        return {
            form: Fit(form, frozenset(places), ((order_id, amount),), frozenset({f"{form}:{order_id}"}))
            for form, amount in amounts.items()
            if amount > 0
        }

    def _of_payments(self, order_id: str, places: Iterable[Place]) -> Iterator[Fit]:
        """Yield the order's transfers that the shop has seen."""
        for payment in self._payments.get(order_id, ()):
            claims = frozenset({claim_of(payment)})
            yield Fit(PAYMENT, frozenset(places), ((order_id, payment.amount),), claims)

    def _cost(self, order_id: str) -> Decimal:
        """Return what was sold on an order's documents, or billed if that is more."""
        papers = self._of[order_id]
        billed = _total(paper for paper in papers if paper.kind is DocumentKind.BILL)
        return max(billed, _total(paper for paper in papers if paper.kind is not DocumentKind.BILL))

    def _take(self, fits: Sequence[Fit], transaction: BankTransaction) -> bool:
        """Let a transaction pay what it fits, unless that has been paid before."""
        free = [fit for fit in fits if not fit.claims & self._taken and self._has_room(fit)]
        if not free:
            return False
        payments = [fit for fit in free if fit.form == PAYMENT]
        for fit in (*payments[:1], *(fit for fit in fits if fit.form != PAYMENT)):
            self._taken |= fit.claims
        for order_id, amount in free[0].by_order.items():
            self._received[order_id] += amount
            self._last[order_id] = transaction.dated_on
        return True

    def _has_room(self, fit: Fit) -> bool:
        parts = fit.by_order.items()
        return all(self._received[id_] + amount <= self._most(id_) for id_, amount in parts)

    def _most(self, order_id: str) -> Decimal:
        """Return the roubles that an order may bring to the bank by transfer.

        What cash and cards have left of its cost, or more if the shop knows of more; nothing if they have
        left nothing.
        """
        cost, otherwise = self._cost(order_id), self._otherwise.get(order_id, ZERO)
        came = sum((payment.amount for payment in self._payments.get(order_id, ())), ZERO)
        return ZERO if ZERO < cost <= otherwise else max(cost - otherwise, came)

    def _unexplained(self, transaction: BankTransaction, places: Sequence[Place]) -> BankRow:
        if not places:
            return bank_row(transaction, BankMatch.NONE, _unnamed(transaction))
        expected = sum((self._price(place) for place in places), ZERO)
        text = (
            f"названо {listed(self._numbers(places))}: причитается {expected:.2f} ₽, а пришло "
            f"{gross(transaction):.2f} ₽; уточните у плательщика, что он оплатил, и разнесите вручную"
        )
        return bank_row(transaction, BankMatch.NONE, text, expected=expected)

    def _price(self, place: Place) -> Decimal:
        return max(fit.total for fit in self._of_number(place).values())

    def _again(self, places: Iterable[Place]) -> str:
        places = list(places)
        days = [self._last[order_id] for order_id, _ in places if order_id in self._last]
        paid = sum((self._otherwise.get(id_, ZERO) for id_ in {id_ for id_, _ in places}), ZERO)
        came = [f"деньги уже пришли {max(days):%d.%m.%Y}"] if days else []
        if paid:
            came.append(f"картой или наличными в магазине уже оплачено {paid:.2f} ₽")
        return (
            f"возможно, повторная оплата: по {listed(self._numbers(places))} {', '.join(came)}; "
            "верните лишнее покупателю или зачтите авансом"
        )

    def _numbers(self, places: Iterable[Place]) -> list[str]:
        return sorted({self._at[place][0].number for place in places})


def _place(paper: Paper) -> Place:
    return paper.order_id, number_key(paper.number)


def _candidates(fits: Iterable[Fit]) -> Candidates:
    """Tell apart what money may be for; ways to pay one and the same thing are no doubt."""
    of_orders: dict[frozenset[str], list[Fit]] = defaultdict(list)
    for fit in fits:
        of_orders[fit.orders].append(fit)
    return {places: same for same in of_orders.values() for places in _meant(same)}


def _meant(fits: Sequence[Fit]) -> set[frozenset[Place]]:
    """Return what may be meant of the same orders: all that is named of them if it is all of their money."""
    whole = {fit.places for fit in fits if fit.form in {ORDER, OWED}}
    documents = {fit.places for fit in fits if fit.form in FORMS}
    return whole or documents or {fit.places for fit in fits}


def _together(each: Sequence[Mapping[str, Fit]]) -> Iterator[Fit]:
    """Yield what several things cost in one form that all of them have."""
    if len(each) > 1:
        for form in sorted(set.intersection(*(set(fits) for fits in each))):
            fits = [found[form] for found in each]
            yield Fit(
                form,
                frozenset[Place]().union(*(fit.places for fit in fits)),
                tuple(part for fit in fits for part in fit.parts),
                frozenset[str]().union(*(fit.claims for fit in fits)),
            )


def _total(papers: Iterable[Paper]) -> Decimal:
    return sum((paper.total for paper in papers), ZERO)


def _several(numbers: Iterable[str]) -> str:
    return (
        f"сумма подходит к разным документам: {listed(numbers)}; уточните у плательщика, что он оплатил, "
        "и разнесите вручную"
    )


def _tied_elsewhere(tied: Paper | None, numbers: Iterable[str]) -> str:
    where = f"№ {tied.number}" if tied else "документу, которого мы не отправляли"
    return f"в учёте привязано к {where}, а номер и сумма подходят к {listed(numbers)}: проверьте привязку"


def _given_back(numbers: Iterable[str]) -> str:
    return (
        f"возврат от поставщика? номер и сумма подходят к {listed(numbers)}, "
        "но в назначении сказано «возврат»; проверьте, чьи это деньги, и разнесите вручную"
    )


def _unnamed(transaction: BankTransaction) -> str:
    why = (
        "в учёте привязано к документу, которого мы не отправляли"
        if transaction.document_id
        else "номеров наших документов в назначении нет, и дня оплат картами на эту сумму нет"
    )
    if is_given_back(transaction.purpose):
        why = f"возврат от поставщика? {why}"
    return f"{why}: выясните, за что пришли деньги, и разнесите вручную"
