"""The portal: who may call what, how often and for how long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from sandbox.bitrix.batch import run_batch
from sandbox.bitrix.calls import Call, Reply
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.methods import METHODS, Method
from sandbox.bitrix.php import as_text
from sandbox.bitrix.timing import Watch, local, time_block

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sandbox.bitrix.budget import OperatingBudget
    from sandbox.bitrix.counters import BitrixCounters
    from sandbox.bitrix.oauth import TokenDesk
    from sandbox.bitrix.php import Params
    from sandbox.bitrix.settings import PortalSettings
    from sandbox.limits import LeakyBucket
    from sandbox.shop import Shop

BATCH = "batch"
ALWAYS_GRANTED = frozenset({"basic"})


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that was let in: who sent it, and what its clock shows."""

    caller: str
    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """A shop with its doors: credentials, limits, methods and counters."""

    shop: Shop
    clock: Callable[[], float]
    webhook: tuple[str, str]
    tokens: TokenDesk
    bucket: LeakyBucket | None
    counters: BitrixCounters
    settings: PortalSettings
    budget: OperatingBudget
    sleep: Callable[[float], Awaitable[None]]

    async def answer(self, name: str, params: Params, webhook: tuple[str, str] | None = None) -> JSONResponse:
        """Serve one request at once, but keep the answer back as long as the work would have taken."""
        watch = Watch(self.clock)
        with self.counters.one_more():
            response = self._respond(name, params, webhook, watch)
            if watch.ahead:
                await self.sleep(watch.ahead)
        return response

    def _respond(
        self, name: str, params: Params, webhook: tuple[str, str] | None, watch: Watch
    ) -> JSONResponse:
        """Whatever is wrong with a request becomes an answer, too."""
        try:
            self._take_a_place()
            visit = Visit(self._admit(params, webhook), watch)
            return JSONResponse(self._serve(visit, name, params).as_dict())
        except RestError as error:
            return JSONResponse(self._refused(error), error.status)

    def _serve(self, visit: Visit, name: str, params: Params) -> Reply:
        method = name.casefold().removesuffix(".json")
        return self._batch(visit, params) if method == BATCH else self._call(visit, method, params)

    def _take_a_place(self) -> None:
        if self.bucket and self.bucket.take():
            raise RestError(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")

    def _admit(self, params: Params, webhook: tuple[str, str] | None) -> str:
        if webhook is None:
            self.tokens.check(as_text(params.get("auth")))
            return "application"
        if webhook != self.webhook:
            raise RestError(401, "INVALID_CREDENTIALS", "Invalid request credentials")
        return "webhook"

    def _batch(self, visit: Visit, params: Params) -> Reply:
        start = visit.watch.now()
        result = run_batch(params, partial(self._command, visit), self._refused)
        return Reply(result, time=time_block(start, visit.watch.now(), self.shop.zone) | {"operating": 0})

    def _command(self, visit: Visit, name: str, params: Params) -> Reply:
        self.counters.commands += 1
        return self._call(visit, name.casefold(), params)

    def _call(self, visit: Visit, name: str, params: Params) -> Reply:
        start, scopes = visit.watch.now(), self.settings.scopes | ALWAYS_GRANTED
        method = _granted(name, scopes)
        self._charge(visit.caller, name)
        reply = method.run(Call(self.shop, params, local(start, self.shop.zone), scopes))
        seconds = self.settings.seconds_of(reply)
        self.budget.charge(visit.caller, name, seconds)
        visit.watch.ahead += seconds
        self.counters.count(name, reply, self.budget.spent(visit.caller, name))
        time = time_block(start, visit.watch.now(), self.shop.zone)
        return replace(reply, time=time | self.budget.report(visit.caller, name))

    def _charge(self, caller: str, name: str) -> None:
        if self.budget.spent(caller, name) >= self.settings.operating_limit:
            raise RestError(429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit")
        self.budget.charge(caller, name, self.settings.call_cost)

    def _refused(self, error: RestError) -> dict[str, str | int]:
        self.counters.refusals[error.status] += 1
        return error.as_dict()


def _granted(name: str, scopes: frozenset[str]) -> Method:
    method = METHODS.get(name)
    if method is None:
        raise RestError(404, "ERROR_METHOD_NOT_FOUND", "Method not found")
    if method.scope not in scopes:
        raise RestError(403, "insufficient_scope", "The request requires higher privileges than granted")
    return method
