"""What is staged is read back exactly, and half a file is never read."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookkeeping.domain import (
    Counterparty,
    CounterpartyKind,
    Document,
    DocumentKey,
    DocumentKind,
    DocumentLine,
    VatRate,
    to_kopecks,
)
from bookkeeping.errors import MisconfiguredError
from bookkeeping.files import write_whole
from bookkeeping.storage import (
    newest_extraction,
    read_documents,
    read_parts,
    read_shop,
    read_table,
    write_documents,
    write_table,
)
from bookkeeping.transforms.columns import EXACT, FLAG, KOPECKS, MOMENT, SCHEMAS, TEXT, VERSION, to_table
from bookkeeping.transforms.lines import plain

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
roubles = st.decimals(0, Decimal("1e12"), places=2).map(to_kopecks)
quantities = st.decimals(Decimal("1e-8"), Decimal("1e6"), places=8).map(plain)

lines = st.builds(
    DocumentLine,
    name=texts,
    quantity=quantities,
    unit=texts,
    price=roubles,
    total=roubles,
    vat_rate=st.sampled_from(VatRate),
    vat=roubles,
    is_service=st.booleans(),
)
counterparties = st.builds(
    Counterparty,
    kind=st.sampled_from(CounterpartyKind),
    **dict.fromkeys(("key", "name", "inn", "kpp", "email", "phone", "address"), texts),
)
documents = st.builds(
    Document,
    key=st.builds(DocumentKey, texts, st.sampled_from(DocumentKind), texts, texts),
    number=texts,
    issued_on=days,
    counterparty=counterparties,
    lines=st.lists(lines, max_size=3).map(tuple),
    order_number=texts,
    pay_by=st.none() | days,
)

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
VALUES = {
    TEXT: texts,
    FLAG: st.booleans(),
    VERSION: st.integers(0, 2**63 - 1),
    MOMENT: moments,
    EXACT: st.decimals(Decimal("-1e15"), Decimal("1e15"), places=8),
    KOPECKS: st.decimals(Decimal("-1e15"), Decimal("1e15"), places=2),
}


def rows_of(schema):
    columns = {
        field.name: st.none() | VALUES[field.type] if field.nullable else VALUES[field.type]
        for field in schema
    }
    return st.lists(st.fixed_dictionaries(columns), max_size=3)


# Every example replaces the files of the one before, as a repeated task does.
def write_shop(folder, tables):
    for name, table in tables.items():
        write_table(folder / f"{name}.parquet", table)


over_old_files = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@over_old_files
@given(st.lists(documents, max_size=3))
def test_documents_come_back_exactly(tmp_path, batch):
    write_documents(tmp_path, [batch])

    read = read_documents(tmp_path, 0)

    assert read == batch
    assert [str(each) for each in read] == [str(each) for each in batch]
    assert [each.content_hash for each in read] == [each.content_hash for each in batch]


def test_each_batch_is_read_alone_and_in_order(tmp_path, document):
    sales = [document(str(n)) for n in range(5)]
    write_documents(tmp_path, [sales[:2], [], sales[2:]])

    assert [read_documents(tmp_path, n) for n in range(4)] == [sales[:2], [], sales[2:], []]


def test_a_day_without_documents_can_be_staged(tmp_path):
    write_documents(tmp_path, [])

    assert read_documents(tmp_path, 0) == []


def test_a_fraction_of_a_kopeck_is_refused_not_rounded(tmp_path, document):
    sale = document()
    (line,) = sale.lines
    odd = replace(sale, lines=(replace(line, price=Decimal("1.005")),))

    with pytest.raises(pa.ArrowInvalid, match="data loss"):
        write_documents(tmp_path, [[odd]])


@over_old_files
@given(st.fixed_dictionaries({name: rows_of(schema) for name, schema in SCHEMAS.items()}))
def test_a_day_of_the_shop_comes_back_exactly(tmp_path, shop):
    write_shop(tmp_path, {name: to_table(rows, SCHEMAS[name]) for name, rows in shop.items()})

    frames = read_shop(tmp_path)

    for name, rows in shop.items():
        frame = getattr(frames, name)
        assert list(frame.columns) == SCHEMAS[name].names
        assert [without_gaps(row) for row in frame.to_dict("records")] == [without_gaps(row) for row in rows]


def without_gaps(row):
    return {name: value for name, value in row.items() if not pd.isna(value)}


def test_money_of_the_shop_stays_decimal_and_moments_stay_in_utc(tmp_path):
    row = {
        "payment_id": "9",
        "order_id": "7",
        "paid": True,
        "amount": Decimal("0.10"),
        "is_cash": False,
        "is_card": False,
        "is_inner": False,
        "returned": "N",
        "paid_at": datetime(2026, 10, 3, 12, tzinfo=UTC),
        "returned_at": None,
    }
    tables = {name: to_table([], schema) for name, schema in SCHEMAS.items()}
    write_shop(tmp_path, {**tables, "payments": to_table([row], SCHEMAS["payments"])})

    payments = read_shop(tmp_path).payments

    assert [type(value) for value in payments["amount"]] == [Decimal]
    assert str(payments["paid_at"].dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize("lost", SCHEMAS["payments"].names)
def test_files_that_another_version_has_staged_are_refused_and_say_what_to_do(tmp_path, lost):
    tables = {name: to_table([], schema) for name, schema in SCHEMAS.items()}
    write_shop(tmp_path, {**tables, "payments": tables["payments"].drop_columns([lost])})

    for read in (read_shop, lambda folder: list(read_parts(folder))):
        with pytest.raises(MisconfiguredError, match=r"payments have other columns(.|\n)*sync_orders"):
            read(tmp_path)


class DyingFile(io.BytesIO):
    """A disk on which every file breaks off in the middle."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def write(self, data):
        self.path.write_bytes(data[: len(data) // 2])
        raise OSError("no space left on device")


class DyingPath(type(Path())):
    def open(self, *_how):
        return DyingFile(Path(self))


def test_a_crash_in_the_middle_of_a_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "documents.parquet"
    write_table(path, pa.table({"a": [1]}))

    with pytest.raises(OSError, match="no space left"):
        write_whole(DyingPath(path), b"new" * 1000)

    assert read_table(path).to_pylist() == [{"a": 1}]


def test_a_crash_in_the_middle_of_the_first_write_leaves_no_file(tmp_path):
    path = tmp_path / "new" / "documents.parquet"

    with pytest.raises(OSError, match="no space left"):
        write_whole(DyingPath(path), b"new" * 1000)

    assert not path.exists()


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "new" / "folder" / "file"

    write_whole(path, b"a long first version")
    write_whole(path, b"second")

    assert path.read_bytes() == b"second"
    assert list(path.parent.iterdir()) == [path]


def test_two_tasks_that_write_one_file_do_not_write_into_each_other(tmp_path):
    path = tmp_path / "file"

    class SlowPath(type(Path())):
        def open(self, *how):
            opened = super().open(*how)
            write_whole(path, b"quick")
            return opened

    write_whole(SlowPath(path), b"slow and long")

    assert path.read_bytes() == b"slow and long"
    assert list(tmp_path.iterdir()) == [path]


def test_the_newest_whole_extraction_of_a_day_is_the_one_to_read(tmp_path):
    assert newest_extraction(tmp_path / "never") is None
    for name in ("20261003T100000", "20261003T110000", "20261003T120000"):
        for table in SCHEMAS:
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / f"{table}.parquet").touch()
    (tmp_path / "20261003T120000" / "payments.parquet").unlink()

    assert newest_extraction(tmp_path).name == "20261003T110000"
