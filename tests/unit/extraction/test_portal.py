"""What a portal can do is found out before anything is believed, once a day, in one request."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.unit.builders import MOSCOW
from tests.unit.extraction.portal import Office

from bookkeeping.companies import Shop
from bookkeeping.errors import MisconfiguredError
from bookkeeping.extraction import Portal, find_out, find_out_once, read_day
from bookkeeping.ledger import ShopMemory, SyncLedger, open_engine
from sandbox.bitrix import listings
from sandbox.bitrix.filters import FilterGrammar
from sandbox.shop.uniform import uniform_shop

START = datetime(2026, 10, 1, tzinfo=MOSCOW)


class Clock:
    ahead = 0.0

    def __call__(self):
        return time.time() + self.ahead


@pytest.fixture
def office():
    office = Office(uniform_shop(60, day=date(2026, 10, 1)), Clock())
    yield office
    office.close()


def test_a_portal_of_today_understands_iso_dates_and_codes_and_casts_property_arrays(office):
    portal = find_out(office.client(), Shop())

    assert portal == Portal(hours=None, takes_property_arrays=False, takes_code_arrays=True)
    assert office.network.batches == 1


def test_a_portal_whose_property_values_take_arrays_is_asked_by_arrays(office, monkeypatch):
    listing = listings.LISTINGS["sale.propertyvalue.list"]
    monkeypatch.setattr(FilterGrammar, "__init__", _ignoring_casts(FilterGrammar.__init__), raising=True)

    assert listing.casts_arrays
    assert find_out(office.client(), Shop()).takes_property_arrays


def _ignoring_casts(make):
    def made(self, columns, casts_arrays, zone):
        make(self, columns, casts_arrays=False, zone=zone)

    return made


def harmed(change):
    def harm(body):
        change(body["result"]["result"])
        return body

    return harm


@pytest.mark.parametrize(("scopes", "missing"), [({"basic", "sale"}, "pay_system"), ({"basic"}, "sale")])
def test_a_scope_that_is_missing_is_named(office, scopes, missing):
    office.sandbox.portal.scopes = frozenset(scopes)

    with pytest.raises(MisconfiguredError, match=f"scope {missing}.* is missing: grant it"):
        find_out(office.client(), Shop())


def test_a_method_that_is_not_granted_is_named_with_what_to_grant(office):
    office.network.change = harmed(
        lambda answers: answers.update(
            {name: {"isExisting": True, "isAvailable": False} for name in ("c4",) if name in answers}
        )
    )

    with pytest.raises(MisconfiguredError, match=r"does not let us call sale\.order\.list.*administrator"):
        find_out(office.client(), Shop())


def test_a_portal_that_ignores_a_filter_is_not_read(office, monkeypatch):
    """A core that drops `>id` hands out everything."""
    monkeypatch.setattr(FilterGrammar, "read", lambda *_: [])

    with pytest.raises(MisconfiguredError, match="ignores the filter >id of sale"):
        find_out(office.client(), Shop())


def test_a_portal_that_reads_only_its_own_form_of_dates_gets_that(office, monkeypatch):
    read = FilterGrammar._comparable

    def old_core(self, kind, raw):
        if "T" in str(raw) and "+" in str(raw):
            raise ValueError(raw)
        return read(self, kind, raw)

    monkeypatch.setattr(FilterGrammar, "_comparable", old_core)
    portal = find_out(office.client(), Shop())

    assert portal.hours == 3
    tables = read_day(office.client(), Shop(), START, START + timedelta(1), portal=portal)
    assert tables["orders"].num_rows == 60
    with pytest.raises(MisconfiguredError, match="ignored the filter"):
        read_day(office.client(), Shop(), START - timedelta(9), START - timedelta(8))


def test_a_portal_that_understands_no_dates_is_not_read_by_the_day(office, monkeypatch):
    read = FilterGrammar._comparable

    def deaf(self, kind, raw):
        if "2099" in str(raw):
            raise ValueError(raw)
        return read(self, kind, raw)

    monkeypatch.setattr(FilterGrammar, "_comparable", deaf)

    with pytest.raises(MisconfiguredError, match="ignores dates in filters"):
        find_out(office.client(), Shop())


def test_a_portal_that_does_not_sort_downwards_is_not_read(office):
    office.network.change = harmed(lambda answers: answers["c3"]["orders"].reverse())

    with pytest.raises(MisconfiguredError, match="does not sort its lists"):
        find_out(office.client(), Shop())


def test_a_clock_that_goes_wrong_is_mentioned(office, caplog):
    client = office.client()
    office.clock.ahead = 300
    ahead = client.now()
    office.clock.ahead = 0
    client.now = lambda: ahead

    find_out(client, Shop())

    assert "not quite ours" in caplog.text


def test_what_was_found_out_is_believed_for_a_day(office, tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger = SyncLedger(engine, clock=lambda: datetime.fromtimestamp(office.clock(), UTC))
    memory = ShopMemory(ledger)

    first = find_out_once(office.client(), Shop(), memory)
    second = find_out_once(office.client(), Shop(), memory)

    assert first == second == Portal(takes_code_arrays=True)
    assert office.network.batches == 1

    office.clock.ahead = timedelta(days=1, minutes=1).total_seconds()
    find_out_once(office.client(), Shop(), memory)

    assert office.network.batches == 2
    engine.dispose()


def test_what_failed_is_asked_again_at_once(office, tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    memory = ShopMemory(SyncLedger(engine))
    office.sandbox.portal.scopes = frozenset({"basic", "sale"})
    with pytest.raises(MisconfiguredError):
        find_out_once(office.client(), Shop(), memory)
    office.sandbox.portal.scopes = frozenset({"basic", "sale", "pay_system"})

    assert find_out_once(office.client(), Shop(), memory) == Portal(takes_code_arrays=True)
    engine.dispose()
