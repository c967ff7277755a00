"""News of payments in Elba's public API: read whole, whatever an offset means and however often it fails."""

from decimal import Decimal

import pytest

from bookkeeping.errors import MisconfiguredError


def pay(public, bill, amount):
    public.sandbox.post(f"/_sandbox/elba_public/bills/{bill}/pay", {"sum": amount})


def plant_news(public, ids):
    book = public.sandbox.parts.shelf.elba_public
    for number in ids:
        content = {"billId": f"bill-{number}", "billStatus": "paid"}
        money = {"relatedPaymentsSum": Decimal("1.50"), "billSum": Decimal("1.50")}
        book.add("news", {"id": number, "newsType": "billPaymentNews", "newsContent": content | money})


def test_money_that_came_on_a_bill_is_told_once_the_news_are_subscribed_to(public, public_buyer, document):
    bill = public.client.create_document(document(), public_buyer)
    assert public.client.read_news(0) == []

    pay(public, bill, 100.5)
    pay(public, bill, 199.5)

    first, second = public.client.read_news(0)
    assert (first.external_id, first.paid, first.status) == (bill, Decimal("100.5"), "partiallyPaid")
    assert (second.external_id, second.paid, second.status) == (bill, Decimal(300), "paid")
    assert second.total == Decimal("300.00")
    assert first.id < second.id


@pytest.mark.parametrize("again", ["no_content", "conflict"])
def test_a_second_subscription_does_no_harm_whatever_it_is_answered(public, again):
    public.sandbox.behaves(**{"elba_public.resubscription": again})

    assert [public.client.read_news(0) for _ in range(3)] == [[], [], []]
    assert len(public.rows("subscriptions")) == 1


@pytest.mark.parametrize("meaning", ["id", "position"])
@pytest.mark.parametrize(
    "ids", [range(1, 2346), range(1, 9000, 4), range(5_000_000, 5_002_345), [7]], ids=str
)
def test_the_news_are_read_whole_and_nothing_twice_whatever_an_offset_means(public, meaning, ids):
    public.sandbox.behaves(**{"elba_public.news_offset": meaning})
    plant_news(public, ids)

    assert [news.id for news in public.client.read_news(0)] == list(ids)


@pytest.mark.parametrize("meaning", ["id", "position"])
@pytest.mark.parametrize("ids", [range(1, 1201), range(5_000_000, 5_001_200)], ids=str)
def test_of_the_news_that_follow_those_already_known_none_is_lost(public, meaning, ids):
    public.sandbox.behaves(**{"elba_public.news_offset": meaning})
    plant_news(public, ids)

    read = [news.id for news in public.client.read_news(1100)]

    assert read[-100:] == list(ids)[-100:]
    assert len(read) == len(set(read))


def test_news_of_another_kind_are_passed_over(public):
    plant_news(public, [1])
    public.sandbox.parts.shelf.elba_public.add(
        "news", {"id": 2, "newsType": "somethingNew", "newsContent": {}}
    )

    assert [news.id for news in public.client.read_news(0)] == [1]


def test_news_that_cannot_be_read_are_a_setting_to_change(public):
    public.sandbox.parts.shelf.elba_public.add(
        "news", {"id": 1, "newsType": "billPaymentNews", "newsContent": {"billSum": 1}}
    )

    with pytest.raises(MisconfiguredError, match="news"):
        public.client.read_news(0)


@pytest.mark.parametrize("fault", ["429", "500", "500_after", "reset_after", "drop_before", "html"])
def test_news_survive_a_passing_failure(public, fault):
    public.sandbox.breaks(fault, method="*", times=2)
    public.sandbox.behaves(**{"elba_public.resubscription": "conflict"})

    assert public.client.read_news(0) == []
