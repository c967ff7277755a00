"""The people and companies who order, some of them again and under another spelling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import count
from typing import TYPE_CHECKING

from sandbox.shop import people
from sandbox.shop.chance import Deck
from sandbox.shop.model import INDIVIDUAL, LEGAL_ENTITY, Oddity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random


class Kind(Enum):
    """What a buyer is in the eyes of the law."""

    INDIVIDUAL = auto()
    COMPANY = auto()
    PROPRIETOR = auto()


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who orders, as the order form will say."""

    user_id: int
    person_type_id: int
    full_name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    address: str = ""
    inn: str = ""
    kpp: str = ""


def _as_ever(_: Random, buyer: Buyer) -> Buyer:
    return buyer


def _loudly(_: Random, buyer: Buyer) -> Buyer:
    return replace(buyer, email=buyer.email.upper())


def _by_the_old_code(_: Random, buyer: Buyer) -> Buyer:
    return replace(buyer, phone=buyer.phone.replace("+7 ", "8").replace(" ", "").replace("-", ""))


def _with_spaces(_: Random, buyer: Buyer) -> Buyer:
    return replace(buyer, inn=f"{buyer.inn[:4]} {buyer.inn[4:]} ") if buyer.inn else buyer


def _for_a_branch(chance: Random, buyer: Buyer) -> Buyer:
    return replace(buyer, kpp=people.branch_kpp(chance)) if buyer.kpp else buyer


KINDS = {Kind.INDIVIDUAL: 11, Kind.COMPANY: 7, Kind.PROPRIETOR: 2}
# What an individual leaves of himself.
CONTACTS = {
    ("full_name", "email", "phone"): 35,
    ("full_name", "email"): 7,
    ("full_name", "phone"): 6,
    (): 2,
}
RETURNS = {False: 3, True: 1}
SPELLINGS = {_as_ever: 14, _loudly: 1, _by_the_old_code: 2, _with_spaces: 2, _for_a_branch: 1}
SETTLED = 0.92


class Buyers:
    """Everybody who has ever ordered; one order in four comes from one of them."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._known: list[Buyer] = []
        self._taken: set[str] = set()
        self._numbers = count(11)
        self._kinds = Deck(chance, KINDS)
        self._contacts = Deck(chance, CONTACTS)
        self._returns = Deck(chance, RETURNS)
        self._spellings = Deck(chance, SPELLINGS)

    def next(self) -> Buyer:
        """Who orders next, new or known, spelled as it comes out this time."""
        buyer = self._regular() if self._returns.draw() and self._known else self._newcomer()
        return self._spellings.draw()(self._chance, buyer)

    def company(self) -> Buyer:
        """A company that has never ordered before and never will again."""
        region, postcode, town = self._chance.choice(people.TOWNS)
        inn = self._unused(people.company_inn, region)
        return replace(
            self._person(LEGAL_ENTITY),
            company=people.company_name(self._chance),
            address=people.address(self._chance, postcode, town) if self._chance.random() < SETTLED else "",
            inn=inn,
            kpp=people.kpp(inn[:4]),
        )

    def _regular(self) -> Buyer:
        return self._chance.choice(self._known)

    def _newcomer(self) -> Buyer:
        makers = {
            Kind.INDIVIDUAL: self._individual,
            Kind.COMPANY: self.company,
            Kind.PROPRIETOR: self._proprietor,
        }
        buyer = makers[self._kinds.draw()]()
        self._known.append(buyer)
        return buyer

    def _individual(self) -> Buyer:
        person, kept = self._person(INDIVIDUAL), self._contacts.draw()
        return Buyer(person.user_id, INDIVIDUAL, **{name: getattr(person, name) for name in kept})

    def _proprietor(self) -> Buyer:
        region, postcode, town = self._chance.choice(people.TOWNS)
        person = self._person(LEGAL_ENTITY)
        return replace(
            person,
            company=f"ИП {person.full_name}",
            address=people.address(self._chance, postcode, town),
            inn=self._unused(people.personal_inn, region),
        )

    def _person(self, person_type_id: int) -> Buyer:
        number, name = next(self._numbers), people.full_name(self._chance)
        return Buyer(number, person_type_id, name, people.email(name, number), people.phone(self._chance))

    def _unused(self, invent: Callable[[Random, str], str], region: str) -> str:
        inn = next(number for number in self._inventions(invent, region) if number not in self._taken)
        self._taken.add(inn)
        return inn

    def _inventions(self, invent: Callable[[Random, str], str], region: str) -> Iterator[str]:
        while True:
            yield invent(self._chance, region)


def spoiled(buyer: Buyer, oddity: Oddity) -> Buyer:
    """A company with what is odd about it, if the oddity is in the company and not in its order."""
    match oddity:
        case Oddity.INN_CHECK_DIGIT:
            return replace(buyer, inn=f"{buyer.inn[:-1]}{(int(buyer.inn[-1]) + 1) % 10}")
        case Oddity.KPP_LENGTH:
            return replace(buyer, kpp=buyer.kpp[:-1])
        case Oddity.NAMELESS_COMPANY:
            return replace(buyer, company="", full_name="")
    return buyer
