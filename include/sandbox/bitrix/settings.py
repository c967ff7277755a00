"""What a portal allows and what its calls cost."""

from __future__ import annotations

from dataclasses import dataclass

SCOPES = frozenset({"basic", "sale", "pay_system"})


@dataclass(slots=True)
class PortalSettings:
    """Switches that may be turned while the portal runs.

    :ivar scopes: what the webhook and the application were granted; `basic` is always there.
    :ivar call_cost: how many seconds of execution each call of a method takes from its budget.
    :ivar operating_limit: seconds of execution that a caller has for one method in ten minutes.
    """

    scopes: frozenset[str] = SCOPES
    call_cost: float = 0.001
    operating_limit: float = 480.0
