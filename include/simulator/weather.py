"""Which request meets which misfortune: the seed's choice, from every fault that the contracts know."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

    from sandbox.faults import FaultSwitch

BEFORE = ("refused", "429", "503", "500", "timeout_before", "drop_before", "expire_token")
AFTER = ("500_after", "timeout_after", "reset_after", "truncate_body", "no_id", "html", "empty", "late")
FAULTS = (*BEFORE, *AFTER)
"""`refused` and `late` are the network's own: never taken, and done after the caller gave up."""

TOKENS = "/api/v1"
"""Where requests bear a token that can expire."""

NAMELESS = ("/search", "/subscription", "/cancel", "/token")
"""What is posted there makes nothing that would have an id."""

LATEST = 140.0
"""Seconds after which a request that was taken has landed or never will: the timeout, and 80 more."""


@dataclass
class Weather:
    """How rough a history is.

    :ivar roughness: the share of requests that meet a fault.
    :ivar left: so many faults are still to come; None for no end of them.
    :ivar shop_is_written: whether a request to the shop may do something after the caller gave up.
    """

    chance: Random
    switch: FaultSwitch
    roughness: float = 0.0
    left: int | None = 0
    met: Counter[str] = field(default_factory=Counter)
    shop_is_written: bool = False

    def strike(self, method: str, path: str) -> str | None:
        """Choose what happens to a request, and tell the sandbox of it."""
        self.switch.clear()
        if self.left == 0 or self.chance.random() >= self.roughness:
            return None
        fault = self.chance.choice(_faults(method, path, shop_is_written=self.shop_is_written))
        if self.left is not None:
            self.left -= 1
        self.met[fault] += 1
        if fault not in ("refused", "late"):
            self.switch.add(self._rule(fault, method, path))
        return fault

    def lateness(self) -> float:
        """Return after how many seconds a late request lands."""
        return self.chance.uniform(0, LATEST)

    def clear_for_one(self) -> None:
        """Let the next request pass."""
        self.switch.clear()

    def clear_up(self) -> None:
        """No more faults."""
        self.left = 0

    def _rule(self, fault: str, method: str, path: str) -> dict[str, Any]:
        rule = {"fault": fault, "method": method, "path": path}
        return rule | {"seconds": self.chance.choice([1, 5, 30])} if fault in ("429", "503") else rule


def _faults(method: str, path: str, *, shop_is_written: bool) -> tuple[str, ...]:
    """Return what can happen to a request; what would change nothing is not among it."""
    is_shop = path.startswith("/rest")
    idle = {
        "late": is_shop and not shop_is_written,
        "expire_token": not path.startswith(TOKENS),
        "no_id": is_shop or method != "POST" or path.endswith(NAMELESS),
    }
    return tuple(fault for fault in FAULTS if not idle.get(fault))
