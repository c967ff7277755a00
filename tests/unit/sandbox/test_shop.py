"""The seeded shop is one that an accountant would believe, and says itself where it makes no sense."""

from collections import Counter
from datetime import UTC, date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from stdnum.ru import inn as tax_number

from sandbox.shop import Oddity, build_shop
from sandbox.shop.dictionaries import CARD, CASH, INNER, TRANSFER
from sandbox.shop.model import INDIVIDUAL, LEGAL_ENTITY, SERVICE, SET

FIRST_DAY = date(2026, 10, 1)
DAYS, A_DAY = 10, 60
ORDERS = DAYS * A_DAY
KOPECK = Decimal("0.01")


def make(**changes):
    return build_shop(**{"seed": 7, "first_day": FIRST_DAY, "days": DAYS, "orders_per_day": A_DAY} | changes)


@pytest.fixture(scope="module")
def shop():
    return make()


@pytest.fixture(scope="module")
def answers(shop):
    """What buyers wrote into the order form, by order and code."""
    found = {order_id: {} for order_id in shop.orders}
    for row in shop.property_values.values():
        found[row.order_id][row.code] = row.value or ""
    return found


def sound(shop):
    return [order for order in shop.orders.values() if order.id not in shop.oddities]


def odd(shop, oddity):
    return [shop.orders[order_id] for order_id, reason in shop.oddities.items() if reason is oddity]


def rounded(amount):
    return amount.quantize(KOPECK, ROUND_HALF_UP)


def lines_of(shop, order):
    return [item for item in shop.basket_items.of(order.id) if item.set_parent_id in (None, item.id)]


def comes_to(shop, order):
    """What an order should cost, by the rules of the contract and none of the shop's own code."""
    total = sum(shipment.price_delivery for shipment in shop.shipments.of(order.id))
    for item in lines_of(shop, order):
        total += rounded(item.price * item.quantity)
        if not item.vat_included:
            total += rounded(item.price * item.vat_rate * item.quantity)
    return total


def paid(shop, order):
    return [payment for payment in shop.payments.of(order.id) if payment.date_paid]


def sent(shop, order):
    return [shipment for shipment in shop.shipments.of(order.id) if shipment.deducted]


def share(found):
    return len(found) / ORDERS


def test_the_same_arguments_make_the_same_shop():
    def everything(shop):
        return repr([list(table.values()) for table in (shop.orders, shop.basket_items, shop.payments)])

    few = {"days": 2, "orders_per_day": 20}
    assert everything(make(**few)) == everything(make(**few))
    assert everything(make(**few)) != everything(make(**few, seed=8))


def test_each_day_gets_its_orders_at_any_hour_in_the_order_of_their_ids(shop):
    placed = [order.date_insert for order in shop.orders.values()]

    assert placed == sorted(placed)
    assert Counter(moment.date() for moment in placed) == {
        FIRST_DAY + timedelta(days=day): A_DAY for day in range(DAYS)
    }
    assert {moment.hour for moment in placed} == set(range(24))


def test_moments_are_in_the_zone_of_the_server():
    far = make(days=1, timezone="Asia/Yekaterinburg").orders
    assert {order.date_insert.utcoffset() for order in far.values()} == {timedelta(hours=5)}


