"""Counterparties in the first Elba dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.books import checks
from sandbox.books.checks import Field
from sandbox.books.elba_oauth_common import found, refuse, to_list
from sandbox.books.errors import BookError, Detail
from sandbox.books.lists import select
from sandbox.books.web import Action, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.books.book import Book, Row
    from sandbox.books.web import Call, Paths

FIELDS = {
    "fullName": Field(checks.text(500, 1), required=True),
    "inn": Field(checks.text(12)),
    "kpp": Field(checks.text(9)),
    "email": Field(checks.nullable(checks.text(255))),
    "type": Field(checks.choice("individual")),
    "phone": Field(checks.nullable(checks.text(255))),
    "address": Field(checks.nullable(checks.text(1000))),
}

SEED_FIELDS = ("id", "fullName", "inn", "kpp", "email", "type")
COMPANY_INN = 10


class ElbaCounterparties:
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
        """Counterparties by INN, KPP, part of the name and e-mail; all of them without a filter."""
        exact = ("inn",) if self._book.is_on("seed_only") else ("inn", "kpp")
        rows = select(self._book, "counterparties", call.query, exact)
        if not self._book.is_on("seed_only"):
            rows = [row for row in rows if _is_like(row, call.query)]
        return to_list(self._book, rows, call.query, self._shown)

    def get(self, call: Call) -> Answer:
        """One counterparty."""
        return Answer(200, self._shown(found(self._book, "counterparties", call.path["id"])))

    def create(self, call: Call) -> Answer:
        """Make one, a second of the same INN and KPP too unless the profile forbids it."""
        content = self._read(call)
        self._refuse_twin(content)
        return Answer(201, self._shown(self._book.add("counterparties", content)))

    def update(self, call: Call) -> Answer:
        """Replace all that the caller may set."""
        old = found(self._book, "counterparties", call.path["id"])
        content = self._read(call)
        self._refuse_twin(content, but=old["id"])
        row = {"id": old["id"], "createdAt": old["createdAt"]} | content
        return Answer(200, self._shown(self._book.replace("counterparties", row)))

    def _read(self, call: Call) -> Row:
        body = call.json()
        refuse(tuple(checks.check(FIELDS, body)) or _requisites(body))
        kept = {name: body[name] for name in FIELDS if name in body}
        return {"inn": "", "kpp": "", "type": _type_of(body)} | kept

    def _refuse_twin(self, content: Row, but: str = "") -> None:
        if not content["inn"] or not self._book.is_on("unique_counterparty"):
            return
        same_inn = self._book.where("counterparties", "inn", content["inn"])
        if any(row["kpp"] == content["kpp"] and row["id"] != but for row in same_inn):
            raise BookError(409, "conflict", "Контрагент с такими ИНН и КПП уже существует")

    def _shown(self, row: Row) -> Row:
        seed_only = self._book.is_on("seed_only")
        return {name: value for name, value in row.items() if name in SEED_FIELDS or not seed_only}


def _requisites(body: Row) -> Iterator[Detail]:
    inn, kpp = body.get("inn", ""), body.get("kpp", "")
    if not inn and "type" not in body:
        yield Detail("inn", "required")
    elif inn and (checks.inn(inn) or ("type" in body and len(inn) == COMPANY_INN)):
        yield Detail("inn", "invalid_inn")
    if kpp and (len(inn) != COMPANY_INN or len(kpp) != len("773601001")):
        yield Detail("kpp", "invalid_kpp")


def _type_of(body: Row) -> str:
    return "legal" if len(body.get("inn", "")) == COMPANY_INN else "entrepreneur"


def _is_like(row: Row, query: Mapping[str, str]) -> bool:
    name, email = query.get("name", "").casefold(), query.get("email", "").casefold()
    return name in row["fullName"].casefold() and email in ("", (row.get("email") or "").casefold())
