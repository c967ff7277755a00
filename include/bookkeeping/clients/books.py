"""What the three books share: their switches, and how their answers are understood."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TypeVar

from bookkeeping.clients.answers import Answer, Json
from bookkeeping.clients.pages import Row
from bookkeeping.domain import (
    BookDocument,
    Capability,
    Counterparty,
    Document,
    DocumentKind,
    HoldReason,
    VatRate,
)
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, RejectedError, TransientError

KIND_CAPABILITY: Mapping[DocumentKind, Capability] = {
    DocumentKind.BILL: Capability.BILLS,
    DocumentKind.SALE: Capability.SALES,
    DocumentKind.ACT: Capability.ACTS,
}
OFF_BY_DEFAULT = frozenset(
    {
        Capability.EXTERNAL_ID,
        Capability.LINE_AMOUNT,
        Capability.SEARCH_BY_EMAIL,
        Capability.SEND_INVOICE,
    }
)
OLD_RATES = frozenset({VatRate.NONE, VatRate.VAT0, VatRate.VAT10, VatRate.VAT20})

T = TypeVar("T")


def capabilities_of(
    system: str,
    able: frozenset[Capability],
    switches: Mapping[str, bool] | None,
    aliases: Mapping[str, Capability] | None = None,
) -> frozenset[Capability]:
    """Return what these books can do over a connection with these switches; some begin switched off.

    :param aliases: what a switch is also called, in the words of these books.
    :raises MisconfiguredError: a switch that these books do not have, or that is neither true nor false.
    """
    known = {**{each.value: each for each in able}, **(aliases or {})}
    for name, wanted in (switches or {}).items():
        if name not in known or not isinstance(wanted, bool):
            allowed = ", ".join(sorted(known))
            raise MisconfiguredError(
                f"capabilities: {name!r}: {wanted!r} is no switch of {system}; true or false for: {allowed}."
            )
    wishes = {known[name]: wanted for name, wanted in (switches or {}).items()}
    return frozenset(each for each in able if wishes.get(each, each not in OFF_BY_DEFAULT))


def vat_rates_of(codes: Mapping[VatRate, str], capabilities: frozenset[Capability]) -> frozenset[VatRate]:
    """Return the rates that can be expressed: without ``extended_vat`` only those of before 2025."""
    return frozenset(codes) if Capability.EXTENDED_VAT in capabilities else OLD_RATES & frozenset(codes)


def require(capability: Capability, capabilities: frozenset[Capability], system: str) -> None:
    """Go on only with books that can do it.

    :raises MisconfiguredError: they cannot, or the connection switched it off.
    """
    if capability not in capabilities:
        raise incapable(capability, system)


def incapable(capability: Capability, system: str) -> MisconfiguredError:
    """Return the error that says what these books cannot do."""
    return MisconfiguredError(f"{system} cannot do {capability.value!r} over this connection.")


def created_id(answer: Answer, what: str) -> str:
    """Return the id of what was just created.

    :raises OutcomeUnknownError: the answer promises success and names nothing.
    """
    found = answer.get("id")
    if isinstance(found, str | int) and found:
        return str(found)
    raise OutcomeUnknownError(
        f"Creating {what} was answered {answer.status} without an id: look for it before it is sent again."
    )


def exact_match(rows: Iterable[Row], counterparty: Counterparty) -> str | None:
    """Return the id of the one row with this INN and KPP, if there is one (DESIGN R7).

    :raises RejectedError: ``counterparty_ambiguous``, there are several.
    """
    wanted = (counterparty.inn, counterparty.kpp)
    ids = [str(row["id"]) for row in rows if (row.get("inn") or "", row.get("kpp") or "") == wanted]
    if len(ids) > 1:
        raise RejectedError(
            f"В учёте {len(ids)} контрагентов {_known_by(counterparty)}: "
            "оставьте одного, следующий запуск возьмёт его.",
            reason=HoldReason.COUNTERPARTY_AMBIGUOUS,
        )
    return ids[0] if ids else None


def _known_by(counterparty: Counterparty) -> str:
    if counterparty.inn:
        return f"с ИНН {counterparty.inn} и КПП «{counterparty.kpp}»"
    return "без ИНН с почтой этого покупателя"


def adopt(document: Document, counterparty_id: str, twins: Iterable[BookDocument]) -> str:
    """Return the id of the document that took our number, if it is this very document.

    :param twins: the documents with our number in the same year, without cancelled ones.
    :raises RejectedError: ``number_taken``, it is somebody else's; ``changed_after_posting``, it is ours but
        has another buyer or total.
    :raises TransientError: the books say that the number is taken, and their list does not show by what yet.
    """
    twins = list(twins)
    ours = [twin for twin in twins if bears_mark(twin, document)]
    same = [twin for twin in ours if (twin.counterparty_id, twin.total) == (counterparty_id, document.total)]
    if same:
        return same[0].external_id
    if ours:
        raise RejectedError(
            f"Документ № {document.number} уже есть в учёте ({ours[0].external_id}), но с другим покупателем "
            f"или суммой {ours[0].total} вместо {document.total}: сверьте и исправьте его.",
            reason=HoldReason.CHANGED_AFTER_POSTING,
        )
    if not twins:
        raise TransientError(f"The number {document.number} is taken, and the books do not show by what yet.")
    raise RejectedError(
        f"Номер {document.number} занят чужим документом ({twins[0].external_id}): "
        "перенумеруйте его, следующий запуск создаст наш.",
        reason=HoldReason.NUMBER_TAKEN,
    )


def bears_mark(shown: BookDocument, document: Document) -> bool:
    """Whether what the books show is this very document."""
    return shown.comment.rstrip().endswith(document.key.mark)


def understood(read: Callable[[Row], T], what: str, row: Row) -> T:
    """Turn a row of the books into our words.

    :raises MisconfiguredError: it lacks its id, date or total, or they are not what the contract says.
    """
    try:
        return read(row)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        shape = f"{type(error).__name__} in {sorted(row) if isinstance(row, dict) else type(row).__name__}"
        raise MisconfiguredError(f"The books show a {what} that we cannot read: {shape}.") from error


def to_roubles(value: Json) -> Decimal:
    """Read an amount that came as a JSON number or as a string of digits."""
    return Decimal(str(value))


def roubles_or_none(value: Json) -> Decimal | None:
    """Read an amount that the books may leave out."""
    return None if value is None else to_roubles(value)
