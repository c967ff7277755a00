"""The companies that histories are about: which books each has, and how these behave."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from bookkeeping.companies import Company

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_DAY = date(2026, 10, 1)

SHOP_DAYS, DAYS = 2, 3
"""Orders are placed on the first days; what happens to them is followed some days longer."""

BLIND = ("search_documents", "read_status", "update")


def off(*names: str) -> dict[str, bool]:
    """Return switches that turn these capabilities off."""
    return dict.fromkeys(names, False)


@dataclass(frozen=True)
class Variant:
    """A company and its books.

    :ivar system: the name of the books in the sandbox.
    :ivar profiles: how the sandbox plays them.
    :ivar switches: the capabilities in the company's connection.
    :ivar page_size: documents a page of Kontur's lists.
    :ivar write_back: whether documents are named in the orders' comments.
    :ivar individuals: what becomes of individuals' orders.
    """

    name: str
    system: str
    documents: tuple[str, ...]
    vat: str = "standard"
    sale_form: str = "upd"
    on_change: str = "report"
    profiles: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, bool] = field(default_factory=dict)
    page_size: int = 500
    write_back: bool = False
    individuals: str = "per_order"

    @property
    def summed(self) -> Variant:
        """Return the same company, as one that sums individuals up day by day."""
        return replace(self, name=f"{self.name}, individuals summed up", individuals="daily_summary")

    def company(self) -> Company:
        """Return the entry that this company has in the companies file."""
        system, _, api = self.system.partition("_")
        dialect = {"api": api, "sale_form": self.sale_form} if api else {}
        return Company.model_validate(
            {
                "id": "simulated",
                "title": "ООО «Модель»",
                "inn": "7707083893",
                "start_date": FIRST_DAY,
                "shop": {"write_back": self.write_back},
                "books": {"system": system, **dialect},
                "vat": [{"from": date(2019, 1, 1), "mode": self.vat}],
                "documents": list(self.documents),
                "on_change": self.on_change,
                "individuals": self.individuals,
            }
        )


_KONTUR = Variant("Kontur", "kontur", ("sale", "act"))
_OAUTH = Variant("Elba oauth", "elba_oauth", ("bill", "act"), vat="vat5")
_PUBLIC = Variant("Elba public", "elba_public", ("bill", "sale", "act"), vat="none")

VARIANTS = (
    _KONTUR,
    replace(
        _KONTUR,
        name="Kontur, lists a minute late",
        profiles={"kontur.list_lag_s": "60", "kontur.list_shape": "no_total", "kontur.retry_after": "absent"},
    ),
    replace(
        _KONTUR,
        name="Kontur, unstable pages, changes followed",
        documents=("bill", "sale", "act"),
        on_change="update",
        page_size=2,
        profiles={"kontur.paging": "unstable", "kontur.error_body": "html"},
    ),
    replace(
        _KONTUR,
        name="Kontur, changes followed, money by hand",
        documents=("bill", "sale", "act"),
        on_change="update",
        switches=off("payments", "payments_list", "refunds"),
    ),
    replace(
        _KONTUR,
        name="Kontur, numbers not unique",
        profiles={"kontur.unique_numbers": "off", "kontur.list_shape": "bare_array"},
        switches=off("unique_numbers"),
    ),
    replace(
        _KONTUR,
        name="Kontur, seed only",
        documents=("sale",),
        profiles={"kontur.seed_only": "on"},
        switches=off(
            *BLIND, "cancel", "unique_numbers", "payments_list", "refunds", "corrections", "acts", "bills"
        ),
    ),
    _OAUTH,
    replace(
        _OAUTH,
        name="Elba oauth, short-lived tokens, orders written back to",
        write_back=True,
        profiles={
            "elba_oauth.expires_in": "61",
            "elba_oauth.list_lag_s": "5",
            "elba_oauth.error_body": "text",
        },
    ),
    replace(
        _OAUTH,
        name="Elba oauth, tokens of no length",
        on_change="update",
        profiles={"elba_oauth.expires_in": "0", "elba_oauth.retry_after": "http_date"},
    ),
    replace(
        _OAUTH,
        name="Elba oauth, seed only",
        profiles={"elba_oauth.seed_only": "on"},
        switches=off(*BLIND, "links", "unique_numbers"),
    ),
    _PUBLIC,
    replace(
        _PUBLIC,
        name="Elba public, delivery notes",
        sale_form="delivery_note",
        profiles={"elba_public.search": "task", "elba_public.error_body": "empty"},
    ),
)
