"""A day of any size goes into its folder in parts, and what was read once is not read again."""

import time
from datetime import date, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from tests.unit.builders import MOSCOW
from tests.unit.extraction.portal import Office

from bookkeeping import staging as staging_module
from bookkeeping.clients.bitrix import reader as reader_module
from bookkeeping.companies import Shop
from bookkeeping.errors import TransientError
from bookkeeping.extraction import Day, Known, Portal, read_day, stage_day
from bookkeeping.extraction import day as day_module
from bookkeeping.staging import Staging
from bookkeeping.storage import newest_extraction, read_shop, read_table
from bookkeeping.transforms.columns import SCHEMAS, ShopFrames
from sandbox.shop.uniform import uniform_shop

DAY = Day(datetime(2026, 10, 1, tzinfo=MOSCOW), datetime(2026, 10, 2, tzinfo=MOSCOW))


@pytest.fixture
def office():
    office = Office(uniform_shop(400, day=date(2026, 10, 1)), time.time)
    yield office
    office.close()


@pytest.fixture
def small_parts(monkeypatch):
    """Small batches, windows and parts: this shop stands for one a hundred times as large."""
    monkeypatch.setattr(reader_module, "COMMANDS", 10)
    monkeypatch.setattr(day_module, "WINDOW", 50)
    monkeypatch.setattr(staging_module, "IN_MEMORY", 100)


@pytest.fixture
def stage(office, tmp_path, small_parts):
    def stage_now(folder="20261002T000500-aa", until=None):
        """Stage the day; the portal stops answering after so many batches."""
        last = office.network.batches + until if until else None

        def before():
            if last is not None and office.network.batches >= last:
                raise TransientError("the portal's time is used up", retry_after=300)

        office.network.before = before
        staging = Staging(tmp_path / folder, tmp_path / "unfinished-aa")
        return stage_day(office.client(), Shop(), DAY, staging, Known(), Portal())

    return stage_now


def frames_of(office):
    office.network.before = lambda: None
    return ShopFrames.of(read_day(office.client(), Shop(), DAY.start, DAY.end))


def sorted_rows(frame):
    return sorted(map(str, frame.to_dict("records")))


def assert_is_the_day(folder, office):
    staged, read = read_shop(folder), frames_of(office)
    for name in SCHEMAS:
        assert sorted_rows(getattr(staged, name)) == sorted_rows(getattr(read, name)), name


def test_a_day_is_staged_whole_in_row_groups_and_leaves_nothing_beside(stage, office, tmp_path):
    counts = stage()

    folder = tmp_path / "20261002T000500-aa"
    assert counts["orders"] == 400
    assert pq.ParquetFile(folder / "lines.parquet").num_row_groups > 1
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    assert_is_the_day(folder, office)


def test_what_was_read_before_the_portal_made_us_wait_is_not_read_again(stage, office, tmp_path):
    whole = office.network.batches
    stage("20261002T000400-bb")
    whole = office.network.batches - whole

    with pytest.raises(TransientError):
        stage(until=whole - 4)
    assert newest_extraction(tmp_path).name == "20261002T000400-bb"
    before = office.network.batches
    stage()

    assert office.network.batches - before < whole
    assert_is_the_day(tmp_path / "20261002T000500-aa", office)


def test_a_worker_that_dies_again_and_again_still_comes_to_the_end(stage, office, tmp_path):
    failures = 0
    while failures < 30:
        try:
            stage(until=8)
            break
        except TransientError:
            failures += 1

    assert 1 < failures < 29
    assert_is_the_day(tmp_path / "20261002T000500-aa", office)


def test_an_order_that_changed_since_the_first_try_is_read_anew(stage, office, tmp_path):
    with pytest.raises(TransientError):
        stage(until=15)
    staged = list((tmp_path / "unfinished-aa").iterdir())
    changed, gone = read_table(staged[0] / "orders.parquet")["order_id"].to_pylist()[:2]
    order = office.shop.orders[int(changed)]
    item = office.shop.basket_items.of(order.id)[0]
    item.quantity += 5
    order.touch(order.date_update + timedelta(seconds=1))
    office.shop.orders[int(gone)].touch(datetime(2026, 10, 5, tzinfo=MOSCOW))
    office.shop.orders[int(gone)].date_insert = datetime(2026, 9, 5, tzinfo=MOSCOW)
    for row in (*office.shop.payments.of(int(gone)), *office.shop.shipments.of(int(gone))):
        setattr(row, "date_paid" if hasattr(row, "date_paid") else "date_deducted", None)

    stage()

    lines = read_table(tmp_path / "20261002T000500-aa" / "lines.parquet").to_pylist()
    assert [row["quantity"] for row in lines if row["line_id"] == str(item.id)] == [item.quantity]
    assert gone not in {row["order_id"] for row in lines}
    assert_is_the_day(tmp_path / "20261002T000500-aa", office)


def test_a_part_that_was_not_written_to_its_end_does_not_count(stage, office, tmp_path):
    with pytest.raises(TransientError):
        stage(until=15)
    (first, *_) = sorted((tmp_path / "unfinished-aa").iterdir())
    (first / "orders.parquet").unlink()

    stage()

    assert_is_the_day(tmp_path / "20261002T000500-aa", office)
