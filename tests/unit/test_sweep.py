"""Once a week the whole shop is compared with what the runs took up, over HTTP."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.acceptance.till import Till, goods
from tests.unit.builders import at, company, midnight

from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.day import documents_of, finish, poster_for
from bookkeeping.domain import Status
from bookkeeping.extraction import Known, read_day
from bookkeeping.ledger import Fingerprint, OwnWrite, ShopMemory
from bookkeeping.sweep import Findings, compare, sweep_shop, vanished_text
from bookkeeping.transforms.columns import ShopFrames
from sandbox.app import Settings, create_app, serving
from sandbox.shop.table import Table

THE_3RD, THE_5TH = date(2026, 10, 3), date(2026, 10, 5)
"""The tests live on the 5th, and most orders are of the 3rd."""

THE_4TH_AT_TEN = at("2026-10-04T10:00")
LAMP = goods("990.00")


@pytest.fixture
def portal(clock):
    """An empty shop over HTTP, with our clock."""
    app = create_app(Settings(limits=False, days=0), clock=clock.time)
    with serving(app) as origin:
        yield app.state.sandbox, origin


@pytest.fixture
def shop(portal):
    return portal[0].shop


@pytest.fixture
def till(shop):
    return Till(shop)


@pytest.fixture
def client(portal):
    sandbox, origin = portal
    keys = sandbox.settings.credentials
    address = f"{origin}/rest/{keys.bitrix_user}/{keys.bitrix_webhook}"
    return BitrixClient(Transport(address, auth=Unsigned((keys.bitrix_webhook,)), timeout=(1, 10)))


@pytest.fixture
def memory(ledger):
    return ShopMemory(ledger)


@pytest.fixture
def sync(client, ledger, books):
    """Do what the tasks of a day do."""
    ours = company(documents=["sale"])

    def sync_day(day=THE_3RD):
        start, end = (midnight(str(each), ours) for each in (day, day + timedelta(1)))
        still_open = ledger.open_orders(ours.id, end.date())
        frames = ShopFrames.of(read_day(client, ours.shop, start, end, Known(still_open)))
        poster = poster_for(ours, books, ledger)
        poster.post_documents(documents_of(frames, ours, end, ledger))
        finish(frames, ours, end, poster)

    return sync_day


@pytest.fixture
def sweep(client, ledger):
    return lambda **settings: sweep_shop(client, company(**settings), ledger)


def delete(shop, order):
    """Let an order be gone, as when a manager deletes it."""
    rest = Table(first_id=shop.orders.next_id)
    for other in shop.orders.values():
        if other is not order:
            rest.add(other)
    shop.orders = rest


def kinds(memory, day=THE_5TH):
    return [kind for kind, _ in memory.warnings("romashka", day)]


def test_a_clean_shop_gives_nothing(till, sync, sweep, memory, ledger):
    for _ in range(3):
        till.take(till.sell(LAMP))
    sync()

    assert sweep() == Findings(looked_at=3)
    assert kinds(memory) == []
    assert ledger.open_orders("romashka", date(2027, 1, 1)) == []


def test_an_empty_shop_gives_nothing(sweep, memory):
    assert sweep() == Findings(looked_at=0)
    assert kinds(memory) == []


def test_an_order_whose_change_was_missed_is_taken_up_by_the_next_sync(
    till, shop, sync, sweep, memory, ledger
):
    _, order = till.sell(LAMP), till.sell(LAMP)
    sync()
    order.price = shop.basket_items.of(order.id)[0].price = Decimal("980.00")
    order.touch(THE_4TH_AT_TEN)

    assert sweep() == Findings(looked_at=2, missed=(str(order.id),))

    [(kind, text)] = memory.warnings("romashka", THE_5TH)
    assert kind == "missed_orders"
    assert f"1 (ID в магазине: {order.id})" in text
    sync(THE_5TH)
    assert [entry.order_id for entry in ledger.of_company("romashka", ["sale"]) if entry.changed] == [
        str(order.id)
    ]
    assert sweep().missed == ()


def test_an_order_that_no_run_ever_read_is_posted_by_the_next_sync(till, sync, sweep, books):
    order = till.sell(LAMP)

    assert sweep().missed == (str(order.id),)
    sync(THE_5TH)

    assert [mark.split(":")[:3] for mark in books.marks] == [["[b2", "sale", str(order.id)]]
    assert sweep().missed == ()


def test_what_was_missed_is_found_again_until_a_run_takes_it_up(till, sweep, memory):
    till.sell(LAMP)

    assert sweep() == sweep()
    assert kinds(memory) == ["missed_orders"]


def test_a_change_without_a_new_version_is_seen_as_well(till, sync, sweep):
    order = till.sell(LAMP)
    sync()
    order.payed = True

    assert sweep().missed == (str(order.id),)


def test_our_own_write_is_nothing_to_take_up(till, sync, sweep, memory):
    order = till.sell(LAMP)
    sync()
    before = order.version
    order.touch(THE_4TH_AT_TEN)
    own = OwnWrite(before, order.version, THE_4TH_AT_TEN - timedelta(seconds=2))
    memory.wrote("romashka", str(order.id), own, THE_4TH_AT_TEN)

    assert sweep().missed == ()


def test_a_change_that_our_own_write_met_is_taken_up(till, sync, sweep, memory):
    order = till.sell(LAMP)
    sync()
    order.touch(THE_4TH_AT_TEN)
    before = order.version
    order.touch(THE_4TH_AT_TEN)
    memory.wrote("romashka", str(order.id), OwnWrite(before, order.version, THE_4TH_AT_TEN), THE_4TH_AT_TEN)

    assert sweep().missed == (str(order.id),)


def test_what_changed_since_midnight_is_left_to_its_own_day(till, sync, sweep):
    known, fresh = till.sell(LAMP), till.sell(LAMP, placed="2026-10-05T00:30", shipped=None)
    sync()
    known.touch(at("2026-10-05T00:00"))

    assert sweep() == Findings(looked_at=1)
    assert fresh


def test_a_deleted_order_is_reported_and_its_document_stays(till, shop, sync, sweep, memory, ledger, books):
    order = till.sell(LAMP)
    sync()
    posted = list(books.marks)
    delete(shop, order)

    assert sweep() == Findings(looked_at=0, vanished=(str(order.id),))

    [(kind, text)] = memory.warnings("romashka", THE_5TH)
    assert kind == "vanished_orders"
    assert f"Их документы в учёте остались как были: № {order.account_number}." in text
    sync(THE_5TH)
    assert books.marks == posted
    entries = ledger.of_orders("romashka", [str(order.id)], ["bill", "sale", "act"])
    assert {entry.status for entry in entries} == {Status.POSTED}
    assert not any(entry.changed for entry in entries)


def test_an_order_that_is_back_takes_its_warning_with_it(till, shop, sync, sweep, memory):
    order = till.sell(LAMP)
    sync()
    delete(shop, order)
    sweep()
    shop.orders.add(order)

    assert sweep() == Findings(looked_at=1)
    assert kinds(memory) == []


def test_an_order_that_the_shop_has_dated_anew_is_not_gone(till, sync, sweep):
    order = till.sell(LAMP)
    sync()
    order.date_insert = at("2026-02-01T10:00")
    order.touch(THE_4TH_AT_TEN)

    assert sweep() == Findings(looked_at=1, missed=(str(order.id),))


def test_ninety_days_are_looked_at_and_nothing_before_the_first_day_of_the_books(till, sweep):
    placed = ["2026-07-06T12:00", "2026-07-08T12:00", "2026-09-30T12:00", "2026-10-01T12:00"]
    ids = [str(till.sell(LAMP, placed=moment, shipped=None).id) for moment in placed]

    assert sweep().missed == tuple(ids[1:])
    assert sweep(start_date="2026-10-01").missed == (ids[3],)
    assert sweep(start_date="2026-12-01") == Findings(looked_at=0)


def test_only_the_companys_own_site_is_looked_at(till, sweep):
    ours, theirs = till.sell(LAMP), till.sell(LAMP)
    theirs.lid = "s2"

    assert sweep(shop={"site": "s1"}).missed == (str(ours.id),)


def test_ninety_days_cost_a_few_requests(till, sweep, portal):
    for day in range(1, 29):
        till.sell(LAMP, placed=f"2026-09-{day:02}T10:00", shipped=None)
    before = portal[0].counters()["bitrix"]["requests"]

    assert sweep().looked_at == 28
    assert portal[0].counters()["bitrix"]["requests"] - before <= 4


# Comparing.

TURN = at("2026-10-05T00:00")
SEEN = Fingerprint(
    order_id="7",
    version=3,
    placed_at=at("2026-10-03T09:00"),
    changed_at=at("2026-10-03T12:00"),
    price=Decimal("990.00"),
    paid=False,
    cancelled=False,
    status="N",
)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 4},
        {"placed_at": at("2026-10-02T09:00")},
        {"changed_at": at("2026-10-03T12:01")},
        {"price": Decimal("990.01")},
        {"paid": True},
        {"cancelled": True},
        {"status": "F"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_difference_counts(change):
    assert compare({"7": replace(SEEN, **change)}, {"7": SEEN}, {}, TURN).missed == ("7",)


@pytest.mark.parametrize(("own", "missed"), [({}, ("7",)), ({"7": 2}, ("7",)), ({"7": 3}, ())])
def test_only_the_moment_of_our_own_write_may_differ(own, missed):
    later = replace(SEEN, changed_at=at("2026-10-03T12:01"))

    assert compare({"7": later}, {"7": SEEN}, own, TURN).missed == missed
    assert compare({"7": replace(later, paid=True)}, {"7": SEEN}, own, TURN).missed == ("7",)


def test_ids_are_named_as_numbers_follow_each_other():
    ids = ("9", "10", "101")
    seen = {id_: replace(SEEN, order_id=id_) for id_ in reversed(ids)}

    assert compare(seen, {}, {}, TURN).missed == ids
    assert compare({}, seen, {}, TURN).vanished == ids


def test_a_text_names_a_hundred_and_counts_the_rest():
    text = vanished_text([str(n) for n in range(1000, 1150)], [])

    assert "150 (ID в магазине: 1000, 1001," in text
    assert "1099 и ещё 50)" in text
    assert "Проведённых документов по ним нет." in text
