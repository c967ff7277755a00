"""One seed, one history: who runs when, in what weather, who dies where; and what is left of the promises."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, partial
from random import Random
from typing import TYPE_CHECKING, Any

from bookkeeping.domain import Capability, DocumentKind, Status
from bookkeeping.due import posted_documents
from bookkeeping.extraction import read_day
from bookkeeping.ledger import SummaryParts, SyncLedger, open_engine
from bookkeeping.questions import can_be_looked_up
from bookkeeping.transforms.payments import refunds, spread
from sandbox.books import elba_public_documents
from simulator import checks, truth
from simulator.clerk import Deed
from simulator.memory import Memory
from simulator.office import Office, Run, days
from simulator.stage import Crash, Stage
from simulator.variants import DAYS, VARIANTS, Variant
from simulator.weather import LATEST
from simulator.world import START, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import pyarrow as pa
    import sqlalchemy as sa

    from bookkeeping.domain import Document, MoneyRecord
    from bookkeeping.ledger import Entry
    from bookkeeping.transforms.columns import ShopFrames
    from bookkeeping.transforms.documents import DueDay
    from simulator.clerk import Deeds

SHOPS = 4
"""So many different shops there are; their orders are worked out once."""

ROUNDS = 4
"""Days after which nothing may be left of what went wrong."""

A_WHILE = 4500.0
"""Seconds between two runs in fine weather: more than the hour for which a run's orders are left to it."""

A_MINUTE, PATIENCE = 60.0, 60
"""Seconds between two looks at whether anything is sold yet, and how many looks."""

FAR_AWAY = datetime(9000, 1, 1, tzinfo=UTC)
ENUMERATED = 6
"""So many scenarios have each of their points crashed in turn."""

CHANGES = ("update", "cancel")
"""Kinds of writes that change a document; to send one twice is the same as once, so nobody need be asked."""

SPREAD = 7  # the enumerated points are visited in steps of so many, so that a few seeds already see all parts


@dataclass(frozen=True)
class Plan:
    """What a seed stands for.

    :ivar scenario: what everything but the crash is drawn from; 0 and below are those with all crashes.
    :ivar crash: the number of the enumerated crash; None for crashes at random.
    :ivar is_endless: faults never end: only what must never happen is checked.
    :ivar is_summed: individuals are summed up, if the company is one of those that can.
    """

    seed: int
    scenario: int
    crash: int | None = None
    is_endless: bool = False
    is_summed: bool = False

    @classmethod
    def of(cls, seed: int) -> Plan:
        """Every third seed is the next crash of an enumeration, every seventh has no fine weather.

        In every fifth of the others individuals are summed up; all the rest is as it would be without that.
        """
        turn, kind = divmod(seed, 3)
        if kind == 0:
            crash, scenario = divmod(turn, ENUMERATED)
            return cls(seed, scenario=-scenario, crash=crash)
        return cls(seed, scenario=seed, is_endless=seed % 7 == 0, is_summed=seed % 5 == 0)


@dataclass
class Outcome:
    """What became of a history."""

    seed: int
    variant: str
    violations: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    crashes: int = 0
    documents: int = 0


@dataclass(frozen=True)
class Backstage:
    """What all histories of a process share: nothing that one could learn of another."""

    memory: Memory
    engine: sa.Engine
    empty: bytes
    loop: asyncio.AbstractEventLoop

    @classmethod
    def open(cls) -> Backstage:
        """Prepare a ledger in memory, to be emptied before each history."""
        engine = open_engine("sqlite://")
        with engine.connect() as connection:
            empty = _driver(connection).serialize()
        return cls(Memory(), engine, empty, asyncio.new_event_loop())

    def empty_ledger(self) -> sa.Engine:
        """Return the ledger with nothing in it."""
        with self.engine.connect() as connection:
            _driver(connection).deserialize(self.empty)
        return self.engine


def _driver(connection: sa.Connection) -> Any:  # noqa: ANN401 sqlite3's own
    return connection.connection.driver_connection


@cache
def backstage() -> Backstage:
    """Return this process's one."""
    return Backstage.open()


def play(seed: int) -> Outcome:
    """Play a seed's history and ask whether the promises held."""
    plan = Plan.of(seed)
    return History(plan, _crashes(plan)).play()


