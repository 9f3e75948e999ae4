"""``POST /api/sales/import/invoice/``: what is stored, what is answered, and what a second import does to the first."""

import copy
import re
from typing import Any

import pytest

from erp.rights import Role
from invoices.api.examples import LIFECARE, PHARMACY
from tests.builders import Answer, World, invoice_body, item_body
from tests.observing import count_of, rows_of

PATH = "/api/sales/import/invoice/"
DATA = {"id", "invoice_no", "total_amount", "priority", "status", "billing_status", "created_at", "result"}
CUSTOMER = {"code": "CUST-889", "name": "LifeCare Pharmacy"}


def detail_of(world: World, answer: Answer) -> Any:
    detail = world.get(f"/api/sales/invoices/{answer.data['id']}/")
    assert detail.status == 200, detail.raw
    return detail.body


def item_ids(world: World, answer: Answer) -> dict[str, str]:
    return {item["item_code"]: item["id"] for item in detail_of(world, answer)["items"]}


# ── The published samples ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_published_pharmacy_sample_is_answered_as_printed_with_a_warning_of_its_total(world: World) -> None:
    answer = world.import_invoice(PHARMACY)
    assert answer.status == 201
    assert answer.body.keys() == {"success", "message", "data", "warnings"}
    assert (answer.body["success"], answer.body["message"]) == (True, "Invoice imported successfully")
    assert answer.data.keys() == DATA
    shown = {name: value for name, value in answer.data.items() if name not in {"id", "created_at"}}
    assert shown == {
        "invoice_no": "INV-TEST-2026-001",
        "total_amount": 8725.0,
        "priority": "HIGH",
        "status": "INVOICED",
        "billing_status": "BILLED",
        "result": "created",
    }
    assert isinstance(answer.data["id"], int)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", answer.data["created_at"])
    assert answer.body["warnings"] == [
        {
            "code": "total-mismatch",
            "message": "The given Total 8725.00 differs from the sum of the items, 13650.00; the given one was kept.",
            "field": "Total",
            "given": "8725.00",
            "items_total": "13650.00",
        }
    ]
    assert b'"total_amount":8725.00,' in answer.raw, "a number with its two places, never through a float"


def test_every_field_of_the_pharmacy_sample_is_shown_again(world: World) -> None:
    shown = detail_of(world, world.import_invoice(PHARMACY))
    for name in ("invoice_no", "invoice_date", "created_by", "priority", "temp_name", "remarks"):
        assert shown[name] == PHARMACY[name]
    assert shown["salesman"]["name"] == "Ahmed Khan"
    assert shown["customer"] == {"address3": "", "pincode": ""} | PHARMACY["customer"]
    for line_no, (item, sent) in enumerate(zip(shown["items"], PHARMACY["items"], strict=True), start=1):
        assert {name: value for name, value in item.items() if name != "id"} == {"line_no": line_no} | sent
    assert (shown["Total"], shown["total_amount"], shown["items_total"]) == ("8725.00", 8725.0, 13650.0)


def test_the_published_lifecare_sample_is_worth_its_lines(world: World) -> None:
    answer = world.import_invoice(LIFECARE)
    assert answer.status == 201
    assert answer.body.keys() == {"success", "message", "data"}
    assert answer.data["total_amount"] == 920.0
    assert b'"total_amount":920.00,' in answer.raw
    assert detail_of(world, answer)["Total"] == "920.00"


def test_the_lifecare_sample_as_printed_is_no_json_and_says_where(world: World) -> None:
    printed = b'{\n  "customer": {\n    "email": "lifecare@shop.com"\n  ,\n  "items": []\n}\n'
    answer = world.import_invoice(printed)
    assert (answer.status, answer.body["code"]) == (400, "parse-error")
    assert "line 7, column 1" in answer.body["message"]


