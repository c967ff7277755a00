"""The order form: what a buyer answers, as rows of property values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.shop.model import PropertyValue

if TYPE_CHECKING:
    from sandbox.shop.buyers import Buyer
    from sandbox.shop.model import Order, Property, Shop


def fill_in(shop: Shop, order: Order, buyer: Buyer) -> None:
    """Store an answer to every question that this kind of payer is asked; some answers are empty."""
    answers = {
        "FIO": buyer.full_name,
        "EMAIL": buyer.email,
        "PHONE": buyer.phone,
        "COMPANY": buyer.company,
        "COMPANY_ADR": buyer.address,
        "INN": buyer.inn,
        "KPP": buyer.kpp,
    }
    for question in shop.properties:
        if question.person_type_id == order.person_type_id:
            _answer(shop, order, question, answers[question.code])


def _answer(shop: Shop, order: Order, question: Property, answer: str) -> None:
    table = shop.property_values
    table.add(
        PropertyValue(
            id=table.next_id,
            order_id=order.id,
            order_props_id=question.id,
            code=question.code,
            name=question.name,
            value=answer or _nothing(order),
        )
    )


def _nothing(order: Order) -> str | None:
    """An empty answer, which the core stores as an empty text or as no value at all."""
    return "" if order.id % 2 else None
