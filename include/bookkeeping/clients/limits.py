"""What books take: the lengths, numbers and rates that are checked before anything is sent (DESIGN R8)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from bookkeeping.domain import (
    Counterparty,
    CounterpartyKind,
    Document,
    DocumentLine,
    HoldReason,
    VatRate,
)
from bookkeeping.errors import RejectedError

KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
INN = {
    CounterpartyKind.COMPANY: re.compile(r"[0-9]{10}"),
    CounterpartyKind.SOLE_PROPRIETOR: re.compile(r"[0-9]{12}"),
    CounterpartyKind.INDIVIDUAL: re.compile(r"([0-9]{12})?"),
}


@dataclass(frozen=True)
class Limits:
    """The most lines of a document, the most characters of each text, the most decimals of a number.

    :ivar price: the highest price of a piece, in roubles.
    """

    lines: int
    number: int
    line_name: int
    unit: int
    comment: int
    counterparty_name: int
    address: int
    contact: int
    quantity_places: int
    price_places: int
    price: Decimal = Decimal("Infinity")


class Text(NamedTuple):
    """A text that is sent, what people call it, and how long it may be."""

    what: str
    text: str
    longest: int
    shortest: int = 1


def check_document(document: Document, limits: Limits, vat_rates: frozenset[VatRate], system: str) -> None:
    """Let through what these books can take.

    :raises RejectedError: ``vat_rate_not_supported``, ``too_many_lines``, ``negative_amount``, or
        ``rejected_by_books`` for a text that is missing or too long and for a number that is too fine.
    """
    _check_rates(document, vat_rates, system)
    _check_line_count(document, limits, system)
    for text in _texts(document, limits):
        check_text(text, system)
    for position, line in enumerate(document.lines, start=1):
        _check_numbers(position, line, limits, system)


def check_counterparty(counterparty: Counterparty, limits: Limits, system: str) -> None:
    """Let through a buyer with a name, whose texts fit and whose INN and KPP look like such.

    :raises RejectedError: ``counterparty_name_missing``, ``inn_invalid``, ``kpp_invalid``, or
        ``rejected_by_books`` for a text too long.
    """
    if not counterparty.name.strip():
        raise RejectedError(
            "У покупателя нет названия: заполните его в заказе.",
            reason=HoldReason.COUNTERPARTY_NAME_MISSING,
        )
    _check_requisites(counterparty)
    for text in (
        Text("Название покупателя", counterparty.name, limits.counterparty_name),
        Text("Адрес покупателя", counterparty.address, limits.address, shortest=0),
        Text("Почта покупателя", counterparty.email, limits.contact, shortest=0),
        Text("Телефон покупателя", counterparty.phone, limits.contact, shortest=0),
    ):
        check_text(text, system)


def check_text(checked: Text, system: str) -> None:
    """Let through a text that is there and fits.

    :raises RejectedError: ``rejected_by_books``.
    """
    length = len(checked.text)
    if len(checked.text.strip()) < checked.shortest:
        raise _refused(f"{checked.what}: пусто, {system} такого не принимает. Заполните в магазине.")
    if length > checked.longest:
        raise _refused(
            f"{checked.what}: {length} знаков, {system} принимает не больше {checked.longest}. "
            "Сократите в магазине."
        )


def _check_requisites(buyer: Counterparty) -> None:
    if not INN[buyer.kind].fullmatch(buyer.inn):
        raise RejectedError(
            f"ИНН «{buyer.inn}» не такой длины, как у этого вида покупателя: исправьте его в заказе.",
            reason=HoldReason.INN_INVALID,
        )
    if buyer.kpp and not (buyer.kind is CounterpartyKind.COMPANY and KPP.fullmatch(buyer.kpp)):
        raise RejectedError(
            f"КПП «{buyer.kpp}» не похож на КПП организации: исправьте его в заказе.",
            reason=HoldReason.KPP_INVALID,
        )


def _check_rates(document: Document, vat_rates: frozenset[VatRate], system: str) -> None:
    strange = sorted({line.vat_rate for line in document.lines} - vat_rates)
    if strange:
        names = ", ".join(_rate_name(rate) for rate in strange)
        raise RejectedError(
            f"{system} не принимает ставку: {names}. Создайте документ вручную.",
            reason=HoldReason.VAT_RATE_NOT_SUPPORTED,
        )


def _rate_name(rate: VatRate) -> str:
    return "без НДС" if rate is VatRate.NONE else f"НДС {rate.percent} %"


def _check_line_count(document: Document, limits: Limits, system: str) -> None:
    if not document.lines:
        raise _refused(f"В документе нет строк, {system} такого не принимает. Проверьте заказ.")
    if len(document.lines) > limits.lines:
        raise RejectedError(
            f"Строк {len(document.lines)}, {system} принимает не больше {limits.lines}: "
            "разделите отгрузку в магазине или создайте документ вручную.",
            reason=HoldReason.TOO_MANY_LINES,
        )


def _texts(document: Document, limits: Limits) -> Iterator[Text]:
    yield Text("Номер документа", document.number, limits.number)
    for position, line in enumerate(document.lines, start=1):
        yield Text(f"Название в строке {position}", line.name, limits.line_name)
        yield Text(f"Единица в строке {position}", line.unit, limits.unit)


def _check_numbers(position: int, line: DocumentLine, limits: Limits, system: str) -> None:
    if line.quantity <= 0 or line.price < 0:
        raise RejectedError(
            f"Строка {position}: количество {line.quantity}, цена {line.price}; {system} не принимает "
            "количества без плюса и цены с минусом. Проверьте заказ.",
            reason=HoldReason.NEGATIVE_AMOUNT,
        )
    if line.price > limits.price:
        raise _refused(
            f"Строка {position}: цена {line.price}, {system} принимает не больше {limits.price}. "
            "Создайте документ вручную."
        )
    if _is_finer(line.quantity, limits.quantity_places) or _is_finer(line.price, limits.price_places):
        raise _refused(
            f"Строка {position}: количество {line.quantity}, цена {line.price}; {system} принимает не больше "
            f"{limits.quantity_places} и {limits.price_places} знаков после запятой. Исправьте в магазине."
        )


def _is_finer(number: Decimal, places: int) -> bool:
    return number != round(number, places)


def _refused(message: str) -> RejectedError:
    return RejectedError(message, reason=HoldReason.REJECTED_BY_BOOKS)
