"""Contractors of the public Elba API, and the tasks in which it may answer a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stdnum.exceptions import ValidationError
from stdnum.ru import ogrn

from sandbox.books import checks
from sandbox.books.elba_public_common import PROPRIETOR_INN, found, pick, read, refuse
from sandbox.books.elba_public_models import ContractorSearch, NewContractor
from sandbox.books.errors import BookError, Detail
from sandbox.books.web import Action, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.books.book import Book, Row
    from sandbox.books.web import Call, Paths

FOUND = ("id", "name", "shortName", "inn", "kpp", "address")
WHOLE = (*FOUND, "postAddress", "okpo", "ogrn", "contacts")
IDENTITY = ("id", "status", "type")

# A remainder that is no digit: the control digit is counted anew with other weights.
NO_DIGIT = 10

# How many seconds the server advises to wait before asking for a task again.
PAUSE = {"Retry-After": "1"}


class Contractors:
    """Make, read and find buyers."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def paths(self) -> Paths:
        """The calls of this part."""
        of_organization = "/organizations/{organization}/contractors"
        return {
            of_organization: {"POST": Action(self.create)},
            f"{of_organization}/search": {"POST": Action(self.search)},
            f"{of_organization}/{{id}}": {"GET": Action(self.get)},
            "/long-running-tasks/{id}": {"GET": Action(self.task)},
        }

    def create(self, call: Call) -> Answer:
        """Make a buyer whose INN and KPP nobody has yet."""
        row = read(NewContractor, call).row()
        refuse([*_requisites(row), *_registers(row), *_contacts(row)])
        if row["inn"] and any(twin["kpp"] == row["kpp"] for twin in self._of_inn(row["inn"])):
            raise BookError(409, "contractor_exists", "Контрагент с такими ИНН-КПП уже существует")
        return Answer(201, {"id": self._book.add("contractors", row)["id"]})

    def get(self, call: Call) -> Answer:
        """One buyer, with contacts."""
        return Answer(200, pick(found(self._book, "contractors", call.path["id"]), WHOLE))

    def search(self, call: Call) -> Answer:
        """Buyers that agree with all that is filled; at once, or by a task."""
        search = read(ContractorSearch, call).row()
        wanted = search["filter"] or {}
        if not any(wanted.values()):
            refuse([Detail("filter", "filter_empty", "Должен быть заполнен хотя бы один параметр фильтра")])
        refuse(_requisites(wanted))
        if self._book.is_set("search", "direct"):
            return Answer(200, self._result(search))
        task = {"type": "searchContractors", "search": search, "polls": 0, "status": "inProcess"}
        row = self._book.add("tasks", task)
        return Answer(202, pick(row, IDENTITY), {"Location": f"/v1/long-running-tasks/{row['id']}"})

    def task(self, call: Call) -> Answer:
        """How far a search is; it takes as many questions as the profile ``task_polls`` says."""
        row = found(self._book, "tasks", call.path["id"])
        row["polls"] += 1
        if row["polls"] <= int(self._book.profile("task_polls")):
            return Answer(200, pick(row, IDENTITY), PAUSE)
        if self._book.is_set("search", "failed"):
            error = {"message": "Не удалось выполнить поиск", "traceId": call.request_id}
            return Answer(200, pick(row, IDENTITY) | {"status": "failed", "errorDescription": error})
        done = {"status": "completed", "result": self._result(row["search"])}
        return Answer(200, pick(row, IDENTITY) | done)

    def _result(self, search: Row) -> Row:
        wanted = {name: value for name, value in search["filter"].items() if value}
        rows = self._of_inn(wanted["inn"]) if "inn" in wanted else self._book.rows("contractors")
        hits = [pick(row, FOUND) for row in rows if _agrees(row, wanted)]
        offset = search["offset"] or 0
        return {"contractors": hits[offset : offset + (search["limit"] or 100)]}

    def _of_inn(self, inn: str) -> list[Row]:
        return self._book.where("contractors", "inn", inn)


def _agrees(row: Row, wanted: Row) -> bool:
    name = wanted.get("name", "").casefold()
    exact = all(row[field] == value for field, value in wanted.items() if field != "name")
    return exact and name in row["name"].casefold()


def _requisites(row: Row) -> Iterator[Detail]:
    inn, kpp = row["inn"], row["kpp"]
    if inn is not None and checks.inn(inn):
        yield Detail("inn", "inn_invalid", "Невалидный ИНН")
    if kpp is not None and checks.kpp(kpp):
        yield Detail("kpp", "kpp_invalid", "Невалидный КПП")
    if kpp is not None and len(inn or "") == PROPRIETOR_INN:
        yield Detail("kpp", "ip_with_kpp", "У контрагента ИП не должен быть указан КПП")


def _registers(row: Row) -> Iterator[Detail]:
    if row["okpo"] is not None and not _is_okpo(row["okpo"]):
        yield Detail("okpo", "okpo_invalid", "Невалидный ОКПО")
    if row["ogrn"] is not None and not _is_ogrn(row["ogrn"]):
        yield Detail("ogrn", "ogrn_invalid", "Невалидный ОГРН")


def _contacts(row: Row) -> Iterator[Detail]:
    for place, contact in enumerate(row["contacts"] or ()):
        emails = contact["emails"] or []
        if not all(checks.EMAIL.fullmatch(email) for email in emails):
            yield Detail(f"contacts.{place}.emails", "contact_email_invalid", "Невалидная почта контакта")
        if not (emails or contact["name"] or contact["phone"]):
            yield Detail(f"contacts.{place}", "contact_empty", "Контакт пуст")


def _is_okpo(value: str) -> bool:
    if not value.isdecimal() or len(value) not in (8, 10):
        return False
    digits = [int(digit) for digit in value]
    control = _weighed(digits, 1)
    if control == NO_DIGIT:
        control = _weighed(digits, 3) % 10
    return control == digits[-1]


def _weighed(digits: list[int], first: int) -> int:
    return sum(digit * ((place + first - 1) % 10 + 1) for place, digit in enumerate(digits[:-1])) % 11


def _is_ogrn(value: str) -> bool:
    try:
        return str(ogrn.validate(value)) == value
    except ValidationError:
        return False
