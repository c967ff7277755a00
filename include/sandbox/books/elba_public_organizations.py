"""The organisation of the public Elba API: itself, its bank accounts, and the templates that it has not."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from sandbox.books.elba_public_common import page_of, pick, read, refuse
from sandbox.books.elba_public_models import NewBankAccount
from sandbox.books.elba_public_rules import CURRENCY, ROUBLES
from sandbox.books.errors import BookError, Detail
from sandbox.books.web import Action, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.books.book import Book, Row
    from sandbox.books.settings import Settings
    from sandbox.books.web import Call, Paths

ORGANIZATION = "/organizations/{organization}"

BANKS = {
    "044525225": ("ПАО Сбербанк", "30101810400000000225"),
    "044525593": ("АО «Альфа-Банк»", "30101810200000000593"),
    "044525974": ("АО «ТБанк»", "30101810145250000974"),
}

ACCOUNT = ("id", "accountNumber", "bank", "closed")


class Organizations:
    """Tell about the organisation, and add bank accounts to it."""

    def __init__(self, book: Book, settings: Settings) -> None:
        self._book = book
        self._settings = settings

    def paths(self) -> Paths:
        """The calls of this part."""
        accounts = {"GET": Action(self.bank_accounts), "POST": Action(self.add_bank_account)}
        return {
            "/organizations": {"GET": Action(self.organizations)},
            f"{ORGANIZATION}/bank-accounts": accounts,
            f"{ORGANIZATION}/document-templates": {"GET": Action(self.templates)},
            f"{ORGANIZATION}/document-templates/{{id}}": {"GET": Action(self.template)},
        }

    def organizations(self, call: Call) -> Answer:
        """The one organisation that the key may act for."""
        seller = self._settings.seller
        own = {"id": self._settings.credentials.elba_organization_id, "inn": seller.inn, "kpp": seller.kpp}
        return Answer(200, {"organizations": page_of([own], call.query)})

    def bank_accounts(self, call: Call) -> Answer:
        """Its bank accounts, closed ones too."""
        rows = [pick(row, ACCOUNT) for row in self._book.rows("bank_accounts")]
        return Answer(200, {"bankAccounts": page_of(rows, call.query)})

    def add_bank_account(self, call: Call) -> Answer:
        """Add a rouble account whose number agrees with its bank."""
        body = read(NewBankAccount, call)
        refuse(_objections(body.account_number, body.bik))
        row = to_account(body.account_number, body.bik)
        if any(_is_same(row, other) for other in self._book.rows("bank_accounts")):
            raise BookError(409, "bank_account_exists", "Такой банковский счёт уже существует")
        return Answer(201, {"id": self._book.add("bank_accounts", row)["id"]})

    def templates(self, call: Call) -> Answer:
        """No templates."""
        return Answer(200, {"documentTemplates": page_of([], call.query)})

    def template(self, _call: Call) -> Answer:
        """No such template."""
        raise BookError(404, "not_found")


def to_account(number: str, bik: str) -> Row:
    """A new bank account the way the books keep it."""
    name, correspondent = BANKS[bik]
    bank = {"name": name, "bik": bik, "corrAccount": correspondent, "city": "Москва", "cityType": "г"}
    return {"accountNumber": number, "bank": bank, "closed": False}


def _objections(number: str, bik: str) -> Iterator[Detail]:
    if not number.isdecimal():
        yield Detail("accountNumber", "account_number_invalid", "Невалидный номер счёта")
    elif bik not in BANKS:
        yield Detail("bik", "bik_unknown", "Банк с таким БИК не найден")
    elif number[CURRENCY] not in ROUBLES:
        yield Detail("accountNumber", "account_not_rouble", "Счёт не рублёвый")
    elif not _has_key_of(number, bik):
        yield Detail("accountNumber", "account_bik_mismatch", "Номер счёта не соответствует БИК")


def _has_key_of(number: str, bik: str) -> bool:
    digits = bik[-3:] + number
    return sum(int(digit) * weight for digit, weight in zip(digits, cycle((7, 1, 3)), strict=False)) % 10 == 0


def _is_same(one: Row, other: Row) -> bool:
    return bool(one["accountNumber"] == other["accountNumber"] and one["bank"]["bik"] == other["bank"]["bik"])
