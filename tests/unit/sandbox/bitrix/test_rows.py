"""The shapes of rows and answers, with their mixture of types."""


def test_types_are_mixed_as_on_a_real_portal(portal):
    shop = portal.shop
    item = portal.rows("sale.basketitem.list", "basketItems", filter={"=orderId": 1001})[0]
    shipment = portal.rows("sale.shipment.list", "shipments", filter={"=orderId": 1001})[0]
    put = portal.rows("sale.shipmentitem.list", "shipmentItems", filter={"=orderDeliveryId": shipment["id"]})[
        0
    ]
    payment = portal.rows("sale.payment.list", "payments", filter={"=orderId": 1001})[0]
    kinds = {row["type"] for row in portal.rows("sale.basketitem.list", "basketItems", start=0)}

    assert (item["id"], item["orderId"], item["setParentId"]) == ("5501", "1001", "")
    assert (put["basketId"], put["quantity"]) == (5501, f"{shop.basket_items[5501].quantity:.4f}")
    assert isinstance(shipment["id"], int)
    assert payment["priceCod"] == "0.000000"
    assert kinds >= {"", 2}


def test_numbers_are_numbers_and_absent_ones_are_null(portal):
    def rates(**condition):
        rows = portal.rows("sale.basketitem.list", "basketItems", filter=condition)
        return {repr(row["vatRate"]) for row in rows}

    order = portal.rows("sale.order.list", "orders")[0]

    assert rates(vatRate=0) == {"0"}
    assert rates(vatRate="0.22") == {"0.22"}
    assert "None" in rates(**{"!vatRate": 0})
    assert order["price"] == float(portal.shop.orders[1001].price)
    assert (order["companyId"], order["recurringId"]) == (None, "")


def test_every_table_of_the_contract_is_there_under_its_name(portal):
    tables = {
        "sale.order.list": "orders",
        "sale.basketitem.list": "basketItems",
        "sale.propertyvalue.list": "propertyValues",
        "sale.property.list": "properties",
        "sale.payment.list": "payments",
        "sale.shipment.list": "shipments",
        "sale.shipmentitem.list": "shipmentItems",
        "sale.status.list": "statuses",
        "sale.persontype.list": "personTypes",
        "sale.businessvaluepersondomain.list": "businessValuePersonDomains",
        "sale.tradeplatform.list": "tradePlatforms",
        "sale.tradebinding.list": "tradeBindings",
    }
    for method, wrapper in tables.items():
        result = portal.result(method)
        assert list(result) == [wrapper]
        assert result[wrapper], method


def test_payers_have_domains(portal):
    domains = portal.rows("sale.businessvaluepersondomain.list", "businessValuePersonDomains")
    assert domains == [{"personTypeId": 1, "domain": "I"}, {"personTypeId": 2, "domain": "E"}]


def test_a_binding_names_its_platform_by_text(portal):
    [platform] = {row["tradingPlatformId"] for row in portal.rows("sale.tradebinding.list", "tradeBindings")}
    assert platform in {str(row["id"]) for row in portal.rows("sale.tradeplatform.list", "tradePlatforms")}


def test_pay_systems_come_bare_in_upper_case_and_all_at_once(portal):
    answer = portal.call("sale.paysystem.list", FILTER={"=ENTITY_REGISTRY_TYPE": "ORDER"}, filter={"ID": 1})

    assert [row["ACTION_FILE"] for row in answer["result"]] == ["cash", "yandexcheckout", "bill", "inner"]
    assert "total" not in answer
    assert portal.result("sale.paysystem.list", SELECT=["ID"], ORDER={"ID": "desc"})[0] == {"ID": 5}


def test_a_whole_order_holds_all_that_belongs_to_it(portal):
    order = portal.result("sale.order.get", id=1001)["order"]
    shop = portal.shop

    assert [row["id"] for row in order["basketItems"]] == [str(row.id) for row in shop.basket_items.of(1001)]
    assert [row["id"] for row in order["payments"]] == [row.id for row in shop.payments.of(1001)]
    assert order["shipments"][0]["shipmentItems"][0]["basketId"] == 5501
    assert "orderId" not in order["propertyValues"][0]
    assert order["requisiteLink"] == order["clients"] == []
    assert "tradeBindings" not in order


def test_an_order_from_a_marketplace_shows_where_it_came_from(portal):
    binding = next(iter(portal.shop.trade_bindings.values()))
    order = portal.result("sale.order.get", id=str(binding.order_id))["order"]
    assert [row["externalOrderId"] for row in order["tradeBindings"]] == [binding.external_order_id]


def test_every_answer_says_when_and_how_long(portal):
    spent = portal.call("server.time")["time"]

    assert spent["date_start"] == portal.result("server.time") == "2026-10-12T12:00:00+03:00"
    assert spent["start"] == spent["finish"] == portal.now
    assert spent["operating_reset_at"] == portal.now + 600