# ── New, changed, unchanged ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_smallest_invoice_gets_every_default(world: World) -> None:
    answer = world.import_invoice(invoice_body())
    assert (answer.status, answer.data["result"], answer.data["priority"]) == (201, "created", "MEDIUM")
    shown = detail_of(world, answer)
    assert (shown["created_by"], shown["temp_name"], shown["remarks"], shown["created_user"]) == ("", "", "", None)
    assert (shown["picker_info"], shown["packer_info"], shown["delivery_info"], shown["return_info"]) == (None,) * 4
    assert (shown["current_handler"], shown["tray_codes"], shown["is_express_delivery"]) == (None, [], False)
    assert shown["created_at"] == shown["updated_at"] == answer.data["created_at"]
    (item,) = shown["items"]
    assert (item["barcode"], item["expiry_date"], item["quantity"], item["mrp"]) == ("", None, 20, 3.5)


def test_a_changed_invoice_answers_200_with_the_same_envelope(world: World) -> None:
    first = world.import_invoice(PHARMACY)
    again = world.import_invoice(PHARMACY | {"remarks": "No rush", "Total": 13650})
    assert (again.status, again.body.keys()) == (200, {"success", "message", "data"})
    assert again.body["message"] == "Invoice INV-TEST-2026-001 updated successfully"
    assert again.data == first.data | {"total_amount": 13650.0, "result": "updated"}


def test_the_same_again_answers_200_and_changes_nothing(world: World) -> None:
    first = world.import_invoice(PHARMACY)
    before = rows_of(world)
    again = world.import_invoice(PHARMACY)
    assert (again.status, again.body["message"]) == (200, "Invoice INV-TEST-2026-001 updated successfully")
    assert again.data == first.data | {"result": "unchanged"}
    assert [entry["code"] for entry in again.body["warnings"]] == ["total-mismatch"]
    assert rows_of(world) == before


def test_the_same_in_other_words_changes_nothing(world: World) -> None:
    body = invoice_body(items=[item_body(quantity=20, mrp=3.5)])
    world.import_invoice(body)
    before = rows_of(world)
    other_words = body | {"salesman": "  Ajay\t", "items": [item_body(quantity="20.000", mrp="3.5000", barcode=None)]}
    assert world.import_invoice(other_words).data["result"] == "unchanged"
    assert rows_of(world) == before


def test_a_change_of_the_customer_alone_is_a_change(world: World) -> None:
    body = invoice_body()
    world.import_invoice(body)
    again = world.import_invoice(body | {"customer": CUSTOMER | {"area": "Kochi"}})
    assert again.data["result"] == "updated"
    assert detail_of(world, again)["customer"]["area"] == "Kochi"


def test_numbers_are_told_apart_exactly(world: World) -> None:
    ids = {
        world.import_invoice(invoice_body(invoice_no=number)).data["id"] for number in ("A-1", "a-1", "A 1", "A-01", "А-1")
    }
    assert len(ids) == 5


def test_a_number_may_hold_slashes_blanks_and_other_scripts(world: World) -> None:
    number = "KL/2025-26 №7 – ബിൽ"
    answer = world.import_invoice(invoice_body(invoice_no=f"  {number} "))
    assert (answer.status, answer.data["invoice_no"]) == (201, number)
    assert world.import_invoice(invoice_body(invoice_no=number)).data["id"] == answer.data["id"]


# ── What a second import leaves as it is ─────────────────────────────────────────────────────────────────────────────


def test_header_fields_not_sent_stay(world: World) -> None:
    world.import_invoice(PHARMACY)
    bare = {name: PHARMACY[name] for name in ("invoice_no", "invoice_date", "salesman", "customer", "items")}
    shown = detail_of(world, world.import_invoice(bare))
    for name in ("created_by", "priority", "temp_name", "remarks"):
        assert shown[name] == PHARMACY[name]


def test_header_fields_sent_overwrite(world: World) -> None:
    world.import_invoice(PHARMACY)
    sent: dict[str, Any] = {
        "invoice_date": "2026-02-01",
        "created_by": "other",
        "priority": "LOW",
        "temp_name": "",
        "remarks": None,
    }
    shown = detail_of(world, world.import_invoice(PHARMACY | sent | {"salesman": "Vijay"}))
    assert {name: shown[name] for name in sent} == sent | {"remarks": ""}
    assert shown["salesman"]["name"] == "Vijay"


def test_a_total_not_sent_means_the_sum_of_the_items(world: World) -> None:
    world.import_invoice(PHARMACY)
    again = world.import_invoice({name: value for name, value in PHARMACY.items() if name != "Total"})
    assert (again.data["total_amount"], again.data["result"]) == (13650.0, "updated")
    assert "warnings" not in again.body


