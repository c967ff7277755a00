"""What a case becomes in each of the books, written as it would travel; nothing is sent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any

import simplejson
from tests.golden.shop import CASES, ORDINARY, Words, on_the_wire

from bookkeeping.clients.elba import ElbaOauthClient, ElbaPublicClient
from bookkeeping.clients.kontur import KonturClient
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.companies import ELBA_OAUTH_KINDS, Company
from bookkeeping.domain import AccountingBackend, Counterparty, DocumentKind, SummaryPart
from bookkeeping.errors import RejectedError
from bookkeeping.extraction.rows import to_rows
from bookkeeping.transforms.building import DueDocument
from bookkeeping.transforms.columns import SCHEMAS, ShopFrames, to_table
from bookkeeping.transforms.documents import DueDay, due_day
from bookkeeping.transforms.individuals import summary

NOWHERE = Transport("https://books.invalid", auth=Unsigned())
WIDTH = 140

Json = dict[str, Any]
Kinds = tuple[str, ...]


def becomes(name: str) -> Json:
    """Return what each of the books would get of a case, by the name of the books."""
    case = CASES[name]
    return {
        backend.system: _in(backend, _due(name, kinds), case)
        for backend, kinds in zip(_books(case), _kinds(case), strict=True)
        if kinds and backend.system in case.get("only", [backend.system])
    }


def _books(case: Words) -> tuple[AccountingBackend, ...]:
    public, form = _switches(case, "elba public"), case.get("sale_form", "upd")
    return (
        KonturClient(NOWHERE, "account", _switches(case, "kontur")),
        ElbaOauthClient(NOWHERE, _switches(case, "elba oauth")),
        ElbaPublicClient(NOWHERE, "organization", "<bank account>", public, form),
    )


def _switches(case: Words, system: str) -> dict[str, bool]:
    return {name: wanted == "on" for name, wanted in case.get("switches", {}).get(system, {}).items()}


def _kinds(case: Words) -> tuple[Kinds, ...]:
    """Return the kinds of documents that the seller makes in each of the books."""
    kinds = tuple(_seller(case)["documents"])
    return kinds, tuple(kind for kind in kinds if kind in ELBA_OAUTH_KINDS), kinds


def _seller(case: Words) -> Words:
    return {**ORDINARY["seller"], **case.get("seller", {})}


@dataclass(frozen=True)
class Day:
    """A day of one seller: cases that differ in nothing but their orders share it, as orders do in life.

    :ivar alone: the case that has the day for itself, for its documents may be of several orders.
    """

    seller: str
    before: str
    known: tuple[str, ...]
    alone: str = ""

    @classmethod
    def of(cls, name: str, kinds: Kinds) -> "Day":
        """Return the day of a case in books that can make these kinds."""
        case = CASES[name]
        seller = {**_seller(case), "documents": kinds, "books": {"system": "kontur"}}
        alone = name if seller.get("individuals") == "daily_summary" else ""
        before = case.get("before", ORDINARY["before"])
        return cls(_json(seller), before, tuple(case.get("known_buyers", [])), alone)

    @cached_property
    def company(self) -> Company:
        """The seller, as the companies file would have it."""
        said = simplejson.loads(self.seller)
        return Company.model_validate(said | {"bill_due_days": int(said.get("bill_due_days", "3"))})


@cache
def _orders() -> Mapping[Day, list[Words]]:
    """Return all orders by the days on which they come: one in books of all kinds, one in the others."""
    found: dict[Day, list[Words]] = defaultdict(list)
    for name, case in CASES.items():
        for day in {Day.of(name, kinds) for kinds in _kinds(case) if kinds}:
            found[day] += case["orders"]
    return found


def _due(name: str, kinds: Kinds) -> list[DueDocument]:
    day, orders = Day.of(name, kinds), {order["id"] for order in CASES[name]["orders"]}
    return [item for item in _due_on(day) if day.alone or item.document.key.order_id in orders]


@cache
def _due_on(day: Day) -> list[DueDocument]:
    """Return the documents of a whole day, from the shop's rows on."""
    orders, children = on_the_wire(_orders()[day])
    rows = to_rows(orders, children, day.company.shop, frozenset())
    shop = ShopFrames.of({name: to_table(rows[name], declared) for name, declared in SCHEMAS.items()})
    before = datetime.fromisoformat(day.before).replace(tzinfo=day.company.zone)
    due = due_day(shop, day.company, before, frozenset(day.known))
    return [*due.documents, *_summaries(due, day.company)]


def _summaries(due: DueDay, company: Company) -> Iterator[DueDocument]:
    """Yield what individuals bought, summed up by day."""
    parts: dict[tuple[DocumentKind, date], list[SummaryPart]] = defaultdict(list)
    for part in due.parts:
        parts[part.kind, part.day].append(part)
    for (kind, on), some in sorted(parts.items()):
        yield DueDocument(summary(company, kind, on, some))


def _in(backend: AccountingBackend, due: list[DueDocument], case: Words) -> Json:
    """Return the documents that these books would get, or hold, and the buyers that are made for them."""
    ids = _ids(item.document.counterparty for item in due if not item.reason)
    documents = [_shown(backend, item, ids) for item in due]
    buyers: dict[str, Counterparty] = {}
    for item, document in zip(due, documents, strict=True):
        if "sent" in document:
            buyers.setdefault(item.document.counterparty.key, item.document.counterparty)
    made = {key: buyer for key, buyer in buyers.items() if key not in case.get("known_buyers", [])}
    return {
        "buyers": {ids[key]: backend.counterparty_payload(buyer) for key, buyer in made.items()},
        "documents": documents,
    }


def _ids(buyers: Iterable[Counterparty]) -> dict[str, str]:
    """Return what stands for each buyer's id in the books, by the buyer's key."""
    keys = dict.fromkeys(buyer.key for buyer in buyers)
    if len(keys) == 1:
        return dict.fromkeys(keys, "<buyer>")
    return {key: f"<buyer {place}>" for place, key in enumerate(keys, start=1)}


def _shown(backend: AccountingBackend, item: DueDocument, ids: Mapping[str, str]) -> Json:
    document, reason, detail = item.document, item.reason, item.detail
    what = {"document": " ".join(document.key.path), "total": document.total}
    if not reason:
        try:
            sent = backend.document_payload(document, ids[document.counterparty.key])
        except RejectedError as error:
            reason, detail = error.reason, str(error)
        else:
            return {**what, "vat": document.vat, "sent": sent}
    return {**what, "held": reason.value, "detail": detail}


def to_text(content: Any) -> str:
    """Write JSON with every number as on the wire, and whatever fits into a line on one line."""
    return "".join(_written(content, margin="")) + "\n"


def _written(content: Any, margin: str) -> Iterator[str]:
    short = _json(content)
    if not isinstance(content, dict | list) or len(margin) + len(short) < WIDTH:
        yield short
        return
    ends, parts = _opened(content)
    yield ends[0]
    for place, (name, value) in enumerate(parts):
        yield f"{',' if place else ''}\n{margin}  {name}"
        yield from _written(value, f"{margin}  ")
    yield f"\n{margin}{ends[1]}"


def _opened(content: Any) -> tuple[str, list[tuple[str, Any]]]:
    if isinstance(content, dict):
        return "{}", [(f"{_json(name)}: ", value) for name, value in content.items()]
    return "[]", [("", value) for value in content]


def _json(content: Any) -> str:
    """Write numbers and texts as the clients' transport does."""
    return simplejson.dumps(content, use_decimal=True, ensure_ascii=False)
