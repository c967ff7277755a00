"""One order while its life is being written, and what that life may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from sandbox.shop.chance import Deck

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from sandbox.shop.model import Order


class Life(Enum):
    """How an order ends."""

    PLAIN = auto()
    UNPAID = auto()
    CANCELLED_UNPAID = auto()
    CANCELLED_PAID = auto()
    CANCELLED_REPAID = auto()
    CANCELLED_SHIPPED = auto()
    REFUNDED = auto()
    REFUNDED_UNDATED = auto()
    REFUNDED_INWARDS = auto()


class Leaving(Enum):
    """How an order leaves the warehouse."""

    WHOLE = auto()
    IN_TWO = auto()
    PARTLY = auto()
    PARTLY_UNPLANNED = auto()
    NOT_YET = auto()


class Paying(Enum):
    """How an order is paid."""

    ONCE = auto()
    TWICE = auto()
    TOO_MUCH = auto()
    FROM_INNER = auto()


# Of two hundred orders.
LIVES = {
    Life.PLAIN: 172,
    Life.UNPAID: 8,
    Life.CANCELLED_UNPAID: 6,
    Life.CANCELLED_PAID: 3,
    Life.CANCELLED_REPAID: 2,
    Life.CANCELLED_SHIPPED: 1,
    Life.REFUNDED: 4,
    Life.REFUNDED_UNDATED: 3,
    Life.REFUNDED_INWARDS: 1,
}
# Of one hundred.
LEAVINGS = {
    Leaving.WHOLE: 83,
    Leaving.IN_TWO: 8,
    Leaving.PARTLY: 4,
    Leaving.PARTLY_UNPLANNED: 2,
    Leaving.NOT_YET: 3,
}
PAYINGS = {Paying.ONCE: 85, Paying.TWICE: 8, Paying.TOO_MUCH: 4, Paying.FROM_INNER: 3}

NEVER_PAID = {Life.UNPAID, Life.CANCELLED_UNPAID}
NEVER_SHIPPED = {Life.CANCELLED_UNPAID, Life.CANCELLED_PAID, Life.CANCELLED_REPAID}


@dataclass(frozen=True, slots=True)
class Fate:
    """What is to happen to an order; by default it is paid at once, shipped whole, and kept."""

    life: Life = Life.PLAIN
    leaving: Leaving = Leaving.WHOLE
    paying: Paying = Paying.ONCE

    @property
    def is_split(self) -> bool:
        """Whether the order leaves in parts, for which it needs more than one position."""
        return self.leaving in {Leaving.IN_TWO, Leaving.PARTLY, Leaving.PARTLY_UNPLANNED}


@dataclass(slots=True)
class Story:
    """An order, its fate, and the moments at which it was saved after it was placed."""

    order: Order
    fate: Fate
    is_legal_entity: bool
    events: list[datetime] = field(default_factory=list)

    @property
    def pays(self) -> bool:
        """Whether the buyer ever pays."""
        return self.fate.life not in NEVER_PAID

    @property
    def ships(self) -> bool:
        """Whether anything leaves the warehouse; on credit only to companies."""
        waits = self.fate.leaving is Leaving.NOT_YET or self.fate.life in NEVER_SHIPPED
        return not waits and (self.fate.life is not Life.UNPAID or self.is_legal_entity)

    @property
    def now(self) -> datetime:
        """The last moment that has been written so far."""
        return max(self.events, default=self.order.date_insert)


class Fates:
    """Deals out what happens to orders, in true shares."""

    def __init__(self, chance: Random) -> None:
        self._lives = Deck(chance, LIVES)
        self._leavings = Deck(chance, LEAVINGS)
        self._payings = Deck(chance, PAYINGS)

    def draw(self) -> Fate:
        """What is to happen to the next order."""
        life, leaving, paying = self._lives.draw(), self._leavings.draw(), self._payings.draw()
        if life is Life.CANCELLED_SHIPPED:
            leaving = Leaving.WHOLE
        return Fate(life, leaving, paying)
