"""A plan foresees the run: the same documents, sums and reasons, and not a trace in ledger or books."""

import copy
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.acceptance.office import DAY
from tests.acceptance.till import FACTORY, Till, goods

from bookkeeping.domain import HoldReason, Status
from bookkeeping.due import DOCUMENTS
from bookkeeping.errors import OutcomeUnknownError, TransientError
from bookkeeping.ledger.tables import metadata
from bookkeeping.planning import Fate, plan_of
from bookkeeping.storage import read_shop

MONEY = ("payment", "refund")
NEXT_DAY = DAY + timedelta(1)
WITH_A_BAD_INN = {**FACTORY, "INN": "7736207544"}


def plan_for(office, day=DAY):
    """Read the day as a plan does, and make one."""
    end = office._midnight_after(day)
    office._extract(day, end)
    return plan_of(read_shop(office.staging), office.company, end, office.ledger, office.open_books())


def stored(engine):
    with engine.begin() as tx:
        return {
            name: [tuple(r) for r in tx.execute(sa.select(table))] for name, table in metadata.tables.items()
        }


def documents(plan, *fates):
    return {
        (d.key, d.number, d.issued_on, d.total, d.vat, d.reason) for d in plan.documents if d.fate in fates
    }


def entries(office, *statuses):
    """Return what the ledger says of the documents, in the same words."""
    found = office.ledger.of_company(office.company.id, DOCUMENTS)
    return {(e.key, e.number, e.dated_on, e.total, e.vat, e.reason) for e in found if e.status in statuses}


def money(plan):
    return {(m.key, m.paid_on, m.amount) for m in plan.money if m.fate is Fate.CREATE}


def recorded(office):
    found = office.ledger.of_company(office.company.id, MONEY)
    return {(e.key, e.dated_on, e.total) for e in found if e.status is Status.POSTED}


def fates(plan):
    return Counter(document.fate for document in plan.documents)


@pytest.fixture
def opened(open_sandbox):
    return lambda: open_sandbox(first_day=DAY, days=3, orders_per_day=40)


@pytest.fixture(params=["kontur", "elba"])
def office(request, opened, new_kontur, new_elba):
    return {"kontur": new_kontur, "elba": new_elba}[request.param](opened())


def test_a_run_does_what_its_plan_said(office, engine):
    till = Till(office.sandbox.parts.shop)
    till.give_back(till.take(till.sell(goods("1000.00"))))
    till.sell(goods("70.00"), buyer=WITH_A_BAD_INN)
    for day in (DAY, NEXT_DAY, DAY + timedelta(2)):
        before, shelf = stored(engine), copy.deepcopy(office.sandbox.parts.shelf.state())

        plan = plan_for(office, day)

        assert stored(engine) == before
        assert office.sandbox.parts.shelf.state() == shelf
        earlier = entries(office, Status.POSTED), recorded(office)
        office.sync_to_the_end(day)
        assert documents(plan, Fate.CREATE) == entries(office, Status.POSTED) - earlier[0]
        assert documents(plan, Fate.HELD) == entries(office, Status.HELD)
        assert money(plan) == recorded(office) - earlier[1]
        orders = {d.order_id for d in plan.documents} | {order.order_id for order in plan.skipped}
        assert orders == set(read_shop(office.staging).orders["order_id"])
        assert len(orders) == plan.orders
    assert documents(plan, Fate.CREATE)
    assert documents(plan, Fate.HELD)


def test_after_the_run_there_is_nothing_to_do(office):
    office.sync_to_the_end()

    plan = plan_for(office)

    assert not plan.changes_anything
    assert set(fates(plan)) <= {Fate.UNCHANGED, Fate.HELD}
    assert documents(plan, Fate.UNCHANGED)


@pytest.fixture
def kontur(sandbox, new_kontur):
    return new_kontur(sandbox)


def test_a_buyer_whom_the_books_hold_twice_is_foreseen(kontur, till):
    till.sell(goods("100.00"))
    for name in ("ООО «Покупатель»", "Покупатель, ООО"):
        row = {"name": name, "inn": FACTORY["INN"], "kpp": FACTORY["KPP"], "type": "LegalEntity"}
        kontur.sandbox.parts.shelf.kontur.add("counterparties", row)

    plan = plan_for(kontur)

    assert {d.reason for d in plan.documents} == {HoldReason.COUNTERPARTY_AMBIGUOUS}


def test_a_document_that_a_lost_ledger_forgot_is_found_by_its_mark(kontur, till, engine, empty):
    till.sell(goods("100.00"))
    kontur.sync()
    empty(engine)

    plan = plan_for(kontur)

    assert fates(plan) == {Fate.FOUND: 2}


def test_what_went_unanswered_is_looked_up_first(kontur, till, clock):
    till.sell(goods("100.00"))
    kontur.sandbox.breaks("timeout_after", "*/documents/saleinvoices", times=1)
    with pytest.raises((OutcomeUnknownError, TransientError)):
        kontur.sync()

    (found,) = [d for d in plan_for(kontur).documents if d.fate is Fate.LOOK_UP]

    assert (found.kind, found.detail) == ("sale", "найден в учёте: второй раз не отправится")


def test_what_never_arrived_is_to_be_sent_again(kontur, till):
    till.sell(goods("100.00"))
    kontur.sandbox.breaks("timeout_before", "*/documents/saleinvoices", times=1)
    with pytest.raises((OutcomeUnknownError, TransientError)):
        kontur.sync()

    (lost,) = [d for d in plan_for(kontur).documents if d.fate is Fate.LOOK_UP]

    assert lost.detail == "в учёте не найден: будет отправлен ещё раз"
