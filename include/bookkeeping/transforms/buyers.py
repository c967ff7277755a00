"""Who buys: the counterparty that an order's properties describe (DESIGN R7)."""

import hashlib
import re
from collections.abc import Mapping

from stdnum.ru import inn as inn_rules

from bookkeeping.domain import Counterparty, CounterpartyKind, HoldReason
from bookkeeping.errors import RejectedError

KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
COMPANY_DIGITS = 10


def counterparty_of(order: Mapping[str, str], retail_name: str) -> Counterparty:
    """Return the buyer of an order.

    >>> counterparty_of({"inn": "7707 083893", "kpp": "", "company": "ООО «Ромашка»"}, "Розница").key
    'inn:7707083893:'

    :param order: the buyer's columns of a row of orders; missing ones count as empty.
    :param retail_name: what the buyer is called who left nothing to be known by.
    :raises RejectedError: the INN or KPP is not one, or there is no name.
    """
    inn = _compact(order.get("inn", ""))
    return _registered(inn, order) if inn else _individual(order, retail_name)


def _registered(inn: str, order: Mapping[str, str]) -> Counterparty:
    if not _is_inn(inn):
        raise RejectedError(f"ИНН «{inn}» не проходит проверку", reason=HoldReason.INN_INVALID)
    is_company = len(inn) == COMPANY_DIGITS
    kind = CounterpartyKind.COMPANY if is_company else CounterpartyKind.SOLE_PROPRIETOR
    kpp = _kpp(order.get("kpp", "")) if is_company else ""
    name = _first(order, "company", "name")
    return Counterparty(f"inn:{inn}:{kpp}", kind, name, inn, kpp, *_contacts(order))


def _is_inn(inn: str) -> bool:
    """Whether the check digits are right; those of nothing but zeros are, and it is nobody's."""
    return bool(inn_rules.is_valid(inn)) and int(inn) != 0


def _compact(text: str) -> str:
    """Leave out spaces of any kind, and write digits of any width as ordinary ones."""
    return text if text.isascii() and text.isalnum() else re.sub(r"\s", "", inn_rules.compact(text))


def _kpp(text: str) -> str:
    kpp = _compact(text).upper()
    if kpp and not KPP.fullmatch(kpp):
        raise RejectedError(f"КПП «{kpp}» не похож на КПП", reason=HoldReason.KPP_INVALID)
    return kpp


def _individual(order: Mapping[str, str], retail_name: str) -> Counterparty:
    email, phone, address = _contacts(order)
    if not (email or phone):
        return Counterparty("retail", CounterpartyKind.INDIVIDUAL, retail_name)
    name = _first(order, "company", "name")
    return Counterparty(
        person_key(email or phone), CounterpartyKind.INDIVIDUAL, name, "", "", email, phone, address
    )


def person_key(contact: str) -> str:
    """Return a key that knows a person again without telling who it is."""
    return f"person:{hashlib.sha256(contact.encode()).hexdigest()[:24]}"


def _contacts(order: Mapping[str, str]) -> tuple[str, str, str]:
    email = order.get("email", "").strip().lower()
    return email, normal_phone(order.get("phone", "")), order.get("address", "").strip()


def normal_phone(text: str) -> str:
    """Return a phone number's digits, a Russian one always with +7.

    >>> normal_phone("8 (912) 345-67-89"), normal_phone("9123456789")
    ('+79123456789', '+79123456789')
    """
    digits = re.sub(r"\D", "", text)
    national = re.fullmatch(r"[78]?(\d{10})", digits)
    return f"+7{national[1]}" if national else f"+{digits}" if digits else ""


def _first(order: Mapping[str, str], *fields: str) -> str:
    return next((text for field in fields if (text := " ".join(order.get(field, "").split()))), "")


def with_name(counterparty: Counterparty, known: frozenset[str]) -> Counterparty:
    """Insist on a name unless the books know the buyer already.

    :param known: the keys of counterparties that stand in the books.
    :raises RejectedError: neither a name nor a known key.
    """
    if counterparty.name or counterparty.key in known:
        return counterparty
    raise RejectedError("у покупателя нет ни названия, ни имени", reason=HoldReason.COUNTERPARTY_NAME_MISSING)
