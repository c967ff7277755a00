"""The ledger keeps what was sent, line by line, for as long as it is what was last sent (DESIGN R10)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from alembic import command

from bookkeeping.domain import DocumentLine, Status, VatRate
from bookkeeping.errors import OutcomeUnknownError, TransientError
from bookkeeping.ledger import SyncLedger, open_engine, sent_contents
from bookkeeping.ledger.engine import _config, migrate
from bookkeeping.ledger.tables import contents
from bookkeeping.transforms.revisions import content_of

ODD = DocumentLine(
    name='Кабель "UTP" 5e, 1\\2\n№ 7\0',
    quantity=Decimal("0.350"),
    unit="м",
    price=Decimal("1234567.89"),
    total=Decimal("432098.76"),
    vat_rate=VatRate.NONE,
    vat=Decimal(0),
    is_service=True,
)


@pytest.fixture
def sale(document, company_buyer):
    buyer = replace(company_buyer, name="Тайный покупатель", email="secret@example.ru", phone="+79001234567")
    return document(lines=(*document().lines, ODD), counterparty=buyer, pay_by=date(2026, 10, 8))


def says(document, **changes):
    return {"sent_hash": document.content_hash, "content": content_of(document), **changes}


@pytest.fixture
def claim(ledger, due_of):
    """Let an attempt at a document begin."""

    def begin(document):
        ledger.expect([due_of(document)])
        return ledger.claim(str(document.key), says(document))

    return begin


@pytest.fixture
def known(ledger, engine):
    """Return what the ledger says that a document says in the books."""

    def content(document):
        entry = ledger.entry(str(document.key))
        return sent_contents(engine, [entry]).get(entry.key) if entry else None

    return content


def rows(engine):
    with engine.begin() as tx:
        return [dict(row) for row in tx.execute(sa.select(contents)).mappings()]


def test_what_is_sent_is_kept_to_the_last_digit(claim, known, sale):
    claim(sale)

    assert known(sale) == content_of(sale)
    assert (known(sale).total, known(sale).vat) == (sale.total, sale.vat)


def test_it_is_there_before_an_answer_comes_and_after_none_does(ledger, claim, known, sale):
    attempt = claim(sale)
    ledger.release(attempt, OutcomeUnknownError("no answer"))
    ledger.expire()
    ledger.confirm(str(sale.key), "17", "found")

    assert ledger.status_of(str(sale.key)) is Status.POSTED
    assert known(sale) == content_of(sale)


def test_nothing_is_kept_of_a_claim_that_was_lost(ledger, engine, sale, due_of):
    ledger.expect([due_of(sale, due_hash="something newer")])

    assert ledger.claim(str(sale.key), says(sale)) is None
    assert rows(engine) == []


def test_of_the_buyer_only_the_key_is_kept(claim, engine, sale):
    claim(sale)

    text = str(rows(engine))
    assert sale.counterparty.key in text
    assert not [word for word in ("Тайный", "secret@", "+7900") if word in text]


def test_what_was_sent_last_takes_the_place_of_what_was_sent_before(ledger, engine, claim, known, sale):
    dearer = replace(sale, lines=(ODD,))
    ledger.bind(claim(sale), "17")

    assert ledger.brought_up(str(sale.key), says(dearer))

    assert known(sale) == content_of(dearer)
    assert len(rows(engine)) == 1


def test_an_attempt_that_came_back_and_goes_out_with_more_keeps_the_last(ledger, engine, claim, known, sale):
    more = replace(sale, lines=(*sale.lines, ODD))
    ledger.release(claim(sale), TransientError("busy"))

    claim(more)

    assert known(sale) == content_of(more)
    assert len(rows(engine)) == 1


def test_what_stands_otherwise_than_we_would_write_it_is_not_known(ledger, engine, claim, known, sale):
    ledger.bind(claim(sale), "17")

    ledger.brought_up(str(sale.key), {"sent_hash": "found otherwise", "content": None})

    assert known(sale) is None
    assert rows(engine) == []


def test_a_cancelled_document_still_says_what_it_said(ledger, claim, known, sale):
    ledger.bind(claim(sale), "17")

    ledger.brought_up(str(sale.key), {"sent_hash": ""})

    assert known(sale) == content_of(sale)


def test_a_content_of_another_hash_is_not_taken_for_what_was_sent(ledger, claim, known, sale):
    ledger.bind(claim(sale), "17")

    ledger.brought_up(str(sale.key), {"sent_hash": "by an older version of this program"})

    assert known(sale) is None


@pytest.mark.parametrize("in_flight", [True, False])
def test_what_was_never_written_and_is_due_no_more_is_forgotten(ledger, engine, claim, sale, in_flight):
    attempt = claim(sale)
    if not in_flight:
        ledger.release(attempt, TransientError("busy"))
    ledger.withdraw("romashka", [sale.key.order_id], [sale.key.kind], date(2026, 11, 1), due=())
    if in_flight:
        ledger.release(attempt, TransientError("busy"))

    assert ledger.entry(str(sale.key)) is None
    assert rows(engine) == []


def test_more_may_be_asked_for_than_a_statement_takes(ledger, engine, claim, sale):
    claim(sale)
    entry = ledger.entry(str(sale.key))
    others = [replace(entry, key=f"romashka/sale/{n}") for n in range(40_000)]

    assert list(sent_contents(engine, [*others, entry])) == [entry.key]


def test_a_ledger_from_before_knows_no_contents_and_goes_on(tmp_path, sale, due_of):
    engine = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    ledger = SyncLedger(engine)
    ledger.expect([due_of(sale)])
    ledger.bind(ledger.claim(str(sale.key), {"sent_hash": sale.content_hash}), "17")
    _downgrade(engine, "0003")

    migrate(engine)

    entry = ledger.entry(str(sale.key))
    assert (entry.status, entry.changed) == (Status.POSTED, False)
    assert sent_contents(engine, [entry]) == {}
    engine.dispose()


def _downgrade(engine, revision):
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
