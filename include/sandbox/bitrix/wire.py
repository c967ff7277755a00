"""The tables of the portal field by field, with the mixture of types in which it sends them."""

from __future__ import annotations

from sandbox.bitrix.columns import columns_of
from sandbox.bitrix.values import decimal_text, digits
from sandbox.shop import model

ORDER = columns_of(
    model.Order,
    constants={
        "personTypeXmlId": "",
        "statusXmlId": "",
        "empStatusId": 1,
        "empCanceledId": None,
        "dateMarked": None,
        "empMarkedId": None,
        "recurringId": "",
        "lockedBy": "",
        "dateLock": None,
        "recountFlag": "Y",
        "affiliateId": None,
    },
)

BASKET_ITEM = columns_of(
    model.BasketItem,
    written={"id": digits, "order_id": digits, "set_parent_id": digits},
    blank={"type", "set_parent_id"},
    constants={
        "customPrice": "N",
        "productXmlId": "",
        "catalogXmlId": "",
        "dateRefresh": None,
        "fuserId": 4,
        "priceTypeId": 1,
        "productPriceId": 112,
        "detailPageUrl": "",
        "weight": 0,
        "dimensions": "",
        "canBuy": "Y",
        "notes": "",
        "barcodeMulti": "N",
        "subscribe": "N",
        "recommendation": "",
        "discountName": "",
        "discountValue": "",
        "discountCoupon": "",
        "module": "catalog",
        "productProviderClass": "",
    },
)

PROPERTY_VALUE = columns_of(model.PropertyValue, constants={"orderPropsXmlId": None})

PAYMENT = columns_of(
    model.Payment,
    constants={
        "empPaidId": None,
        "paySystemXmlId": "",
        "empReturnId": None,
        "datePayBefore": None,
        "psStatusCode": "",
        "psStatusDescription": "",
        "psStatusMessage": "",
        "priceCod": "0.000000",
        "companyId": 0,
        "responsibleId": None,
        "empResponsibleId": None,
        "dateResponsibleId": None,
        "updated1c": "N",
        "version1c": "",
        "externalPayment": "N",
        "marked": "N",
        "dateMarked": None,
        "empMarkedId": None,
        "reasonMarked": "",
    },
)

SHIPMENT = columns_of(
    model.Shipment,
    constants={
        "customPriceDelivery": "N",
        "system": "N",
        "companyId": 0,
        "marked": "N",
        "reasonMarked": "",
        "comments": "",
        "externalDelivery": "N",
        "id1c": "",
    },
)

SHIPMENT_ITEM = columns_of(
    model.ShipmentItem, written={"quantity": decimal_text}, constants={"reservedQuantity": 0}
)

PROPERTY = columns_of(
    model.Property,
    constants={
        "type": "STRING",
        "active": "Y",
        "util": "N",
        "multiple": "N",
        "isZip": "N",
        "isLocation": "N",
        "xmlId": "",
        "settings": (),
    },
)

STATUS = columns_of(model.Status, constants={"notify": "Y", "xmlId": None})

PERSON_TYPE = columns_of(model.PersonType, written={"sort": digits}, constants={"active": "Y", "xmlId": ""})

PERSON_DOMAIN = columns_of(model.PersonDomain)

TRADE_PLATFORM = columns_of(model.TradePlatform)

TRADE_BINDING = columns_of(
    model.TradeBinding, written={"trading_platform_id": digits}, constants={"params": None}
)

PAY_SYSTEM = columns_of(model.PaySystem, named=str.upper)
