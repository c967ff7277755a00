"""Counterparties in Kontur.Accounting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.books import checks
from sandbox.books.checks import Field
from sandbox.books.errors import BookError, Detail
from sandbox.books.kontur_common import checked, found, refuse, refuse_unknown_filters, to_list
from sandbox.books.lists import modified_since, select
from sandbox.books.web import Action, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.books.book import Book, Row
    from sandbox.books.web import Call, Paths

FIELDS = {
    "name": Field(checks.text(255, 1), required=True),
    "inn": Field(checks.text(12)),
    "kpp": Field(checks.text(9)),
    "type": Field(checks.choice("LegalEntity", "SoleProprietor", "Individual"), required=True),
    "email": Field(checks.text(255)),
    "phone": Field(checks.text(255)),
    "address": Field(checks.text(1000)),
    "externalId": Field(checks.text(100)),
}

INN_LENGTHS = {"LegalEntity": 10, "SoleProprietor": 12, "Individual": 12}

SEED_FIELDS = ("id", "name", "inn", "kpp", "type")
FILTERS = ("inn", "kpp", "name", "externalId")


class KonturCounterparties:
    """Find, make and change counterparties."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def paths(self) -> Paths:
        """The calls of this part."""
        return {
            "/counterparties": {
                "GET": Action(self.search, seed=True),
                "POST": Action(self.create, seed=True),
            },
            "/counterparties/{id}": {"GET": Action(self.get), "PUT": Action(self.update)},
        }

    def search(self, call: Call) -> Answer:
        """Counterparties by exact INN, KPP and name; all of them without a filter."""
        exact = ("inn",) if self._book.is_on("seed_only") else FILTERS
        refuse_unknown_filters(self._book, call.query, exact)
        rows = select(self._book, "counterparties", call.query, exact)
        return to_list(self._book, modified_since(rows, call.query), call.query, self._shown)

    def get(self, call: Call) -> Answer:
        """One counterparty."""
        return Answer(200, self._shown(found(self._book, "counterparties", call.path["id"])))

    def create(self, call: Call) -> Answer:
        """Make one, a second of the same INN and KPP too unless the profile forbids it."""
        content = self._read(call)
        self._refuse_twin(content)
        now = self._book.timestamp()
        row = self._book.add("counterparties", content | {"version": 1, "createdAt": now, "modifiedAt": now})
        return Answer(201, self._shown(row))

    def update(self, call: Call) -> Answer:
        """Replace all that the caller may set."""
        old = found(self._book, "counterparties", call.path["id"])
        content = self._read(call)
        self._refuse_twin(content, but=old["id"])
        own = {"id": old["id"], "version": old["version"] + 1, "createdAt": old["createdAt"]}
        row = own | content | {"modifiedAt": self._book.timestamp()}
        return Answer(200, self._shown(self._book.replace("counterparties", row)))

    def _read(self, call: Call) -> Row:
        body = call.json()
        details = checked(self._book, FIELDS, body)
        refuse(details or _requisites(body))
        kept = {name: body[name] for name in FIELDS if name in body}
        if not self._book.is_on("external_id"):
            kept.pop("externalId", None)
        return {"inn": "", "kpp": ""} | kept

    def _refuse_twin(self, content: Row, but: str = "") -> None:
        if not content["inn"] or not self._book.is_on("unique_counterparty"):
            return
        for row in self._book.where("counterparties", "inn", content["inn"]):
            if row["kpp"] == content["kpp"] and row["id"] != but:
                detail = Detail("inn", "duplicate_counterparty", row["id"])
                raise BookError(409, "duplicate_counterparty", details=[detail])

    def _shown(self, row: Row) -> Row:
        if self._book.is_on("seed_only"):
            return {name: row[name] for name in SEED_FIELDS}
        return row


def _requisites(body: Row) -> Iterator[Detail]:
    inn, kpp, kind = body.get("inn", ""), body.get("kpp", ""), body["type"]
    if not inn and kind != "Individual":
        yield Detail("inn", "required")
    elif inn and (len(inn) != INN_LENGTHS[kind] or checks.inn(inn)):
        yield Detail("inn", "invalid_inn")
    if kpp and (kind != "LegalEntity" or checks.kpp(kpp)):
        yield Detail("kpp", "invalid_kpp")
