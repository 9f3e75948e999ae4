from tests.builders import World, invoice_body, item_body


def test_a_new_invoice_is_stored_and_answers_201(world: World) -> None:
    answer = world.import_invoice(invoice_no="A-1")
    assert answer.status == 201, answer.body
    assert answer.body["message"] == "Invoice imported successfully"
    assert answer.data["total_amount"] == 70.0
    assert answer.data["result"] == "created"


def test_the_same_bytes_again_change_nothing(world: World) -> None:
    body = invoice_body()
    world.import_invoice(body)
    again = world.import_invoice(body)
    assert (again.status, again.data["result"]) == (200, "unchanged"), again.body


def test_changed_items_update_the_invoice(world: World) -> None:
    body = invoice_body()
    first = world.import_invoice(body)
    again = world.import_invoice(body | {"items": [item_body(quantity=3), item_body(item_code="B")]})
    assert (again.status, again.data["result"], again.data["id"]) == (200, "updated", first.data["id"]), again.body
    detail = world.get(f"/api/sales/invoices/{first.data['id']}/")
    assert detail.status == 200, detail.raw
    assert [item["item_code"] for item in detail.body["items"]] == ["PR650", "B"]
    listed = world.get("/api/sales/invoices/")
    assert listed.status == 200, listed.raw
    assert listed.body["count"] == 1
    assert listed.body["results"][0] == detail.body
