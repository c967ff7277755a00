"""What Kontur.Accounting tells about the account itself: its requisites, bank, contracts and categories."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sandbox.books import checks
from sandbox.books.checks import Field
from sandbox.books.errors import BookError, Detail
from sandbox.books.kontur_common import checked, refuse, refuse_unknown_filters, to_list
from sandbox.books.lists import between, day_of, select
from sandbox.books.web import Action, Answer
from sandbox.profiles import dated_vat_modes

if TYPE_CHECKING:
    from sandbox.books.book import Book
    from sandbox.books.settings import Seller
    from sandbox.books.web import Call, Paths

LONGEST_SPAN = timedelta(days=366)

CATEGORIES = [
    {"id": "sales", "name": "Выручка", "kind": "income"},
    {"id": "goods", "name": "Закупка товаров", "kind": "expense"},
    {"id": "bank", "name": "Услуги банка", "kind": "expense"},
]

CONTRACT = {
    "number": Field(checks.text(50, 1), required=True),
    "date": Field(checks.day, required=True),
    "counterpartyId": Field(checks.text(100, 1), required=True),
    "kind": Field(checks.choice("sale", "purchase", "agency"), required=True),
    "name": Field(checks.text(255)),
}

BANK_FILTERS = {"direction": "direction", "counterpartyInn": "counterpartyInn"}


class KonturReference:
    """The account and what hangs on it."""

    def __init__(self, book: Book, account_id: str, seller: Seller) -> None:
        self._book = book
        self._account_id = account_id
        self._seller = seller

    def paths(self) -> Paths:
        """The calls of this part."""
        return {
            "": {"GET": Action(self.account)},
            "/bank-transactions": {"GET": Action(self.bank_transactions)},
            "/contracts": {"GET": Action(self.contracts), "POST": Action(self.add_contract)},
            "/expense-categories": {"GET": Action(self.expense_categories)},
        }

    def account(self, _call: Call) -> Answer:
        """Whose books these are, and how long they are closed."""
        seller = self._seller
        modes = dated_vat_modes(self._book.profile("vat_modes"))
        return Answer(
            200,
            {
                "id": self._account_id,
                "name": seller.name,
                "inn": seller.inn,
                "kpp": seller.kpp,
                "ogrn": seller.ogrn,
                "entityType": seller.entity_type,
                "taxSystem": seller.tax_system,
                "vatModes": [{"validFrom": day.isoformat(), "mode": mode} for day, mode in modes],
                "timeZone": seller.time_zone,
                "closedThrough": self._book.profile("closed_through") or None,
            },
        )

    def bank_transactions(self, call: Call) -> Answer:
        """Movements on the bank account; the sandbox has those that were planted."""
        refuse_unknown_filters(self._book, call.query, (*BANK_FILTERS, "dateFrom", "dateTo"))
        first, last = day_of(call.query, "dateFrom"), day_of(call.query, "dateTo")
        if first is None or (last and date.fromisoformat(last) - date.fromisoformat(first) > LONGEST_SPAN):
            raise BookError(400, "invalid_query", "Нужен dateFrom, и не больше 366 дней")
        rows = select(self._book, "bank_transactions", call.query, BANK_FILTERS)
        return to_list(self._book, between(rows, call.query), call.query)

    def contracts(self, call: Call) -> Answer:
        """Contracts, of one counterparty if asked."""
        refuse_unknown_filters(self._book, call.query, ("counterpartyId",))
        return to_list(
            self._book, select(self._book, "contracts", call.query, ("counterpartyId",)), call.query
        )

    def add_contract(self, call: Call) -> Answer:
        """Make a contract with a counterparty that is there."""
        body = call.json()
        refuse(checked(self._book, CONTRACT, body))
        if self._book.find("counterparties", body["counterpartyId"]) is None:
            refuse([Detail("counterpartyId", "counterparty_not_found")])
        row = {name: body[name] for name in CONTRACT if name in body}
        return Answer(201, self._book.add("contracts", row))

    def expense_categories(self, call: Call) -> Answer:
        """What income and expenses are filed under."""
        return to_list(self._book, CATEGORIES, call.query)