def test_sites_take_turns(shop):
    sites = [order.lid for order in shop.orders.values()]
    assert sites == ["s1", "s2", "s3"] * (ORDERS // 3)


def test_every_order_comes_to_its_lines_and_its_delivery_unless_that_is_what_is_odd(shop):
    wrong = [order.id for order in shop.orders.values() if order.price != comes_to(shop, order)]
    assert wrong == [order.id for order in odd(shop, Oddity.WRONG_TOTAL)]


def test_every_sound_order_costs_something_and_has_no_line_below_nought(shop):
    assert all(order.price > 0 for order in sound(shop))
    assert all(line.price >= 0 for order in sound(shop) for line in lines_of(shop, order))


def test_the_vat_of_an_order_is_that_of_its_lines(shop):
    for order in shop.orders.values():
        total = Decimal(0)
        for item in lines_of(shop, order):
            rate = item.vat_rate or Decimal(0)
            unit = item.price * rate / (1 + rate) if item.vat_included else item.price * rate
            total += rounded(unit * item.quantity)
        assert order.tax_value == total


def test_rates_are_those_of_the_year(shop):
    rates = {item.vat_rate for order in sound(shop) for item in shop.basket_items.of(order.id)}
    assert rates == {Decimal("0.22"), Decimal("0.1"), Decimal(0), None}
    year_before = make(first_day=date(2025, 10, 1), days=1)
    assert Decimal("0.2") in {item.vat_rate for item in year_before.basket_items.values()}


def test_baskets_are_of_every_sort(shop):
    items = list(shop.basket_items.values())
    sizes = Counter(len(lines_of(shop, order)) for order in shop.orders.values())

    assert set(sizes) >= {1, 2, 3, 4, 5, 6}
    assert max(sizes) >= 40
    assert {item.type for item in items} == {None, SERVICE, SET}
    assert {item.measure_code for item in items} >= {"796", "166", "006", "055", "778", "839", "356", "876"}
    assert any(item.quantity % 1 for item in items)
    assert any(-item.price.as_tuple().exponent == 4 for item in items)
    assert any(item.price == 0 < item.base_price for item in items)
    assert 0.01 < sum(not item.vat_included for item in items) / len(items) < 0.15


def test_a_discount_explains_the_price(shop):
    items = shop.basket_items.values()
    assert all(abs(item.base_price - item.discount_price - item.price) < KOPECK for item in items)
    assert any(item.discount_price > 0 for item in items)


def test_a_set_is_followed_by_its_parts_which_cost_nothing_more(shop):
    sets = [item for item in shop.basket_items.values() if item.type == SET]
    parts = Counter(item.set_parent_id for item in shop.basket_items.values() if not item.is_line)

    assert {item.id for item in sets} == set(parts)
    assert min(parts.values()) >= 2
    assert {item.set_parent_id == item.id for item in sets} == {True, False}


def test_tax_numbers_are_right_unless_that_is_what_is_odd(shop, answers):
    companies = [order for order in shop.orders.values() if order.person_type_id == LEGAL_ENTITY]
    wrong_inn = {order.id for order in companies if not tax_number.is_valid(answers[order.id]["INN"])}
    by_length = {10: 0, 12: 0}
    wrong_kpp = set()
    for order in companies:
        digits = tax_number.compact(answers[order.id]["INN"])
        by_length[len(digits)] += 1
        if len(answers[order.id]["KPP"]) != (9 if len(digits) == 10 else 0):
            wrong_kpp.add(order.id)

    assert wrong_inn == {order.id for order in odd(shop, Oddity.INN_CHECK_DIGIT)}
    assert wrong_kpp == {order.id for order in odd(shop, Oddity.KPP_LENGTH)}
    assert by_length[10] > by_length[12] > 0


def test_individuals_leave_a_contact_and_no_tax_number_and_a_few_leave_nothing(shop, answers):
    forms = [answers[order.id] for order in shop.orders.values() if order.person_type_id == INDIVIDUAL]

    assert all(set(form) == {"FIO", "EMAIL", "PHONE"} for form in forms)
    assert 0 < sum(not any(form.values()) for form in forms) / len(forms) < 0.1
    assert any(form["EMAIL"] and not form["PHONE"] for form in forms)
    assert any(form["PHONE"] and not form["EMAIL"] for form in forms)


def test_companies_have_names_and_mostly_addresses(shop, answers):
    companies = [order for order in shop.orders.values() if order.person_type_id == LEGAL_ENTITY]
    nameless = [order for order in companies if not answers[order.id]["COMPANY"]]
    homeless = [order for order in companies if not answers[order.id]["COMPANY_ADR"]]

    assert nameless == odd(shop, Oddity.NAMELESS_COMPANY)
    assert 0 < len(homeless) / len(companies) < 0.15


def test_a_quarter_of_the_orders_comes_from_known_buyers(shop):
    buyers = Counter(order.user_id for order in shop.orders.values())
    assert share(range(ORDERS - len(buyers))) == pytest.approx(0.25, abs=0.02)


def test_a_known_company_comes_back_under_another_spelling(shop, answers):
    spellings = {}
    for order in sound(shop):
        if written := answers[order.id].get("INN"):
            number = tax_number.compact(written)
            spellings.setdefault(number, set()).add((written, answers[order.id]["KPP"]))
    again = [variants for variants in spellings.values() if len(variants) > 1]

    assert any(len({written for written, _ in variants}) > 1 for variants in again)
    assert any(len({kpp for _, kpp in variants}) > 1 for variants in again)


def test_account_numbers_are_unique_and_some_bear_a_slash(shop):
    numbers = [order.account_number for order in shop.orders.values()]

    assert len(set(numbers)) == ORDERS
    assert all(order.account_number in (str(order.id), f"{order.id}/26") for order in shop.orders.values())
    assert 0.1 < sum("/" in number for number in numbers) / ORDERS < 0.25


def events_of(shop, order):
    """The moments at which an order was saved, except those that a return without a date hides."""
    moments = [payment.date_paid for payment in paid(shop, order)]
    moments += [shipment.date_deducted for shipment in sent(shop, order)]
    return [*moments, order.date_canceled] if order.canceled else moments


def test_everything_happens_after_the_order_and_the_last_of_it_is_its_update(shop):
    for order in shop.orders.values():
        moments = events_of(shop, order)
        is_returned = any(payment.is_return != "N" for payment in paid(shop, order)) and not order.canceled
        assert all(order.date_insert <= moment <= order.date_update for moment in moments)
        assert order.date_insert <= order.date_status <= order.date_update
        assert order.version == 1 + len(moments) + is_returned
        if not is_returned:
            assert order.date_update == max(moments, default=order.date_insert)


def test_a_shipment_leaves_within_three_days_and_two_leave_on_different_days(shop):
    for order in sound(shop):
        first, *others = [shipment.date_deducted for shipment in sent(shop, order)] or [order.date_insert]
        assert 0 <= (first.date() - order.date_insert.date()).days <= 3
        assert all(other.date() > first.date() for other in others)


def test_shipments_hold_what_was_ordered(shop):
    left_out = 0
    for order in shop.orders.values():
        shipped = Counter()
        for shipment in shop.shipments.of(order.id):
            for row in shop.shipment_items.of(shipment.id):
                assert row.quantity > 0
                shipped[row.basket_id] += row.quantity
        ordered = {item.id: item.quantity for item in shop.basket_items.of(order.id)}
        assert all(quantity <= ordered[item_id] for item_id, quantity in shipped.items())
        left_out += dict(shipped) != ordered
    assert 0 < left_out / ORDERS < 0.04


def test_lives_come_in_their_shares(shop):
    orders = sound(shop)
    in_two = [order for order in orders if len(sent(shop, order)) == 2]
    in_part = [order for order in orders if sent(shop, order) and not order.deducted]
    cancelled = [order for order in orders if order.canceled]
    refunds = Counter(payment.is_return for payment in shop.payments.values())

    assert share(in_two) == pytest.approx(0.08, abs=0.02)
    assert share(in_part) == pytest.approx(0.06, abs=0.02)
    assert share(cancelled) == pytest.approx(0.06, abs=0.01)
    assert (refunds["P"] + refunds["Y"]) / ORDERS == pytest.approx(0.04, abs=0.015)
    assert refunds["P"] > refunds["Y"] > 0


def test_orders_are_cancelled_before_and_after_payment_and_even_after_shipping(shop):
    cancelled = [order for order in shop.orders.values() if order.canceled]

    assert any(not paid(shop, order) for order in cancelled)
    assert any(paid(shop, order) and not sent(shop, order) for order in cancelled)
    assert any(sent(shop, order) for order in cancelled)


def test_returns_are_dated_or_not_and_some_gateways_call_the_payment_unpaid():
    returned = [payment for payment in make(days=30).payments.values() if payment.is_return == "P"]

    assert any(payment.pay_return_date is None for payment in returned)
    assert any(not payment.paid for payment in returned)
    for payment in returned:
        if payment.pay_return_date:
            assert payment.pay_return_date.astimezone(UTC).time().isoformat() == "00:00:00"
            assert payment.pay_return_date.date() >= payment.date_paid.date()


def test_payments_cover_the_order_by_every_way_and_now_and_then_too_much(shop):
    payments = list(shop.payments.values())
    over = [order for order in sound(shop) if billed(shop, order) > order.price]
    never = [order for order in sound(shop) if not paid(shop, order)]

    assert all(billed(shop, order) >= order.price for order in shop.orders.values())
    assert all(payment.sum > 0 for payment in payments)
    assert share(over) == pytest.approx(0.04, abs=0.01)
    assert 0.03 < share(never) < 0.12
    assert {(payment.pay_system_id, payment.pay_system_is_cash) for payment in payments} == {
        (CASH.id, "Y"),
        (CARD.id, "A"),
        (TRANSFER.id, "N"),
        (INNER.id, "N"),
    }
    assert any(len(paid(shop, order)) == 2 for order in shop.orders.values())


def billed(shop, order):
    return sum(payment.sum for payment in shop.payments.of(order.id))


def test_an_order_is_paid_when_its_payments_say_so(shop):
    for order in shop.orders.values():
        received = sum(payment.sum for payment in shop.payments.of(order.id) if payment.paid)
        assert order.payed == (received >= order.price)


def test_about_half_of_the_orders_pay_for_delivery(shop):
    prices = [sum(s.price_delivery for s in shop.shipments.of(order.id)) for order in shop.orders.values()]
    assert 0.35 < sum(price > 0 for price in prices) / ORDERS < 0.55


def test_few_orders_make_no_sense_and_in_every_way(shop):
    assert share(shop.oddities) == pytest.approx(0.03, abs=0.005)
    assert set(make(days=1, orders_per_day=280).oddities.values()) == set(Oddity)


def test_an_odd_order_is_paid_and_shipped_so_that_it_matters(shop):
    for order_id in shop.oddities:
        order = shop.orders[order_id]
        assert (order.deducted, order.payed, order.canceled) == (True, True, False)


def test_an_odd_order_is_odd_in_the_way_it_says(shop):
    dollars = {order.id for order in shop.orders.values() if order.currency == "USD"}
    stale = {item.order_id for item in shop.basket_items.values() if item.vat_rate == Decimal("0.2")}
    negative = {item.order_id for item in shop.basket_items.values() if item.price < 0}

    assert dollars == {order.id for order in odd(shop, Oddity.CURRENCY)}
    assert stale == {order.id for order in odd(shop, Oddity.STALE_VAT)}
    assert negative == {order.id for order in odd(shop, Oddity.NEGATIVE_LINE)}
    assert {payment.order_id for payment in shop.payments.values() if payment.currency == "USD"} == dollars


def test_a_table_keeps_its_rows_by_id_whatever_the_order_they_come_in(shop):
    first, second, third = list(shop.orders.values())[:3]
    table = type(shop.orders)(first_id=first.id, parent="user_id")
    for order in (third, first):
        table.add(order)

    assert list(table) == [first.id, third.id]
    assert table.next_id == third.id + 1
    assert list(table.above(first.id)) == [third]
    assert table.of(first.user_id, third.user_id) == [first, third]
    assert table.of_range(first.user_id, second.user_id) == [first]
    with pytest.raises(KeyError):
        table.add(first)
