"""What books take: the lengths and the rates that are checked before anything is sent (DESIGN R8)."""

from collections.abc import Iterator
from dataclasses import dataclass

from bookkeeping.domain import Counterparty, Document, HoldReason, VatRate
from bookkeeping.errors import RejectedError


@dataclass(frozen=True)
class Limits:
    """The most lines of a document, and the most characters of each text."""

    lines: int
    number: int
    line_name: int
    unit: int
    counterparty_name: int
    address: int


def check_document(document: Document, limits: Limits, vat_rates: frozenset[VatRate], system: str) -> None:
    """Let through what these books can take.

    :raises RejectedError: ``vat_rate_not_supported``, ``too_many_lines``, or ``rejected_by_books`` for a text
        that is too long.
    """
    _check_rates(document, vat_rates, system)
    if len(document.lines) > limits.lines:
        raise RejectedError(
            f"Строк {len(document.lines)}, {system} принимает не больше {limits.lines}: "
            "разделите отгрузку в магазине или создайте документ вручную.",
            reason=HoldReason.TOO_MANY_LINES,
        )
    for what, text, longest in _texts(document, limits):
        _check_text(what, text, longest, system)


def check_counterparty(counterparty: Counterparty, limits: Limits, system: str) -> None:
    """Let through a buyer with a name, whose texts fit.

    :raises RejectedError: ``counterparty_name_missing``, or ``rejected_by_books`` for a text too long.
    """
    if not counterparty.name.strip():
        raise RejectedError(
            "У покупателя нет названия: заполните его в заказе.",
            reason=HoldReason.COUNTERPARTY_NAME_MISSING,
        )
    _check_text("Название покупателя", counterparty.name, limits.counterparty_name, system)
    _check_text("Адрес покупателя", counterparty.address, limits.address, system)


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


def _texts(document: Document, limits: Limits) -> Iterator[tuple[str, str, int]]:
    yield "Номер документа", document.number, limits.number
    for position, line in enumerate(document.lines, start=1):
        yield f"Название в строке {position}", line.name, limits.line_name
        yield f"Единица в строке {position}", line.unit, limits.unit


def _check_text(what: str, text: str, longest: int, system: str) -> None:
    if len(text) > longest:
        raise RejectedError(
            f"{what}: {len(text)} знаков, {system} принимает не больше {longest}. Сократите в магазине.",
            reason=HoldReason.REJECTED_BY_BOOKS,
        )