def test_customer_fields_not_sent_stay_for_every_invoice_of_his(world: World) -> None:
    first = world.import_invoice(LIFECARE)
    world.import_invoice(invoice_body(customer=CUSTOMER | {"name": "LifeCare", "phone2": "1"}))
    customer = detail_of(world, first)["customer"]
    assert (customer["name"], customer["phone2"], customer["area"], customer["email"]) == (
        "LifeCare",
        "1",
        "Kozhikode",
        "lifecare@shop.com",
    )


def test_another_customer_takes_over_the_invoice_and_the_first_one_stays_as_he_was(world: World) -> None:
    first = world.import_invoice(LIFECARE)
    world.import_invoice(LIFECARE | {"customer": {"code": "CUST-2", "name": "Second"}})
    assert detail_of(world, first)["customer"]["code"] == "CUST-2"
    other = world.import_invoice(invoice_body(customer=CUSTOMER))
    assert detail_of(world, other)["customer"]["area"] == "Kozhikode"


def test_items_are_replaced_and_matched_lines_keep_their_id(world: World) -> None:
    body = copy.deepcopy(PHARMACY)
    first = world.import_invoice(body)
    before = item_ids(world, first)
    panadol, augmentin, _ = body["items"]
    body["items"] = [
        item_body(item_code="NEW", barcode="999"),
        {name: augmentin[name] for name in ("name", "item_code", "barcode", "quantity", "mrp")},
        panadol | {"item_code": "MED-PAN-002"},
    ]
    again = world.import_invoice(body)
    assert again.data["result"] == "updated"
    after = item_ids(world, again)
    assert after.keys() == {"NEW", "MED-AUG-625", "MED-PAN-002"}
    assert after["MED-AUG-625"] == before["MED-AUG-625"]
    assert after["MED-PAN-002"] == before["MED-PAN-001"], "the barcode is the same, so it is the same line"
    assert after["NEW"] not in before.values()
    shown = detail_of(world, again)["items"]
    assert [item["line_no"] for item in shown] == [1, 2, 3]
    assert (shown[1]["batch_no"], shown[1]["expiry_date"], shown[1]["packing"]) == ("", None, ""), "nothing else survives"
    assert count_of(world, "invoices_invoiceitem") == 3


def test_lines_may_change_places(world: World) -> None:
    body = invoice_body(items=[item_body(item_code=code) for code in "ABC"])
    before = item_ids(world, world.import_invoice(body))
    again = world.import_invoice(body | {"items": body["items"][::-1]})
    assert (again.data["result"], item_ids(world, again)) == ("updated", before)
    assert [item["item_code"] for item in detail_of(world, again)["items"]] == ["C", "B", "A"]


def test_the_same_item_twice_stays_two_lines(world: World) -> None:
    body = invoice_body(items=[item_body(batch_no="B", quantity=1), item_body(batch_no="B", quantity=1)])
    answer = world.import_invoice(body)
    assert answer.data["total_amount"] == 7.0
    assert len(detail_of(world, answer)["items"]) == 2


@pytest.mark.parametrize(
    "states", [("PICKING", "BILLED"), ("PACKED", "RE_INVOICED"), ("DELIVERED", "BILLED"), ("REVIEW", "REVIEW")]
)
def test_states_id_and_time_of_making_stay(world: World, states: tuple[str, str]) -> None:
    first = world.import_invoice(LIFECARE)
    world.put_invoice("LTPI-77282", fulfilment_status=states[0], billing_status=states[1])
    again = world.import_invoice(LIFECARE | {"remarks": "x"})
    assert again.data == first.data | {"status": states[0], "billing_status": states[1], "result": "updated"}
    shown = detail_of(world, again)
    assert shown["created_at"] == first.data["created_at"] < shown["updated_at"]


