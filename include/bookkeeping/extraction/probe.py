"""What a portal can do and what it understands: found out once a day, before anything is believed (P9).

A portal drops a filter that it does not understand, reads an array as 1, and answers with whatever remains.
So each habit that we rely on is tried first, on questions whose answers are known.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from bookkeeping.clients.answers import Json
from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.clients.bitrix.batch import Command, alias
from bookkeeping.clients.bitrix.client import NEEDED_SCOPES
from bookkeeping.clients.bitrix.lists import AFTER, PAGE_SIZE
from bookkeeping.companies import Shop
from bookkeeping.errors import MisconfiguredError
from bookkeeping.extraction.lists import (
    CHILDREN,
    ITEMS,
    ORDERS,
    PAYMENTS,
    PLATFORMS,
    PROPERTIES,
    SHIPMENTS,
    ChildList,
    codes,
)
from bookkeeping.extraction.portal import Portal
from bookkeeping.extraction.rows import Row
from bookkeeping.ledger import ShopMemory
from bookkeeping.wire import UnreadableError, to_count, to_moment, to_text

log = logging.getLogger(__name__)

NOBODY = 2147483000
"""An id that no row has yet."""

FAR_ISO, FAR_PLAIN = "2099-01-01T00:00:00+03:00", "2099-01-01 00:00:00"
"""A moment at which nothing has happened yet, in the two forms that portals understand."""

PAY_SYSTEMS = "sale.paysystem.list"
DATES = (
    (ORDERS, "dateUpdate"),
    (ORDERS, "dateInsert"),
    (ORDERS, "dateStatus"),
    (SHIPMENTS, "dateDeducted"),
    (PAYMENTS, "datePaid"),
    (PAYMENTS, "payReturnDate"),
)
"""The dates by which a day's orders are found."""

ABOUT_ARRAYS = frozenset({"both", "whole", "some"})
"""What refers to an order of the portal, and is refused where there is none yet."""

FRESH = timedelta(days=1)
"""How long what was found out is believed."""

SKEW = 60.0
"""Seconds by which the portal's clock may differ from ours."""


def find_out(client: BitrixClient, shop: Shop) -> Portal:
    """Try everything that reading a day relies on, in one request.

    :raises MisconfiguredError: something that we cannot do without does not work, or is not granted.
    """
    questions = Questions(shop)
    try:
        answers = client.batch(questions.commands, may_fail=ABOUT_ARRAYS)
    except MisconfiguredError:
        client.check()  # names a scope that is missing, which says more than the method that failed
        raise
    return questions.judge(answers, client.now())


def find_out_once(client: BitrixClient, shop: Shop, memory: ShopMemory) -> Portal:
    """Return what was found out about a portal in the last day, and find it out if nothing was.

    :raises MisconfiguredError: as :func:`find_out` does; a failure is not remembered.
    """
    name, yesterday = f"{shop.conn_id} {client.host}", datetime.fromtimestamp(client.now(), UTC) - FRESH
    if facts := memory.facts(name, yesterday):
        return Portal(**facts)
    portal = find_out(client, shop)
    memory.keep_facts(name, asdict(portal))
    return portal


