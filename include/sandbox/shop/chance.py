"""Randomness that keeps its shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

Card = TypeVar("Card")


class Deck(Generic[Card]):
    """A deck to draw from; when it is out it is shuffled anew, so that shares hold by construction.

    :param cards: how many of each card there are.
    """

    def __init__(self, chance: Random, cards: Mapping[Card, int]) -> None:
        self._chance = chance
        self._cards = [card for card, count in cards.items() for _ in range(count)]
        self._left: list[Card] = []

    def draw(self) -> Card:
        """The next card."""
        if not self._left:
            self._left = self._chance.sample(self._cards, len(self._cards))
        return self._left.pop()


def bx_id(chance: Random) -> str:
    """A name of a row such as the shop's core invents."""
    return f"bx_{chance.getrandbits(52):013x}"
