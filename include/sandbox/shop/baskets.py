"""What a buyer puts into the basket: positions, their quantities, discounts, gifts and sets."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.shop.arithmetic import rounded, standard_rates
from sandbox.shop.catalogue import DESK, DISCOUNT, GOODS, SERVICES, SETS, Measure, Product, ProductSet
from sandbox.shop.chance import Deck, bx_id
from sandbox.shop.model import SERVICE, SET, BasketItem, Oddity

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from sandbox.shop.model import Order, Shop

# How many positions an order has, and how many orders in a hundred have that many.
SIZES = {1: 34, 2: 24, 3: 16, 4: 11, 5: 8, 6: 6, 40: 1}
SHELVES = {GOODS: 78, SERVICES: 22}
PIECES = {1: 60, 2: 18, 3: 9, 5: 6, 10: 5, 12: 1, 100: 1}
VAT_INSIDE = {True: 92, False: 8}
EXTRAS = {"nothing": 94, "gift": 3, "set": 3}

FINE = Decimal("0.0001")


def _full(price: Decimal) -> Decimal:
    return price


def _round(price: Decimal) -> Decimal:
    return rounded(price * Decimal("0.9"))


def _fine(price: Decimal) -> Decimal:
    return (price * Decimal("0.9333")).quantize(FINE)


def _free(_: Decimal) -> Decimal:
    return Decimal("0.00")


PRICINGS: dict[Callable[[Decimal], Decimal], int] = {_full: 76, _round: 16, _fine: 8}


class Baskets:
    """Fills the baskets of a shop's orders."""

    def __init__(self, shop: Shop, chance: Random) -> None:
        self._shop = shop
        self._chance = chance
        self._sizes = Deck(chance, SIZES)
        self._shelves = Deck(chance, SHELVES)
        self._pieces = Deck(chance, PIECES)
        self._inside = Deck(chance, VAT_INSIDE)
        self._pricings = Deck(chance, PRICINGS)
        self._extras = Deck(chance, EXTRAS)

    def fill(self, order: Order, *, at_least: int) -> None:
        """Put positions into a basket, and now and then a gift or a set on top of them."""
        for _ in range(max(self._sizes.draw(), at_least)):
            self._put(order, self._chance.choice(self._shelves.draw()))
        match self._extras.draw():
            case "gift":
                self._add(order, self._chance.choice(GOODS), Decimal(1), _free)
            case "set":
                self._put_set(order, self._chance.choice(SETS))

    def spoil(self, order: Order, oddity: Oddity) -> None:
        """Add the position that makes no sense, if that is what is wrong with the order."""
        match oddity:
            case Oddity.STALE_VAT:
                _, stale, *_ = standard_rates(order.date_insert)
                self._add(order, DESK, Decimal(1), _full).vat_rate = stale
            case Oddity.NEGATIVE_LINE:
                self._add(order, DESK, Decimal(1), _full)
                self._add(order, DISCOUNT, Decimal(1), _full)

    def _put(self, order: Order, product: Product) -> None:
        item = self._add(order, product, self._quantity(product), self._pricings.draw())
        item.vat_included = item.vat_rate is None or self._inside.draw()

    def _put_set(self, order: Order, offer: ProductSet) -> None:
        head = self._add(order, offer.product, Decimal(1), self._pricings.draw())
        head.type = SET
        head.set_parent_id = self._chance.choice((None, head.id))
        for part in offer.parts:
            self._add(order, part, Decimal(1), _full).set_parent_id = head.id

    def _quantity(self, product: Product) -> Decimal:
        match product.measure:
            case Measure.KILOGRAM:
                return Decimal(self._chance.randrange(50, 3000, 25)) / 1000
            case Measure.METRE | Measure.SQUARE_METRE:
                return Decimal(self._chance.randrange(5, 300)) / 10
            case Measure.HOUR:
                return Decimal(self._chance.randint(1, 12)) / 2
        return Decimal(1 if product.is_service else self._pieces.draw())

    def _add(
        self, order: Order, product: Product, quantity: Decimal, pricing: Callable[[Decimal], Decimal]
    ) -> BasketItem:
        price = pricing(product.price)
        label, code = product.measure.value
        table = self._shop.basket_items
        return table.add(
            BasketItem(
                id=table.next_id,
                order_id=order.id,
                sort=100 * (len(table.of(order.id)) + 1),
                product_id=product.id,
                name=product.name,
                quantity=quantity,
                price=price,
                base_price=product.price,
                discount_price=rounded(product.price - price),
                currency=order.currency,
                vat_rate=product.rate(order.date_insert),
                vat_included=True,
                measure_code=code,
                measure_name=label,
                lid=order.lid,
                date_insert=order.date_insert,
                date_update=order.date_insert,
                xml_id=bx_id(self._chance),
                type=SERVICE if product.is_service else None,
            )
        )
