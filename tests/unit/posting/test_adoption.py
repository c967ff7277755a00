"""What stands in the books with our mark is bound, not written a second time."""

from dataclasses import replace
from datetime import date

from bookkeeping.domain import DocumentKind, Status


def test_marked_documents_are_adopted_when_the_ledger_was_lost(office, sales):
    office.books.documents.extend(office.books.shown(each) for each in sales)
    office.expect(*sales)

    assert office.post(*sales) == {Status.POSTED: 6}

    assert office.books.writes == []
    assert [office.entry(each).external_id for each in sales] == [
        shown.external_id for shown in office.books.documents
    ]


def test_documents_of_all_days_of_a_batch_are_adopted(office, sales):
    dated = [
        replace(each, issued_on=date(2026, 10, day)) for each, day in zip(sales[:3], [5, 1, 9], strict=True)
    ]
    office.books.documents.extend(office.books.shown(each) for each in dated)
    office.expect(*dated)

    assert office.post(*dated) == {Status.POSTED: 3}

    assert office.books.writes == []


def test_a_batch_is_compared_with_the_books_in_one_look_a_kind(office, document, sales):
    acts = [document(str(n), kind=DocumentKind.ACT, number=f"B-{n}") for n in range(3)]
    office.expect(*sales, *acts)

    office.post(*sales, *acts)

    assert sorted(look for look in office.books.looks if look != "counterparty") == ["act", "sale"]


def test_only_documents_of_the_same_kind_and_mark_are_adopted(office, sale, document):
    others = [
        office.books.shown(document("71", number="A-71")),
        office.books.shown(sale, number="0", comment="[b2:sale:7]"),
        office.books.shown(sale, number="1", comment="Заказ 7"),
        office.books.shown(sale, number="2", kind=DocumentKind.ACT),
    ]
    office.books.documents.extend(others)
    office.expect(sale)

    office.post(sale)

    assert office.books.marks.count(sale.key.mark) == 2
    assert office.entry(sale).external_id not in {other.external_id for other in others}


def test_a_mark_is_found_wherever_an_accountant_left_it(office, sale):
    comment = f"Звонили 5.10. Заказ № A-7 {sale.key.mark} оплачен"
    office.books.documents.append(office.books.shown(sale, comment=comment))
    office.expect(sale)

    assert office.post(sale) == {Status.POSTED: 1}
    assert office.books.writes == []


def test_a_cancelled_document_is_not_adopted(office, sale):
    office.books.documents.append(office.books.shown(sale, status="cancelled", number="0"))
    office.expect(sale)

    office.post(sale)

    assert office.books.writes.count(sale.key.mark) == 1
