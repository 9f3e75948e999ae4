"""Billing's lists and reports over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

import invoices.api.billing_lists
from erp.locking import one_transaction
from erp.menus import Menu
from erp.rights import Role
from invoices.sales_report_queries import SORTS
from sales.models import Salesman
from tests.api.test_menus import as_user, assign
from tests.builders import Answer, World, item_body, send
from tests.house.calls_of_people import colleague
from tests.house.test_query_counts import counted
from tests.warehouse import Warehouse

SALES = "/api/sales/"
TODAY = datetime.now(UTC).astimezone(ZoneInfo("Asia/Kolkata")).date()


def get(world: World, path: str, role: Role = Role.OWNER) -> Answer:
    return world.get(SALES + path, role=role)


def body_of(world: World, path: str, role: Role = Role.OWNER) -> Any:
    answer = get(world, path, role)
    assert answer.status == 200, answer.raw
    return answer.body


def numbers(world: World, path: str, role: Role = Role.OWNER) -> list[str]:
    return [row["invoice_no"] for row in body_of(world, path, role)["results"]]


def imported(world: World, invoice_no: str, **changes: Any) -> None:
    answer = world.import_invoice(None, invoice_no=invoice_no, **changes)
    assert answer.status == 201, answer.raw


def customer(code: str, name: str, **more: Any) -> dict[str, Any]:
    return {"customer": {"code": code, "name": name} | more}


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_billings_list_filters_by_everything_it_names(world: World) -> None:
    warehouse = Warehouse(world)
    imported(world, "B-1", salesman="Asha")
    imported(world, "B-2", **customer("C2", "Second Pharmacy"))
    returned = warehouse.in_review()
    world.put_invoice("B-1", created_at=timezone.now() - timedelta(days=2))
    where = warehouse.ask("GET", f"invoices/{world.invoice(returned).serial}/", role=Role.OWNER).body["return_info"]
    for query, found in (
        ("", [returned, "B-2", "B-1"]),
        ("?status=INVOICED&status=PICKING", ["B-2", "B-1"]),
        ("?billing_status=REVIEW", [returned]),
        ("?salesman=ASH", ["B-1"]),
        (f"?date={TODAY}", [returned, "B-2"]),
        (f"?date={TODAY - timedelta(days=2)}", ["B-1"]),
        (f"?returned_by_email={where['returned_by_email'].upper()}", [returned]),
        ("?returned_by_email=nobody@example.com", []),
        (f"?returned_from_section={where['returned_from_section']}", [returned]),
        ("?returned_from_section=DELIVERY", []),
        ("?search=second", ["B-2"]),
        ("?search=asha", ["B-1"]),
        ("?status=&search=", [returned, "B-2", "B-1"]),
    ):
        assert numbers(world, f"billing/invoices/{query}") == found, query
    page = body_of(world, "billing/invoices/?page_size=2")
    assert (page["count"], len(page["results"]), page["results"][0]["items"] != []) == (3, 2, True)
    for query, field in (
        ("status=LOST", "status"),
        ("date=today", "date"),
        ("returned_from_section=X", "returned_from_section"),
    ):
        refused = get(world, f"billing/invoices/?{query}")
        assert (refused.status, list(refused.body["errors"])) == (400, [field])


def test_without_the_right_billings_list_shows_what_one_sold_or_sent_back(world: World) -> None:
    picker = world.user(Role.PICKER)
    imported(world, "MINE", salesman="Another name")
    imported(world, "NAMED", salesman=picker.name.upper())
    imported(world, "OTHERS", salesman="Ajay")
    imported(world, "BACK", salesman="Ajay")
    with one_transaction(company_id=world.company.id):
        Salesman.unscoped.filter(company=world.company, name="Another name").update(user=picker)
    warehouse = Warehouse(world)
    warehouse.done("picking/start/", "BACK", role=Role.PICKER)
    warehouse.done("billing/return/", "BACK", role=Role.PICKER, return_reason="One is missing")
    assert numbers(world, "billing/invoices/", Role.PICKER) == ["BACK", "NAMED", "MINE"]
    assert numbers(world, "billing/invoices/", Role.VIEWER) == []
    assert numbers(world, "billing/invoices/", Role.BILLER) == ["BACK", "OTHERS", "NAMED", "MINE"]
    # A name that somebody else's account holds by now is not one's own.
    with one_transaction(company_id=world.company.id):
        Salesman.unscoped.filter(company=world.company, name=picker.name.upper()).update(user=world.user(Role.VIEWER))
    assert numbers(world, "billing/invoices/", Role.PICKER) == ["BACK", "MINE"]
    viewer = colleague(world)
    assign(world, viewer, Menu.BILLING_INVOICE_LIST)
    seen = send("GET", f"{SALES}billing/invoices/", None, **as_user(world, viewer)).body
    assert seen["count"] == 0, "the menu lets him send back; rows stay his own"


def test_the_report_lists_and_exports_the_same_rows(world: World) -> None:
    imported(world, "R-1", salesman="Asha", Total=12.5, **customer("C1", "First Pharmacy", area="Kozhikode"))
    imported(world, "R-2", salesman="Ajay", **customer("C2", "Second Pharmacy"))
    world.put_invoice("R-1", created_at=timezone.now() - timedelta(days=2))
    day = (TODAY - timedelta(days=2)).isoformat()
    for query, found in (
        ("", ["R-2", "R-1"]),
        ("?status=INVOICED", ["R-2", "R-1"]),
        ("?status=PICKED", []),
        ("?customer_name=FIRST", ["R-1"]),
        ("?created_by=ajay", ["R-2"]),
        (f"?start_date={TODAY}", ["R-2"]),
        (f"?end_date={day}", ["R-1"]),
        ("?search=r-1", ["R-1"]),
    ):
        assert numbers(world, f"invoice-report/{query}") == found, query
        exported = body_of(world, f"invoice-report/export/{query}")
        assert (exported["success"], exported["count"]) == (True, len(found))
        assert [row["invoice_no"] for row in exported["data"]] == found
    assert body_of(world, "invoice-report/export/?search=R-1")["data"][0] | {"created_at": ""} == {
        "invoice_no": "R-1",
        "created_by": "Asha",
        "created_at": "",
        "customer_name": "First Pharmacy",
        "area": "Kozhikode",
        "amount": 12.5,
        "status": "INVOICED",
    }


def test_an_export_of_more_rows_than_it_sends_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invoices.api.billing_lists, "MOST_ROWS", 2)
    for number in range(2):
        imported(world, f"E-{number}")
    assert body_of(world, "invoice-report/export/")["count"] == 2
    imported(world, "E-2")
    refused = get(world, "invoice-report/export/")
    assert (refused.status, list(refused.body["errors"])) == (400, ["start_date"])


# ── Sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_each_salesman_is_shown_with_what_he_billed(world: World) -> None:
    two = [item_body(item_code="A"), item_body(item_code="B")]
    imported(world, "S-1", salesman="Asha", Total=100, invoice_date="2026-01-05", items=two)
    imported(world, "S-2", salesman="Asha", Total=50.25, invoice_date="2026-01-02")
    imported(world, "S-3", salesman="Ajay", Total=7)
    imported(world, "S-4", salesman="Ajay", Total=8)
    world.put_invoice("S-4", status="CANCELLED")
    world.put_invoice("S-3", created_at=timezone.now() - timedelta(days=2))
    asha, ajay = body_of(world, "billing/user-summary/")["data"]
    assert asha == {
        "salesman_id": str(Salesman.unscoped.get(company=world.company, name="Asha").id),
        "salesman_name": "Asha",
        "bill_count": 2,
        "item_count": 3,
        "total_amount": 150.25,
        "first_invoice_date": "2026-01-02",
        "last_invoice_date": "2026-01-05",
    }
    assert (ajay["salesman_name"], ajay["bill_count"], ajay["total_amount"]) == ("Ajay", 1, 7.0)
    today = body_of(world, f"billing/user-summary/?start_date={TODAY}&end_date={TODAY}")
    assert ([row["salesman_name"] for row in today["data"]], today["count"]) == (["Asha"], 1)
    assert today["filters"] == {"billing_status": "BILLED", "start_date": str(TODAY), "end_date": str(TODAY)}
    assert body_of(world, "billing/user-summary/?billing_status=REVIEW")["data"] == []
    refused = get(world, "billing/user-summary/?billing_status=X&start_date=Y")
    assert (refused.status, set(refused.body["errors"])) == (400, {"billing_status", "start_date"})


def test_items_billed_show_each_line_and_count_each_bill_once(world: World) -> None:
    day = TODAY.isoformat()
    two = [item_body(item_code="A", quantity=2, mrp=3), item_body(item_code="B", quantity="1.5", mrp=10, batch_no="X")]
    imported(world, "I-1", invoice_date=day, items=two, Total=30, **customer("C1", "First", area="Kochi"))
    imported(world, "I-2", invoice_date=day, items=[item_body(item_code="C", quantity=1, mrp=5)])
    imported(world, "I-3", invoice_date=(TODAY - timedelta(days=1)).isoformat())
    imported(world, "I-4", invoice_date=day)
    world.put_invoice("I-4", status="CANCELLED")
    found = body_of(world, "items-billed-today/")
    assert found["summary"] == {"total_line_items": 3, "total_quantity": 4.5, "total_revenue": 35, "total_bills": 2}
    assert [row["item_code"] for row in found["data"]] == ["A", "B", "C"]
    assert found["data"][1] == {
        "bill_no": "I-1",
        "invoice_date": day,
        "item_name": "Paracetamol 650mg",
        "item_code": "B",
        "customer_name": "First",
        "customer_location": "Kochi",
        "temp_name": "",
        "company_name": "",
        "quantity": 1.5,
        "rate": 10,
        "invoiceTotal": 30,
        "packing": "",
        "barcode": "",
        "shelf_location": "",
    }
    for sort in SORTS:
        assert len(body_of(world, f"items-billed-today/?sort={sort}&order=desc")["data"]) == 3
    by_rate = body_of(world, "items-billed-today/?sort=rate&order=desc")["data"]
    assert [row["rate"] for row in by_rate] == [10, 5, 3]
    earlier = (TODAY - timedelta(days=1)).isoformat()
    assert body_of(world, f"items-billed-today/?start_date={earlier}&end_date={earlier}")["summary"]["total_bills"] == 1
    assert body_of(world, f"items-billed-today/?start_date={TODAY - timedelta(days=30)}")["summary"]["total_bills"] == 3
    for query in (
        f"start_date={TODAY - timedelta(days=31)}",
        f"start_date={day}&end_date={earlier}",
        "sort=secret",
        "order=up",
    ):
        assert get(world, f"items-billed-today/?{query}").status == 400, query


def test_missing_numbers_are_those_that_no_bill_of_any_day_has(world: World) -> None:
    for number, day in (("M-0097", "2026-01-20"), ("M-0098", "2026-03-01"), ("M-0101", "2026-01-22"), ("N-5", "2026-01-21")):
        imported(world, number, invoice_date=day)
    found = body_of(world, "missing-invoices/?from_date=2026-01-20&to_date=2026-01-31")
    assert found["success"] is True
    data = found["data"]
    assert [row["invoice_no"] for row in data["invoices"]] == ["M-0097", "M-0101", "N-5"]
    assert data["missing_invoices"] == [
        {"invoice_no": "M-0099", "number": 99, "status": "MISSING"},
        {"invoice_no": "M-0100", "number": 100, "status": "MISSING"},
    ]
    assert (data["total_invoices"], data["missing_count"], data["series"]) == (3, 2, "")
    assert data["invoices"][0].keys() == {
        "invoice_no",
        "invoice_date",
        "customer_name",
        "total_amount",
        "status",
        "priority",
    }
    assert (
        body_of(world, "missing-invoices/?from_date=2026-01-20&to_date=2026-01-31&series=N-")["data"]["total_invoices"] == 1
    )
    imported(world, "M-999999", invoice_date="2026-01-22")
    for query, field in (
        ("", "from_date"),
        ("?from_date=2026-01-20&to_date=2026-01-31", "series"),
        ("?from_date=2026-02-01&to_date=2026-01-31", "from_date"),
        (f"?from_date=2026-01-20&to_date=2026-01-31&series={'x' * 101}", "series"),
    ):
        refused = get(world, f"missing-invoices/{query}")
        assert (refused.status, field in refused.body["errors"]) == (400, True), query


def test_reports_of_one_company_know_nothing_of_another(world: World, other_world: World) -> None:
    imported(other_world, "X-1", invoice_date=TODAY.isoformat())
    imported(other_world, "X-3", invoice_date=TODAY.isoformat())
    assert numbers(world, "billing/invoices/") == numbers(world, "invoice-report/") == []
    assert body_of(world, "invoice-report/export/")["count"] == 0
    assert body_of(world, "billing/user-summary/")["data"] == []
    assert body_of(world, "items-billed-today/")["summary"]["total_bills"] == 0
    assert body_of(world, f"missing-invoices/?from_date={TODAY}&to_date={TODAY}")["data"]["total_invoices"] == 0


def test_a_report_takes_as_many_statements_for_many_rows_as_for_one(world: World) -> None:
    day = f"from_date={TODAY}&to_date={TODAY}"
    headers = {"Authorization": f"Bearer {world.token(Role.OWNER)}"}

    def statements(path: str) -> int:
        with counted() as trips:
            assert send("GET", SALES + path, None, **headers).status == 200
        return len(trips.statements)

    paths = (
        "billing/invoices/",
        "billing/user-summary/",
        "invoice-report/",
        "invoice-report/export/",
        "items-billed-today/",
        f"missing-invoices/?{day}",
    )
    imported(world, "Q-1", invoice_date=TODAY.isoformat())
    few = [statements(path) for path in paths]
    for number in range(3, 20):
        imported(world, f"Q-{number}", invoice_date=TODAY.isoformat(), salesman=f"S{number}")
    assert [statements(path) for path in paths] == few


def test_the_published_client_is_told_that_there_are_no_follow_ups(world: World) -> None:
    answer = world.get("/api/followup/alerts/")
    assert (answer.status, answer.body) == (200, {"count": 0, "next": None, "previous": None, "results": []})
