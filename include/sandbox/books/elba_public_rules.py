"""The rules between fields of the public Elba API's documents, each with the words for its breach."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sandbox.books.elba_public_common import PROPRIETOR_INN
from sandbox.books.errors import Detail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.books.book import Book, Row

Rule: TypeAlias = "Callable[[Book, Row], Iterator[Detail]]"

# Where a rouble account says its currency: 810 as banks write it, 643 as the classifier does.
CURRENCY = slice(5, 8)
ROUBLES = ("810", "643")

COUNTRIES = (
    *("Россия", "Армения", "Беларусь", "Вьетнам", "Германия", "Индия", "Италия", "Казахстан", "Киргизия"),
    *("Китай", "Корея", "Польша", "США", "Таиланд", "Тайвань", "Турция", "Узбекистан", "Франция", "Япония"),
)


def broken(book: Book, document: Row, rules: tuple[Rule, ...]) -> Iterator[Detail]:
    """Every breach of *rules* by a document whose fields fit by themselves."""
    for rule in rules:
        yield from rule(book, document)


def vat(_book: Book, document: Row) -> Iterator[Detail]:
    """A document without VAT names no rate, and no prices with VAT in them."""
    if document["withNDS"]:
        return
    if document["sumsWithNDS"]:
        yield Detail(
            "sumsWithNDS", "price_with_nds_without_nds", "Документ без НДС: суммы не могут быть с НДС"
        )
    for at, item in _items(document):
        if item["ndsRate"] is not None:
            yield Detail(f"{at}.ndsRate", "nds_rate_without_nds", "Документ без НДС: ставка не указывается")


def discount(_book: Book, document: Row) -> Iterator[Detail]:
    """A document without discounts has none in its lines."""
    for at, item in _items(document):
        if item["discount"] is not None and not document["withDiscount"]:
            yield Detail(f"{at}.discount", "discount_without_flag", "Документ без скидки")


def reason(_book: Book, document: Row) -> Iterator[Detail]:
    """A reason has a date only if there is a reason."""
    if document["reasonDate"] is not None and document["reasonName"] is None:
        yield Detail("reasonDate", "reason_date_without_reason", "Документ без основания: даты быть не может")


def contractor(book: Book, document: Row) -> Iterator[Detail]:
    """The buyer is known."""
    if _is_lost(book, "contractors", document["contractorId"]):
        yield Detail("contractorId", "contractor_not_found", "Указанный контрагент не найден")


def consignee(book: Book, document: Row) -> Iterator[Detail]:
    """The consignee is a known contractor."""
    if _is_lost(book, "contractors", document["consigneeId"]):
        yield Detail("consigneeId", "consignee_not_found", "Указанный грузополучатель не найден")


def bank_account(book: Book, document: Row) -> Iterator[Detail]:
    """The bank account is there, open, and in roubles."""
    account_id = document["bankAccountId"]
    if account_id is None:
        return
    account = book.find("bank_accounts", account_id)
    if account is None:
        yield Detail("bankAccountId", "bank_account_not_found", "Указанный рассчётный счёт не найден")
    elif account["closed"]:
        yield Detail("bankAccountId", "bank_account_closed", "Указанный рассчётный счёт закрыт")
    elif account["accountNumber"][CURRENCY] not in ROUBLES:
        yield Detail(
            "bankAccountId", "bank_account_not_rouble", "Указанный рассчётный счёт не является рублевым"
        )


def template(_book: Book, document: Row) -> Iterator[Detail]:
    """The organisation has no templates, so none can be named, and no values for its tags."""
    if document["templateId"] is not None:
        yield Detail("templateId", "template_not_found", "Указанный шаблон не существует")
    elif document["placeholderItems"]:
        yield Detail("placeholderItems", "placeholders_without_template", "Шаблон не указан")


def upd_buyer(book: Book, document: Row) -> Iterator[Detail]:
    """A UPD with a VAT invoice needs a buyer with all requisites."""
    if document["status"] != "status1":
        return
    buyer = book.find("contractors", document["contractorId"] or "") or {}
    inn = buyer.get("inn") or ""
    if not inn:
        yield Detail("contractorId", "status1_contractor_inn", "У контрагента не указан ИНН")
    if not buyer.get("kpp") and len(inn) != PROPRIETOR_INN:
        yield Detail("contractorId", "status1_contractor_kpp", "У контрагента не указан КПП")
    if not buyer.get("address"):
        yield Detail(
            "contractorId", "status1_contractor_address", "У контрагента не указан юридический адрес"
        )


def upd_seller(book: Book, document: Row) -> Iterator[Detail]:
    """A UPD with a VAT invoice needs the seller's own requisites."""
    if document["status"] == "status1" and book.is_set("seller", "incomplete"):
        yield Detail("status", "seller_ooo_kpp", "В реквизитах не указан КПП")


def upd_vat(_book: Book, document: Row) -> Iterator[Detail]:
    """A UPD without a VAT invoice names no rate, and no prices with VAT in them."""
    if document["status"] != "status2":
        return
    if document["sumsWithNDS"]:
        yield Detail("sumsWithNDS", "status2_sums_with_nds", "Статус 2: суммы не могут быть с НДС")
    for at, item in _items(document):
        if item["ndsRate"] is not None:
            yield Detail(f"{at}.ndsRate", "status2_nds_rate", "Статус 2: ставка НДС не указывается")


def upd_origin(_book: Book, document: Row) -> Iterator[Detail]:
    """Only traced goods have a country of origin and the number of a lot."""
    for at, item in _items(document):
        prefix = _untraced(document, item)
        if prefix and item["originOfProductCountry"] is not None:
            yield Detail(f"{at}.originOfProductCountry", f"{prefix}_origin_country")
        if prefix and item["rnpt"] is not None:
            yield Detail(f"{at}.rnpt", f"{prefix}_rnpt")
        if item["originOfProductCountry"] not in (None, *COUNTRIES):
            yield Detail(f"{at}.originOfProductCountry", "origin_country_unknown", "Неизвестная страна")


def upd_tracing(_book: Book, document: Row) -> Iterator[Detail]:
    """A lot of traced goods has a quantity and a price."""
    for at, item in _items(document):
        if document["withProductTracing"] and item["rnpt"] is not None:
            if item["quantity"] <= 0:
                yield Detail(f"{at}.quantity", "tracing_quantity", "Количество должно быть больше 0")
            if not item["price"]:
                yield Detail(f"{at}.price", "tracing_price", "Цена должна быть больше 0")


_ALWAYS: tuple[Rule, ...] = (contractor, bank_account, discount)

RULES: dict[str, tuple[Rule, ...]] = {
    "bills": (*_ALWAYS, vat, template),
    "acts": (*_ALWAYS, vat, template, reason),
    "delivery_notes": (*_ALWAYS, vat, consignee, reason),
    "universal_transfer_documents": (
        *(*_ALWAYS, consignee, reason),
        *(upd_buyer, upd_seller, upd_vat, upd_origin, upd_tracing),
    ),
}


def _items(document: Row) -> Iterator[tuple[str, Row]]:
    for place, item in enumerate(document["warehouseItems"] or ()):
        yield f"warehouseItems.{place}", item


def _is_lost(book: Book, collection: str, row_id: str | None) -> bool:
    return row_id is not None and book.find(collection, row_id) is None


def _untraced(document: Row, item: Row) -> str | None:
    if item["productType"] == "service":
        return "service"
    return None if document["withProductTracing"] else "no_tracing"
