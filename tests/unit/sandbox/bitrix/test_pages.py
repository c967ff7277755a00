"""Pages of rows: by offset, by key, sorted, and with the fields asked for."""


def test_a_page_by_offset_begins_at_a_whole_page_and_counts_all_rows(portal):
    page = portal.call("sale.order.list", start=75, select=["id"])

    assert [row["id"] for row in page["result"]["orders"]] == portal.ids[50:100]
    assert (page["total"], page["next"]) == (180, 100)


def test_the_last_page_by_offset_has_no_next(portal):
    page = portal.call("sale.order.list", start=150, select=["id"])

    assert len(page["result"]["orders"]) == 30
    assert "next" not in page


def test_keyset_pages_count_nothing_and_together_are_all_rows(portal):
    seen, page = [], [0]
    while page:
        answer = portal.call("sale.order.list", start=-1, order={"id": "asc"}, filter={">id": page[-1]})
        page = [row["id"] for row in answer["result"]["orders"]]
        assert len(page) <= 50
        assert not {"total", "next"} & set(answer)
        seen += page

    assert seen == portal.ids


def test_only_minus_one_means_keyset(portal):
    assert portal.call("sale.order.list", start=-2)["total"] == 180


def test_rows_are_sorted_as_asked(portal):
    descending = portal.orders(order={"id": "DESC"}, select=["id"])
    by_buyer = portal.rows(
        "sale.order.list", "orders", order={"userId": "asc", "id": "desc"}, select=["id", "userId"]
    )

    assert descending == portal.ids[:-51:-1]
    assert by_buyer == sorted(by_buyer, key=lambda row: (row["userId"], -row["id"]))


def test_only_selected_fields_come_and_unknown_ones_are_ignored(portal):
    def keys(select):
        return set(portal.rows("sale.order.list", "orders", select=select)[0])

    assert keys(["id", "sumPaid"]) == {"id"}
    assert keys([]) == keys(["*"]) >= {"id", "price", "recountFlag", "version1c"}
    assert "sumPaid" not in keys([])