class Questions:
    """The commands of the probe, and what their answers mean.

    :ivar commands: by name; some refer to the answers of those before them.
    """

    def __init__(self, shop: Shop) -> None:
        self._codes = list(codes(shop))
        self._lists = {child.method: child for child in (ORDERS, *CHILDREN, ITEMS)}
        if shop.skip_platforms:
            self._lists[PLATFORMS.method] = PLATFORMS
        self.commands: dict[str, Command] = {
            "scopes": ("scope", {}),
            "time": ("server.time", {}),
            "first": _page(ORDERS, {}, "id"),
            "last": _page(ORDERS, {}, "id", direction="desc"),
        }
        self._ask_about_methods()
        self._ask_about_filters()
        self._ask_about_arrays()

    def judge(self, answers: Mapping[str, Json], now: float) -> Portal:
        """Return what was found out.

        :raises MisconfiguredError: what is missing, and what to do about it.
        """
        _demand_scopes(answers["scopes"])
        self._demand_methods(answers)
        self._demand_filters(answers)
        _demand_order(answers)
        server = _moment(answers["time"])
        _compare_clocks(server, now)
        return Portal(
            hours=self._hours(answers, server),
            takes_property_arrays=self._takes_property_arrays(answers),
            takes_code_arrays=self._takes_code_arrays(answers),
        )

    def _ask_about_methods(self) -> None:
        for method in (*self._lists, PAY_SYSTEMS):
            self.commands[f"method {method}"] = ("method.get", {"name": method})

    def _ask_about_filters(self) -> None:
        for child in self._lists.values():
            self.commands[f"filter {child.method}"] = _page(child, {AFTER: NOBODY}, "id")
        for child, field in DATES:
            self.commands[f"iso {field}"] = _page(child, {f">={field}": FAR_ISO}, "id")
            self.commands[f"plain {field}"] = _page(child, {f">={field}": FAR_PLAIN}, "id")

    def _ask_about_arrays(self) -> None:
        first = alias(list(self.commands).index("first"))
        one, other = (f"$result[{first}][{ORDERS.wrapper}][{place}][id]" for place in (0, 1))
        self.commands["both"] = _page(PROPERTIES, {"@orderId": [one, other]}, *PROPERTIES.select)
        self.commands["whole"] = _page(PROPERTIES, {"orderId": one}, *PROPERTIES.select)
        self.commands["some"] = _page(PROPERTIES, {"orderId": one, "@code": self._codes}, *PROPERTIES.select)

    def _demand_methods(self, answers: Mapping[str, Json]) -> None:
        missing = [
            method for method in (*self._lists, PAY_SYSTEMS) if not _is_granted(answers[f"method {method}"])
        ]
        if missing:
            raise MisconfiguredError(
                f"The portal does not let us call {', '.join(missing)}. Grant the webhook or application the "
                "scopes sale and pay_system, and let its owner be an administrator. Nothing was read."
            )

    def _demand_filters(self, answers: Mapping[str, Json]) -> None:
        deaf = [
            child.method for child in self._lists.values() if _rows(child, answers[f"filter {child.method}"])
        ]
        if deaf:
            raise MisconfiguredError(
                f"The portal ignores the filter >id of {', '.join(deaf)}: it would hand out everything. "
                "Update its module sale. Nothing was read."
            )

    def _hours(self, answers: Mapping[str, Json], server: datetime) -> float | None:
        """Return None for a portal that understands ISO 8601, else how far its clock is ahead of UTC."""
        for form, hours in (("iso", None), ("plain", _offset(server))):
            if not any(_rows(child, answers[f"{form} {field}"]) for child, field in DATES):
                return hours
        raise MisconfiguredError(
            "The portal ignores dates in filters, in every form that we know: a day's changes cannot be "
            "found. Update its module sale. Nothing was read."
        )

    def _takes_property_arrays(self, answers: Mapping[str, Json]) -> bool:
        wanted = {int(row["id"]) for row in _rows(ORDERS, answers["first"])[:2]}
        found = {to_count(row.get("orderId")) for row in _rows(PROPERTIES, answers["both"])}
        return len(wanted) > 1 and found == wanted

    def _takes_code_arrays(self, answers: Mapping[str, Json]) -> bool:
        whole, some = (_rows(PROPERTIES, answers[name]) for name in ("whole", "some"))
        expected = [row["id"] for row in whole if to_text(row.get("code")) in self._codes]
        return bool(expected) and len(whole) < PAGE_SIZE and [row["id"] for row in some] == expected


def _moment(text: Json) -> datetime:
    try:
        moment = to_moment(text)
    except UnreadableError:
        moment = None
    if moment is None:
        raise MisconfiguredError(
            "server.time answered without a moment: this is not the portal that we know."
        )
    return datetime.fromisoformat(str(text))


def _page(child: ChildList, wanted: Mapping[str, Json], *select: str, direction: str = "asc") -> Command:
    """Ask for one page, as lists are read."""
    order = {"id": direction}
    return child.method, {"select": list(select), "filter": dict(wanted), "order": order, "start": -1}


def _rows(child: ChildList, answer: Json) -> list[Row]:
    rows = answer.get(child.wrapper) if isinstance(answer, dict) else answer
    if rows and not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        raise MisconfiguredError(f"{child.method} answered without rows under {child.wrapper!r}.")
    return rows or []


def _is_granted(answer: Json) -> bool:
    return isinstance(answer, dict) and answer.get("isExisting") is True and answer.get("isAvailable") is True


def _demand_scopes(granted: Json) -> None:
    if missing := [scope for scope in NEEDED_SCOPES if scope not in (granted or [])]:
        raise MisconfiguredError(f"The scope {', '.join(missing)} is missing: grant it and try again.")


def _demand_order(answers: Mapping[str, Json]) -> None:
    """Both ends of a list are read, so the portal must sort, and send full pages."""
    first, last = ([int(row["id"]) for row in _rows(ORDERS, answers[name])] for name in ("first", "last"))
    are_sorted = first == sorted(set(first)) and last == sorted(set(last), reverse=True)
    if not are_sorted or len(first) != len(last) or len(first) > PAGE_SIZE:
        raise MisconfiguredError(
            "The portal does not sort its lists by id as it is asked to, or sends pages of another length "
            f"than {PAGE_SIZE}: they cannot be read safely. Update its module sale. Nothing was read."
        )


def _compare_clocks(server: datetime, now: float) -> None:
    if abs(server.timestamp() - now) > SKEW:
        log.warning("The portal's clock shows %s: its day is not quite ours.", server.isoformat())


def _offset(server: datetime) -> float:
    return (server.utcoffset() or timedelta()).total_seconds() / 3600
