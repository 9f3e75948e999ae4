"""An import whose number is there already: who decides what happens, and what is never overwritten."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from erp.rights import Role, Scope
from erp.verifying import verify
from invoices.api.examples import LIFECARE
from invoices.paying import OneCall, pay_invoice
from invoices.posting import post_invoice
from tests.builders import Answer, World, invoice_body, item_body, send
from tests.observing import count_of, events_of, rows_of

PATH = "/api/sales/import/invoice/"
NUMBER = LIFECARE["invoice_no"]
CHANGED = LIFECARE | {"remarks": "changed"}
MODES = ["update", "reject"]


def rejected(answer: Answer, first: Answer) -> bool:
    if answer.status != 409:
        return False
    assert answer.body.keys() == {"success", "message", "code", "data", "detail", "request_id"}
    assert (answer.body["success"], answer.body["code"]) == (False, "invoice-exists")
    assert answer.body["message"] == "Invoice with this invoice_no already exists."
    assert answer.data == {"id": first.data["id"], "invoice_no": NUMBER}
    return True


# ── Who decides ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_by_default_an_import_updates(world: World) -> None:
    world.import_invoice(LIFECARE)
    assert world.import_invoice(CHANGED).data["result"] == "updated"


@pytest.mark.parametrize("company", MODES)
@pytest.mark.parametrize("of_the_key", [None, *MODES])
@pytest.mark.parametrize("query", [None, *MODES])
def test_the_query_outranks_the_key_and_the_key_the_company(
    world: World, company: str, of_the_key: str | None, query: str | None
) -> None:
    first = world.import_invoice(LIFECARE)
    world.decide(on_conflict=company)
    key = world.key(Scope.INVOICES_IMPORT, on_conflict=of_the_key)
    answer = send("POST", PATH + (f"?on_conflict={query}" if query else ""), CHANGED, **{"X-API-Key": key})
    assert rejected(answer, first) == ((query or of_the_key or company) == "reject")


@pytest.mark.parametrize("query", ["", "?on_conflict=update"])
def test_if_none_match_is_reject(world: World, query: str) -> None:
    first = world.import_invoice(LIFECARE)
    before = rows_of(world)
    assert rejected(send("POST", PATH + query, CHANGED, **{"X-API-Key": world.api_key, "If-None-Match": "*"}), first)
    assert rows_of(world) == before


def test_reject_creates_what_is_new(world: World) -> None:
    assert world.post(f"{PATH}?on_conflict=reject", LIFECARE).status == 201


def test_reject_refuses_even_what_would_change_nothing(world: World) -> None:
    first = world.import_invoice(LIFECARE)
    assert rejected(world.post(f"{PATH}?on_conflict=reject", LIFECARE), first)


@pytest.mark.parametrize("mode", ["Update", "overwrite", "update,reject", "update&on_conflict=reject", "%00"])
def test_a_mode_that_is_none_is_refused(world: World, mode: str) -> None:
    answer = world.post(f"{PATH}?on_conflict={mode}", LIFECARE)
    assert answer.status == 400
    assert count_of(world, "invoices_invoice") == 0
    if mode != "%00":
        assert answer.body["errors"] == {"on_conflict": ["Must be update or reject."]}


# ── What is never overwritten ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("origin", ["ISSUED", "HISTORY"])
def test_a_number_issued_or_migrated_here_is_taken(world: World, origin: str) -> None:
    first = world.import_invoice(LIFECARE)
    world.put_invoice(NUMBER, origin=origin)
    before = rows_of(world)
    for body in (CHANGED, LIFECARE):
        answer = world.import_invoice(body)
        assert (answer.status, answer.body["code"]) == (409, "number-taken")
        assert answer.data == {"id": first.data["id"], "invoice_no": NUMBER}
    assert rows_of(world) == before


def test_an_invoice_cancelled_in_the_books_stays_cancelled(world: World) -> None:
    first = world.import_invoice(LIFECARE)
    world.put_invoice(NUMBER, status="CANCELLED")
    before = rows_of(world)
    answer = world.import_invoice(CHANGED)
    assert (answer.status, answer.body["code"]) == (409, "cancelled-in-books")
    assert answer.data == {"id": first.data["id"], "invoice_no": NUMBER}
    assert rows_of(world) == before


def book(world: World, status: str) -> None:
    """Post the invoice, and pay a part or all of it."""
    actor, invoice, now = world.actor(Role.ACCOUNTANT), world.invoice(NUMBER), timezone.now()
    post_invoice(invoice_id=invoice.id, actor=actor, posting_date=None, now=now)
    paid = {"PARTIALLY_PAID": Decimal("1.00"), "PAID": invoice.total_value}.get(status)
    if paid is not None:
        pay_invoice(call=OneCall(invoice.id, paid, invoice.invoice_date), actor=actor, now=now)
    assert world.invoice(NUMBER).status == status


@pytest.mark.parametrize("status", ["POSTED", "PARTIALLY_PAID", "PAID"])
@pytest.mark.parametrize(
    "change",
    [
        {"Total": 1000},
        {"invoice_date": "2025-01-19"},
        {"customer": {"code": "OTHER", "name": "Other"}},
        {"items": [item_body()]},
        {"items": [item | {"remarks": "x"} for item in LIFECARE["items"]]},
    ],
    ids=lambda change: "".join(change),
)
def test_once_posted_money_customer_date_and_items_change_with_their_books(
    world: World, status: str, change: dict[str, Any]
) -> None:
    first = world.import_invoice(LIFECARE)
    book(world, status)
    answer = world.import_invoice(LIFECARE | change)
    assert (answer.status, answer.data["result"], answer.data["id"]) == (200, "updated", first.data["id"])
    assert answer.body["warnings"][-1]["code"] == "reposted"
    assert (world.invoice(NUMBER).revision, world.invoice(NUMBER).version) == (2, 4 if status != "POSTED" else 3)
    assert not verify(company_code=world.company.code).broken
    assert world.import_invoice(LIFECARE | change).data["result"] == "unchanged"


@pytest.mark.parametrize("status", ["POSTED", "PARTIALLY_PAID", "PAID"])
def test_once_posted_the_texts_of_the_header_may_change(world: World, status: str) -> None:
    world.import_invoice(LIFECARE)
    book(world, status)
    texts = {"remarks": "x", "temp_name": "y", "created_by": "z", "priority": "LOW", "salesman": "Vijay"}
    assert world.import_invoice(LIFECARE | texts).data["result"] == "updated"
    moved = LIFECARE | texts | {"customer": LIFECARE["customer"] | {"phone1": "1"}}
    assert world.import_invoice(moved).data["result"] == "updated", "what the customer is now is not what he was billed"
    assert world.invoice(NUMBER).status == status


# ── While the warehouse works on it ──────────────────────────────────────────────────────────────────────────────────

LATER = ["PICKING", "PICKED", "PACKING", "BOXING", "PACKED", "DISPATCHED", "DELIVERED", "REVIEW"]


def in_the_warehouse(world: World, status: str) -> None:
    billing = "REVIEW" if status == "REVIEW" else "BILLED"
    world.put_invoice(NUMBER, fulfilment_status=status, billing_status=billing)


@pytest.mark.parametrize("status", LATER)
def test_a_change_after_picking_began_is_accepted_with_warnings(world: World, status: str) -> None:
    world.import_invoice(LIFECARE)
    in_the_warehouse(world, status)
    soft = world.import_invoice(CHANGED)
    assert soft.body["warnings"] == [
        {
            "code": "in-progress",
            "message": f"The invoice is already {status}; the warehouse may be working on it.",
            "status": status,
        }
    ]
    hard = world.import_invoice(CHANGED | {"items": [LIFECARE["items"][0] | {"quantity": 5}]})
    assert [entry["code"] for entry in hard.body["warnings"]] == ["in-progress", "goods-changed"]
    assert hard.body["warnings"][1]["status"] == status
    assert (hard.status, hard.data["status"]) == (200, status)


@pytest.mark.parametrize("status", LATER)
def test_a_company_may_refuse_changes_after_picking_began(world: World, status: str) -> None:
    first = world.import_invoice(LIFECARE)
    in_the_warehouse(world, status)
    world.decide(reimport_in_progress="reject")
    before = rows_of(world)
    answer = world.import_invoice(CHANGED)
    assert (answer.status, answer.body["code"]) == (409, "in-progress")
    assert answer.data == {"id": first.data["id"], "invoice_no": NUMBER, "status": status}
    assert world.import_invoice(LIFECARE).data["result"] == "unchanged"
    assert rows_of(world) == before


def test_a_company_that_refuses_them_takes_changes_before_picking(world: World) -> None:
    world.decide(reimport_in_progress="reject")
    world.import_invoice(LIFECARE)
    answer = world.import_invoice(CHANGED)
    assert (answer.data["result"], "warnings" in answer.body) == ("updated", False)


# ── Policies of the total, and warnings ──────────────────────────────────────────────────────────────────────────────


def test_a_company_may_refuse_a_total_that_is_not_the_sum(world: World) -> None:
    world.decide(total_mismatch="reject")
    answer = world.import_invoice(LIFECARE | {"Total": 920.01})
    assert (answer.status, answer.body["code"]) == (400, "validation")
    assert answer.body["errors"] == {"Total": ["Total 920.01 differs from the sum of the items, 920.00."]}
    assert count_of(world, "invoices_invoice") == count_of(world, "sales_customer") == len(events_of(world)) == 0
    assert world.import_invoice(LIFECARE | {"Total": "920.0"}).status == 201


def test_a_price_of_more_than_four_places_is_rounded_with_a_warning(world: World) -> None:
    answer = world.import_invoice(invoice_body(items=[item_body(quantity=2, mrp="0.00005"), item_body(mrp="33.33335")]))
    assert answer.body["warnings"] == [
        {"code": "rounded", "message": "items[0].mrp was rounded from 0.00005 to 0.0001.", "field": "items[0].mrp"},
        {"code": "rounded", "message": "items[1].mrp was rounded from 33.33335 to 33.3334.", "field": "items[1].mrp"},
    ]
    shown = world.get(f"/api/sales/invoices/{answer.data['id']}/").body["items"]
    assert [item["mrp"] for item in shown] == [0.0001, 33.3334]


def test_the_price_that_rounds_out_of_its_column_is_refused(world: World) -> None:
    answer = world.import_invoice(invoice_body(items=[item_body(quantity=1, mrp="9999999999.99995")]))
    text = "Ensure this value, rounded to four places, is less than 10000000000."
    assert (answer.status, answer.body["errors"]) == (400, {"items": [{"mrp": [text]}]})


def test_a_price_of_nothing_is_accepted_with_a_warning(world: World) -> None:
    answer = world.import_invoice(invoice_body(items=[item_body(mrp=0)]))
    assert (answer.status, answer.data["total_amount"]) == (201, 0)
    assert answer.body["warnings"] == [{"code": "zero-price", "message": "items[0].mrp is zero.", "field": "items[0].mrp"}]


def test_a_total_of_nothing_is_a_given_total(world: World) -> None:
    answer = world.import_invoice(LIFECARE | {"Total": 0})
    assert (answer.data["total_amount"], answer.body["warnings"][0]["code"]) == (0, "total-mismatch")


def test_unknown_fields_are_ignored_and_listed(world: World) -> None:
    body = invoice_body(colour="red", status="DELIVERED", id=5, items=[item_body(), item_body(id="x")])
    body["customer"]["version"] = 7
    answer = world.import_invoice(body)
    assert answer.status == 201
    assert [(entry["code"], entry["field"]) for entry in answer.body["warnings"]] == [
        ("unknown-field", name) for name in ("colour", "status", "id", "customer.version", "items[1].id")
    ]
    assert answer.body["warnings"][0]["message"] == "colour is not a field of this document; it was ignored."
    assert (answer.data["status"], answer.data["id"] != 5) == ("INVOICED", True)


def test_an_answer_does_not_outgrow_a_question_full_of_unknown_fields(world: World) -> None:
    answer = world.import_invoice(invoice_body(**{f"x{number}": 1 for number in range(5000)}, **{"y" * 100_000: 1}))
    assert answer.status == 201
    assert len(answer.body["warnings"]) == 101
    assert answer.body["warnings"][-1] == {
        "code": "unknown-field",
        "message": "4901 more fields are not of this document; they were ignored.",
    }


# ── Roles ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", Role)
def test_every_role_but_the_viewer_imports(world: World, role: Role) -> None:
    answer = world.post(PATH, LIFECARE, role=role)
    if role is Role.VIEWER:
        assert (answer.status, answer.body["code"]) == (403, "permission-denied")
        assert count_of(world, "invoices_invoice") == 0
    else:
        assert answer.status == 201


def test_a_company_may_name_the_roles_that_import(world: World) -> None:
    world.decide(jwt_import_roles=["BILLER"])
    assert world.post(PATH, LIFECARE, role=Role.BILLER).status == 201
    refused = world.post(PATH, CHANGED, role=Role.OWNER)
    assert (refused.status, refused.body["code"]) == (403, "permission-denied")
    assert world.import_invoice(CHANGED).status == 200, "keys have scopes, not roles"