@pytest.mark.db_heavy
def test_two_thousand_lines_are_imported_and_revised(world: World) -> None:
    body = invoice_body(items=[item_body(item_code=f"I-{line}", quantity=1, mrp=1) for line in range(2000)])
    first = world.import_invoice(body)
    assert (first.status, first.data["total_amount"]) == (201, 2000.0)
    again = world.import_invoice(body | {"items": body["items"][:-1]})
    assert (again.status, again.data["total_amount"]) == (200, 1999.0)
    assert count_of(world, "invoices_invoiceitem") == 1999


# ── Parties and other companies ──────────────────────────────────────────────────────────────────────────────────────


def test_salesman_and_customer_are_made_once(world: World) -> None:
    for number in range(3):
        world.import_invoice(LIFECARE | {"invoice_no": f"L-{number}"})
    assert (count_of(world, "sales_salesman"), count_of(world, "sales_customer")) == (1, 1)
    world.import_invoice(LIFECARE | {"salesman": "ajay", "customer": CUSTOMER | {"code": "cust-889"}})
    assert (count_of(world, "sales_salesman"), count_of(world, "sales_customer")) == (2, 2), "names and codes are exact"


def test_another_company_with_the_same_numbers_codes_and_names_is_never_touched(world: World, other_world: World) -> None:
    theirs = other_world.import_invoice(LIFECARE)
    before = rows_of(other_world)
    ours = world.import_invoice(LIFECARE | {"remarks": "ours", "customer": CUSTOMER | {"area": "ours"}})
    assert (ours.status, ours.data["id"] != theirs.data["id"]) == (201, True)
    world.import_invoice(LIFECARE | {"items": [item_body()]})
    assert rows_of(other_world) == before
    assert detail_of(other_world, theirs)["customer"]["area"] == "Kozhikode"


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_missing_fields_are_refused_in_the_words_of_both_documents(world: World) -> None:
    answer = world.import_invoice({"invoice_no": "A-1", "salesman": "S", "customer": CUSTOMER, "items": []})
    assert answer.status == 400
    assert answer.body.keys() == {"success", "message", "code", "errors", "detail", "request_id"}
    assert answer.body["errors"] == {
        "invoice_date": ["This field is required."],
        "items": ["At least one item is required."],
    }
    assert (answer.body["success"], answer.body["message"], answer.body["code"]) == (
        False,
        "Validation failed",
        "validation",
    )
    assert answer.body["detail"] == answer.body["message"]
    assert answer.body["request_id"] == answer.headers["X-Request-ID"]


def test_item_errors_are_aligned_with_the_lines(world: World) -> None:
    answer = world.import_invoice(invoice_body(items=[item_body(), item_body(quantity=0), item_body()]))
    assert answer.body["errors"] == {"items": [{}, {"quantity": ["Ensure this value is greater than 0."]}, {}]}


def test_on_demand_a_refusal_is_a_problem_document(world: World) -> None:
    answer = world.post(PATH, invoice_body(items=[item_body(), {"name": "x/y"}]), Accept="application/problem+json")
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert answer.body["errors"][0] == {
        "pointer": "/items/1/item_code",
        "code": "validation",
        "detail": "This field is required.",
    }


@pytest.mark.parametrize(
    ("items", "errors"),
    [
        ([item_body(), item_body(quantity=999999999, mrp=9999999999)], [{}, {"mrp": ["quantity × mrp is too large."]}]),
        ([item_body(quantity=1000000, mrp="9999999999.9999")] * 2, ["The sum of the items is too large."]),
    ],
)
def test_a_total_that_fits_no_column_is_refused(world: World, items: list[Any], errors: list[Any]) -> None:
    answer = world.import_invoice(invoice_body(items=items))
    assert (answer.status, answer.body["errors"]) == (400, {"items": errors})


def test_a_refused_import_leaves_the_invoice_as_it_was(world: World) -> None:
    world.import_invoice(LIFECARE)
    before = rows_of(world)
    assert world.import_invoice(LIFECARE | {"customer": {"code": "NEW"}, "salesman": "New"}).status == 400
    assert rows_of(world) == before


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO"])
def test_only_post_imports(world: World, method: str) -> None:
    answer = world.send(method, PATH, None, role=Role.OWNER)
    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]


def test_the_path_has_its_slash(world: World) -> None:
    answer = world.post(PATH.removesuffix("/"), invoice_body())
    assert (answer.status, answer.body["code"]) == (404, "not-found")