def _crashes(plan: Plan) -> tuple[Crash, ...]:
    """Choose who dies where; an enumeration goes through all points twice, once for each way to die."""
    if plan.crash is None:
        chance = Random(f"crashes of {plan.seed}")
        at = [chance.randrange(1, 350) for _ in range(chance.choice([0, 1, 1, 2, 4]))]
        return tuple(Crash(point, of_supervisor=chance.random() < 0.5) for point in sorted(set(at)))  # noqa: PLR2004 a coin
    points = _points_of(plan.scenario)
    rounds, number = divmod(plan.crash, points)
    return (Crash(1 + number * SPREAD % points, of_supervisor=(rounds + number) % 2 == 1),)


def _enumerated(scenario: int) -> Variant:
    """Let the scenarios that are enumerated be of many kinds."""
    return VARIANTS[-scenario * len(VARIANTS) // ENUMERATED]


def _shop_of(plan: Plan, chance: Random) -> int:
    """Choose a shop; the first seeds share one, so that a short run does not work out all of them."""
    known = SHOPS if plan.crash is not None else min(SHOPS, 1 + plan.seed // 400)
    return chance.randrange(known)


@cache
def _points_of(scenario: int) -> int:
    """Return at how many points somebody could die in a scenario in which nobody does."""
    history = History(Plan(-1, scenario, crash=0), ())
    history.chaos()
    points = history.stage.points
    return points if points % SPREAD else points + 1  # steps of seven must meet every point


class History:
    """A plan being played.

    :ivar variant: the company and its books.
    :ivar able: what the books can do.
    :ivar unrest: how likely orders are cancelled, and repriced: more so where somebody follows it up.
    :ivar days_run: so many days have had their run.
    """

    def __init__(self, plan: Plan, crashes: tuple[Crash, ...]) -> None:
        random.seed(plan.scenario)  # the clients' jitter
        self.plan, shared = plan, backstage()
        chance = Random(f"scenario {plan.scenario}")
        self.variant = chance.choice(VARIANTS) if plan.crash is None else _enumerated(plan.scenario)
        if plan.is_summed and self.variant.system == "kontur":
            self.variant = self.variant.summed
        self.stage = Stage(chance, START, crashes)
        self.world = World(self.variant, _shop_of(plan, chance), self.stage, shared.loop)
        self.weather = self.world.weather
        self.engine = shared.empty_ledger()
        self.office = Office(
            world=self.world,
            stage=self.stage,
            memory=shared.memory,
            engine=self.engine,
            company=self.variant.company(),
            # One in five; but our own lines move an order's last change, and no run comes to the day of that.
            reads_anew=chance.random() < 0.2 and not self.variant.write_back,  # noqa: PLR2004
        )
        self.able = self.world.books().capabilities
        self.unrest = 0.5 if self.variant.on_change == "update" else 0.2
        self.days_run = DAYS
        self.closed_after: float | None = None

    def play(self) -> Outcome:
        """Let it happen, and look at what is left."""
        outcome = Outcome(self.plan.seed, self.variant.name)
        self.chaos()
        outcome.violations = list(checks.unsafe(self.evidence()))
        if not self.plan.is_endless:
            outcome.violations += self.calm()
        outcome.faults, outcome.crashes = self.weather.met, self.stage.crashed
        outcome.documents = len(truth.documents(self.world.book, {}))
        return outcome

    def chaos(self) -> None:
        """Everybody runs at once, and everything goes wrong."""
        chance, begin = self.stage.chance, self.stage.begin
        self.weather.roughness = chance.choice([0.05, 0.15, 0.4])
        self.weather.left = None if self.plan.is_endless else chance.choice([2, 6, 15, 40])
        daily = self.runs(days(DAYS))
        begin(partial(self.one_after_another, daily))
        for share, work in (
            (0.6, partial(self.one_after_another, self.backfill())),
            (0.4, chance.choice(daily).post_again),
            (0.25, self.close_the_period),
            (self.unrest, partial(self.change_an_order, Deed.CANCELLED)),
            (self.unrest, partial(self.change_an_order, Deed.REPRICED)),
            (0.6 if Capability.CORRECTIONS in self.able else 0.1, self.take_goods_in),
            (0.4, self.pay_a_bill),
        ):
            if chance.random() < share:
                begin(work, chance.uniform(0, 900))
        self.stage.play()

    def calm(self) -> Iterator[str]:
        """The weather clears up, people clear what failed, the following days find what else is left."""
        self.weather.clear_up()
        yield from self.play_out(sorted({run.day for run in self.office.failed}))
        for _ in range(ROUNDS):
            self.answer()
            self.days_run += 1
            yield from self.play_out(days(self.days_run)[-1:])
            if not any(checks.unfinished(self.evidence())):
                break
        evidence = self.evidence()
        yield from dict.fromkeys([*checks.unsafe(evidence), *checks.unfinished(evidence)])
        yield from self.writes_something_new()

    def writes_something_new(self) -> Iterator[str]:
        """P4: run all days once more, everything stays as it is."""
        before, comments = self.world.book.as_lists(), self.world.comments
        yield from self.play_out(days(self.days_run))
        if self.world.comments != comments:
            yield "P4: running the days again has changed the orders' comments"
        if self.world.book.as_lists() != before:
            yield "P4: running the days again has changed the books"

    def play_out(self, wanted: list[date]) -> Iterator[str]:
        """Run these days, one after another and a while later, to their end; in fine weather none fails."""
        self.office.failed.clear()
        self.stage.seconds += A_WHILE
        self.stage.begin(partial(self.one_after_another, self.runs(wanted)))
        self.stage.play()
        for run in self.office.failed:
            trouble = checks.same_everywhere(run.trouble)
            yield f"P2: a run failed in fine weather: {run.day}: {trouble}"

    def runs(self, wanted: list[date]) -> list[Run]:
        """Return new runs of these days."""
        return [Run(self.office, day) for day in wanted]

    def one_after_another(self, runs: list[Run]) -> None:
        """Play runs as one DAG would."""
        for run in runs:
            run.go()

    def backfill(self) -> list[Run]:
        """Return runs of the same days, in any order."""
        order = days(DAYS)
        self.stage.chance.shuffle(order)
        return self.runs(order)

    def close_the_period(self) -> None:
        """An accountant closes the first days in the companies file, and maybe in the books."""
        last = days(DAYS)[self.stage.chance.randrange(2)]
        self.office.company = self.office.company.model_copy(update={"closed_through": last})
        if self.variant.system == "kontur" and self.stage.chance.random() < 0.5:  # noqa: PLR2004 a coin
            self.world.sandbox.close_period(last)
        unaware = list(self.office.at_work)
        while any(task in self.office.at_work for task in unaware):
            self.stage.sleep(1)
        self.closed_after = self.stage.seconds + LATEST

    def change_an_order(self, deed: Deed) -> None:
        """Somebody changes an order, whatever became of it."""
        self.change(self.stage.chance.choice(self.world.clerk.may_change()), deed)

    def take_goods_in(self) -> None:
        """Goods come back that were sold: sooner, there would be nothing to correct."""
        for _ in range(PATIENCE):
            posted = {entry.order_id for entry in self.entries().values() if _is_posted_sale(entry)}
            if sold := [id_ for id_ in self.world.clerk.may_change() if str(id_) in posted]:
                self.change(self.stage.chance.choice(sold), Deed.RETURNED)
                return
            self.stage.sleep(A_MINUTE)

    def change(self, order_id: int, deed: Deed) -> None:
        """Somebody changes this order, and sometimes takes it back after a while."""
        chance, clerk = self.stage.chance, self.world.clerk
        clerk.do(order_id, deed)
        self.maybe_run_the_next_day()
        if chance.random() < 0.4:  # noqa: PLR2004 two in five
            self.stage.sleep(chance.uniform(0, 900))
            clerk.take_back(order_id, deed)
            self.maybe_run_the_next_day()

    def maybe_run_the_next_day(self) -> None:
        """The day on which orders are changed is often over before the weather is fine."""
        if self.stage.chance.random() < 0.7:  # noqa: PLR2004 most of them
            self.one_after_another(self.runs(days(DAYS + 1)[-1:]))

    def pay_a_bill(self) -> None:
        """A buyer pays a bill, and Elba notices."""
        bills = self.world.book.rows("bills") if self.variant.system == "elba_public" else []
        if bills:
            bill = self.stage.chance.choice(bills)
            elba_public_documents.pay(self.world.book, bill["id"], Decimal(1))

    def answer(self) -> None:
        """A person is asked of writes that nobody but a person can look up, looks, and says the truth."""
        ledger = SyncLedger(self.engine, clock=self.stage.now)
        ledger.expire()
        self.stage.seconds += LATEST
        for entry in ledger.in_status(Status.UNKNOWN):
            if entry.kind in CHANGES or can_be_looked_up(entry, self.able):
                continue
            if external_id := self.where(entry):
                ledger.confirm(entry.key, external_id, "a person saw it")
            else:
                ledger.send_again(entry.key, "a person did not see it")

    def where(self, entry: Entry) -> str | None:
        """Return the id of something in the books, if it is there."""
        if entry.kind == "counterparty":
            return self.buyer(entry)
        records = [*truth.documents(self.world.book, self.asked_for()), *truth.money(self.world.book)]
        ids = {record.mark: record.external_id for record in records}
        return ids.get(_mark_of(entry))

    def buyer(self, entry: Entry) -> str | None:
        """Return the id of a counterparty in the books, if it is there."""
        buyers = {d.counterparty.key: d.counterparty for d in self.asked_for().values()}
        buyer = buyers[entry.counterparty_key]
        for row in truth.counterparties(self.world.book):
            name = row.get("name") or row.get("fullName")
            if (name, row.get("inn") or "", row.get("kpp") or "") == (buyer.name, buyer.inn, buyer.kpp):
                return str(row["id"])
        return None

    def asked_for(self) -> dict[str, Document]:
        """Return all documents that the shop may have asked for, by mark, as if nothing had changed since."""
        summed = self.due(frozenset(), DAYS + ROUNDS, closed_through=None)
        as_usual = replace(self.variant, individuals="per_order").company().individuals
        apart = self.due(frozenset(), DAYS + ROUNDS, individuals=as_usual)
        documents = [item.document for item in (*summed.documents, *apart.documents)]
        documents += truth.summaries(self.office.company, summed.parts)
        return {document.key.mark: document for document in documents}

    def due(self, deeds: Deeds, count: int, **settings: object) -> DueDay:
        """Return what is due by the end of so many days, worked out anew from the shop."""
        company, frames = self.office.company.model_copy(update=settings), self.shop_at_the_end(deeds)
        _, end = self.office.bounds(days(count)[-1])
        known = frozenset(e.counterparty_key for e in self.entries().values() if e.kind == "counterparty")
        return self.office.memory.due(frames, company, end, known)

    def shop_at_the_end(self, deeds: Deeds) -> ShopFrames:
        """Return all orders, read in fine weather: each was placed on one of the first days."""
        (start, _), (_, end) = self.office.bounds(days(DAYS)[0]), self.office.bounds(days(DAYS)[-1])

        def read() -> dict[str, pa.Table]:
            return read_day(self.world.apart(deeds).shop(), self.office.company.shop, start, end)

        return self.office.memory.frames_of(("whole", self.world.shop_seed, deeds), read)

    def individuals(self, shop: ShopFrames) -> frozenset[str]:
        """Return the orders of individuals, where those are summed up."""
        are_summed = self.variant.individuals == "daily_summary"
        has_inn = shop.orders["inn"].str.strip() != ""
        return frozenset(shop.orders["order_id"][~has_inn]) if are_summed else frozenset()

    def money(self, shop: ShopFrames) -> list[MoneyRecord]:
        """Return what the final shop would still have recorded, and all that went back to buyers."""
        if Capability.PAYMENTS not in self.able:
            return []
        company, (_, end) = self.office.company, self.office.bounds(days(self.days_run)[-1])
        payments = self.office.memory.payments(shop, company.zone, end)
        ledger = SyncLedger(self.engine, clock=self.stage.now)
        posted = posted_documents(ledger, company, list(shop.orders["order_id"]), end)
        return [*spread(payments, posted), *refunds(payments, posted)]

    def entries(self) -> dict[str, Entry]:
        """Return all that the ledger knows."""
        ledger = SyncLedger(self.engine, clock=self.stage.now)
        return {entry.key: entry for entry in ledger.of_company(self.office.company.id)}

    def evidence(self) -> checks.Evidence:
        """Return what the history has left behind."""
        company, deeds = self.office.company, self.world.clerk.deeds
        shop, closed = self.shop_at_the_end(deeds), company.closed_through
        payments = self.office.memory.payments(shop, company.zone, FAR_AWAY)
        due, orders = self.due(deeds, self.days_run), list(shop.orders["order_id"])
        return checks.Evidence(
            book=self.world.book,
            entries=self.entries(),
            asked_for=self.asked_for(),
            due={item.document.key.mark: item for item in due.documents},
            parts=due.parts,
            kept=SummaryParts(self.engine, company.id, self.stage.now).of_orders(orders),
            summed=self.individuals(shop),
            payments={payment.payment_id: payment.amount for payment in payments},
            money=self.money(shop),
            closed=(closed, self.closed_after) if closed and self.closed_after else None,
            touched=frozenset(str(order_id) for order_id, _ in deeds),
            brings_up=self.able if company.on_change == "update" else (),
            comments=self.world.comments if company.shop.write_back else {},
        )


def _is_posted_sale(entry: Entry) -> bool:
    return entry.kind == DocumentKind.SALE and entry.status is Status.POSTED


def _mark_of(entry: Entry) -> str:
    return f"[b2:{':'.join(entry.key.split('/')[1:])}]"
