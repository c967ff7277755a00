"""What is wrong with whole orders, so that none of their documents may be sent (DESIGN R6, R8)."""

import pandas as pd
import pyarrow.compute as pc

from bookkeeping.domain import HoldReason
from bookkeeping.transforms.columns import ShopFrames
from bookkeeping.transforms.kopecks import (
    KOPECKS_IN_ROUBLE,
    LARGEST,
    TEN_THOUSANDTHS,
    arrow,
    to_roubles,
    to_whole,
)
from bookkeeping.transforms.lines import countable

Hold = tuple[HoldReason, str]
"""Why a document must not be sent, and the detail for the accountant."""

ROUBLES = frozenset({"RUB", "RUR"})


def order_problems(orders: pd.DataFrame, sold: pd.DataFrame, shop: ShopFrames) -> dict[str, Hold]:
    """Return what is wrong with whole orders: what is beyond belief, else currency, else a negative sum.

    Last come sums unlike the price.

    :param sold: as :func:`~bookkeeping.transforms.lines.sold_lines` returns them, of these orders.
    """
    return {
        **overpacked(sold, shop.shipment_items),
        **mismatched(orders, sold, shop.shipments),
        **negative(orders, sold, shop.shipments),
        **in_other_currency(orders),
        **beyond_belief(orders, sold, shop),
    }


def beyond_belief(orders: pd.DataFrame, sold: pd.DataFrame, shop: ShopFrames) -> dict[str, Hold]:
    """An amount of ten billions, or a quantity of millionths, is a slip of the hand."""
    odd = shop.shipment_items[~_countable(shop.shipment_items)]["shipment_id"]
    shipments = shop.shipments
    found = (
        orders["order_id"][orders["price"].abs() >= LARGEST],
        sold["order_id"][~sold["is_believable"]],
        shipments["order_id"][
            (shipments["delivery_price"].abs() >= LARGEST) | shipments["shipment_id"].isin(odd)
        ],
    )
    prices = dict(zip(orders["order_id"], orders["price"], strict=True))
    limit = f"{LARGEST:,.0f}".replace(",", " ")
    return {
        id_: (
            HoldReason.IMPLAUSIBLE_AMOUNT,
            f"сумма заказа {prices.get(id_, 0):.2f}; от {limit} и с пятым знаком в количестве не посылаем",
        )
        for ids in found
        for id_ in ids
    }


def _countable(items: pd.DataFrame) -> pd.Series:
    return pd.Series(countable(items["quantity"]).to_numpy(zero_copy_only=False), items.index)


def in_other_currency(orders: pd.DataFrame) -> dict[str, Hold]:
    """Books are kept in roubles."""
    foreign = orders[~orders["currency"].isin(ROUBLES)]
    return {
        order_id: (HoldReason.UNSUPPORTED_CURRENCY, f"валюта заказа {currency}, в учёте только рубли")
        for order_id, currency in zip(foreign["order_id"], foreign["currency"], strict=True)
    }


def negative(orders: pd.DataFrame, sold: pd.DataFrame, shipments: pd.DataFrame) -> dict[str, Hold]:
    """A document sells something for something: neither may be below zero."""
    found = (
        orders["order_id"][orders["price"] < 0],
        sold["order_id"][(sold["price"] < 0) | (sold["quantity"] <= 0)],
        shipments["order_id"][shipments["delivery_price"] < 0],
    )
    detail = "в заказе отрицательная сумма или количество не больше нуля"
    return {id_: (HoldReason.NEGATIVE_AMOUNT, detail) for ids in found for id_ in ids}


def mismatched(orders: pd.DataFrame, sold: pd.DataFrame, shipments: pd.DataFrame) -> dict[str, Hold]:
    """Lines and delivery must be the order's price to the kopeck."""
    delivery = shipments[shipments["delivery_price"].abs() < LARGEST]
    costs = delivery.assign(total=to_whole(delivery["delivery_price"], KOPECKS_IN_ROUBLE))
    sums = pd.concat([sold[["order_id", "total"]], costs[["order_id", "total"]]]).groupby("order_id")["total"]
    totals = to_roubles(sums.sum().reindex(orders["order_id"], fill_value=0).to_numpy())
    is_wrong = pc.not_equal(arrow(orders["price"]), totals)
    wrong = orders[is_wrong.to_numpy(zero_copy_only=False)]
    return {
        id_: (HoldReason.TOTAL_MISMATCH, f"сумма заказа {price:.2f}, строки с доставкой дают {total:.2f}")
        for id_, price, total in zip(
            wrong["order_id"], wrong["price"], totals.filter(is_wrong).to_pylist(), strict=True
        )
    }


def overpacked(sold: pd.DataFrame, items: pd.DataFrame) -> dict[str, Hold]:
    """What left in shipments cannot be more than was ordered: the documents would exceed the price."""
    items = items[_countable(items)]
    packed = items.assign(pieces=to_whole(items["quantity"], TEN_THOUSANDTHS)).groupby("line_id")["pieces"]
    is_over = packed.sum().reindex(sold["line_id"], fill_value=0).to_numpy() > sold["pieces"]
    detail = "в отгрузках больше товара, чем в заказе"
    return dict.fromkeys(sold["order_id"][is_over], (HoldReason.TOTAL_MISMATCH, detail))
