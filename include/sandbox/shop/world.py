"""The making of a shop from a seed: who ordered what on which day, and how it went on."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sandbox.shop.arithmetic import line_vat, order_total
from sandbox.shop.baskets import Baskets
from sandbox.shop.buyers import Buyers, spoiled
from sandbox.shop.cashier import Cashier
from sandbox.shop.chance import Deck, bx_id
from sandbox.shop.dictionaries import (
    MARKETPLACE,
    PAY_SYSTEMS,
    PERSON_DOMAINS,
    PERSON_TYPES,
    PROPERTIES,
    SITES,
    STATUSES,
    TRADE_PLATFORMS,
)
from sandbox.shop.endings import Endings
from sandbox.shop.form import fill_in
from sandbox.shop.model import LEGAL_ENTITY, Oddity, Order, Shop, TradeBinding
from sandbox.shop.moments import through_the_day
from sandbox.shop.story import Fate, Fates, Story
from sandbox.shop.warehouse import Warehouse

if TYPE_CHECKING:
    from datetime import date, datetime

    from sandbox.shop.buyers import Buyer

# Every so many orders one makes no sense, each time for the next reason: all seven in 245.
ODD_EVERY = 35
ODD_FROM = 12

SLASHED = {False: 5, True: 1}
FROM_MARKETPLACE = {False: 39, True: 1}
COMMENTS = {"": 8, "Позвонить за час до доставки": 1, "Нужны оригиналы документов": 1}
EXCESS = Decimal("100.00")


def build_shop(
    *, seed: int, first_day: date, days: int, orders_per_day: int, timezone: str = "Europe/Moscow"
) -> Shop:
    """Make a shop with a history of orders; the same arguments always make the same shop.

    Orders are placed at any hour of the days asked for, and what happens to them later may fall
    after the last day. Those that make no sense are listed in :attr:`Shop.oddities`; all the others
    add up to the kopeck.
    """
    zone = ZoneInfo(timezone)
    world = World(Random(seed), zone)
    for day in range(days):
        for moment in through_the_day(world.chance, first_day + timedelta(days=day), zone, orders_per_day):
            world.place_order(moment)
    return world.shop


class World:
    """A shop, and everything that makes its orders happen."""

    def __init__(self, chance: Random, zone: ZoneInfo) -> None:
        self.chance = chance
        self.shop = open_shop(zone)
        self._buyers = Buyers(chance)
        self._fates = Fates(chance)
        self._baskets = Baskets(self.shop, chance)
        self._warehouse = Warehouse(self.shop, chance)
        self._cashier = Cashier(self.shop, chance)
        self._endings = Endings(self.shop, chance, self._cashier)
        self._slashed = Deck(chance, SLASHED)
        self._from_marketplace = Deck(chance, FROM_MARKETPLACE)
        self._comments = Deck(chance, COMMENTS)

    def place_order(self, at: datetime) -> None:
        """Let the next order happen, from the moment it is placed to its end."""
        oddity = oddity_by_turn(len(self.shop.orders))
        buyer = spoiled(self._buyers.company(), oddity) if oddity else self._buyers.next()
        fate = Fate() if oddity else self._fates.draw()
        story = Story(self._open(at, buyer, oddity), fate, buyer.person_type_id == LEGAL_ENTITY)
        self._compose(story, oddity)
        self._cashier.bill(story)
        self._warehouse.send(story)
        self._cashier.take(story)
        self._endings.tell(story)

    def _open(self, at: datetime, buyer: Buyer, oddity: Oddity | None) -> Order:
        number = self.shop.orders.next_id
        order = Order(
            id=number,
            account_number=f"{number}/{at:%y}" if self._slashed.draw() else str(number),
            lid=SITES[len(self.shop.orders) % len(SITES)],
            person_type_id=buyer.person_type_id,
            user_id=buyer.user_id,
            currency="USD" if oddity is Oddity.CURRENCY else "RUB",
            date_insert=at,
            date_update=at,
            date_status=at,
            xml_id=bx_id(self.chance),
            user_description=self._comments.draw(),
        )
        fill_in(self.shop, order, buyer)
        if self._from_marketplace.draw():
            self._bind(order)
        return self.shop.orders.add(order)

    def _compose(self, story: Story, oddity: Oddity | None) -> None:
        order = story.order
        self._baskets.fill(order, at_least=2 if story.fate.is_split else 1)
        if oddity:
            self._baskets.spoil(order, oddity)
            self.shop.oddities[order.id] = oddity
        self._warehouse.plan(story)
        items = self.shop.basket_items.of(order.id)
        order.price = order_total(items, self.shop.shipments.of(order.id))
        order.price += EXCESS if oddity is Oddity.WRONG_TOTAL else 0
        order.tax_value = sum((line_vat(item) for item in items if item.is_line), Decimal(0))

    def _bind(self, order: Order) -> None:
        table = self.shop.trade_bindings
        external = f"{self.chance.randrange(10**8):08}-{self.chance.randrange(10**4):04}-1"
        table.add(
            TradeBinding(
                table.next_id, order.id, MARKETPLACE.id, MARKETPLACE.code, external, bx_id(self.chance)
            )
        )


def open_shop(zone: ZoneInfo) -> Shop:
    """A shop with its settings and nothing sold yet."""
    return Shop(
        zone=zone,
        statuses=list(STATUSES),
        person_types=list(PERSON_TYPES),
        person_domains=list(PERSON_DOMAINS),
        pay_systems=list(PAY_SYSTEMS),
        properties=list(PROPERTIES),
        trade_platforms=list(TRADE_PLATFORMS),
    )


def oddity_by_turn(number: int) -> Oddity | None:
    """What is wrong with the order of that number, if it is the turn of an odd one.

    >>> oddity_by_turn(11), oddity_by_turn(12).value, oddity_by_turn(47).value
    (None, 'inn_check_digit', 'kpp_length')
    """
    turn, place = divmod(number, ODD_EVERY)
    kinds = list(Oddity)
    return kinds[turn % len(kinds)] if place == ODD_FROM else None
