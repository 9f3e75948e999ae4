"""Invoices made of orders: ``POST /api/invoices/from_sales_order/{so_id}/``, its options and its refusals."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from erp.models import NumberSeries, OutboxEvent
from invoices.models import Invoice
from tests.api.routes import NOBODY
from tests.builders import World
from tests.trade import DAY, GSTIN_KA, GSTIN_MH, Trade

SEED_KEYS = {
    "id", "invoice_number", "invoice_date", "due_date", "party", "party_name", "invoice_type", "status", "currency",
    "currency_code", "sales_order", "sales_order_number", "total_value", "amount_received", "outstanding_amount", "lines",
    "created_at",
}  # fmt: skip
SEED_DETAIL_KEYS = SEED_KEYS | {
    "voucher", "voucher_number", "shipping_address", "billing_address", "notes", "updated_at",
}  # fmt: skip
SEED_LINE_KEYS = {
    "id", "line_no", "item", "item_name", "item_sku", "quantity", "unit_rate", "discount_pct", "line_total", "tax_amount",
}  # fmt: skip
SEED_DETAIL_LINE_KEYS = SEED_LINE_KEYS | {"description", "uom", "uom_name"}
OUR_KEYS = {
    "subtotal", "tax_amount", "round_off", "company_state_code", "company_gstin", "party_gstin", "place_of_supply",
    "is_overdue", "display_status", "fulfilment_status", "billing_status", "purchase_order", "purchase_order_number",
    "supplier_invoice_number", "supplier_invoice_date", "version", "exchange_rate",
    "base_total", "amount_credited", "payments", "credit_notes", "revisions", "opening", "cancel_reason",
}  # fmt: skip
OUR_LINE_KEYS = {"allocated_discount", "hsn_code", "gst_rate", "taxes", "order_item", "receipt_line", "account_code"}


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world)
    made.registration()
    return made


def generate(trade: Trade, order: Any, body: Any = None) -> Any:
    return trade.post(f"/api/invoices/from_sales_order/{order['id']}/", body)


def two_lines(trade: Trade, **changes: Any) -> Any:
    """A confirmed order of 4 of one item and 6 of another."""
    items = [trade.item("A")["id"], trade.item("B", sale_rate="10")["id"]]
    return trade.confirmed(
        [{"item_id": items[0], "quantity": 4}, {"item_id": items[1], "quantity": 6}],
        **({"discount_amount": "46.00"} | changes),
    )


# ── What is made ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_answer_is_the_one_of_the_quick_reference(trade: Trade) -> None:
    customer = trade.customer(gstin=GSTIN_MH, billing_address="123 Main St")
    order = trade.confirmed(customer_id=customer["id"], due_date="2026-01-26", shipping_address="Gate 2")
    answer = generate(
        trade, order, {"partial_allowed": False, "apply_gst": True, "company_state_code": "MH", "invoice_date": DAY}
    )
    assert answer.status == 201, answer.raw
    invoice = answer.body
    assert answer.headers["Location"] == f"/api/invoices/{invoice['id']}/"
    assert answer.headers["ETag"] == '"1"'
    assert invoice.keys() == SEED_DETAIL_KEYS | OUR_KEYS
    (line,) = invoice["lines"]
    assert line.keys() == SEED_DETAIL_LINE_KEYS | OUR_LINE_KEYS
    expected = {
        "invoice_number": "INV-2025-00001",
        "invoice_date": "2025-12-26",
        "due_date": "2026-01-26",
        "party": customer["id"],
        "party_name": "Customer Name",
        "party_gstin": GSTIN_MH,
        "invoice_type": "SALES",
        "status": "DRAFT",
        "display_status": "DRAFT",
        "is_overdue": False,
        "currency": order["currency"],
        "currency_code": "INR",
        "sales_order": order["id"],
        "sales_order_number": "SO-00001",
        "subtotal": "950.00",
        "tax_amount": "171.00",
        "total_value": "1121.00",
        "amount_received": "0.00",
        "outstanding_amount": "1121.00",
        "voucher": None,
        "voucher_number": None,
        "billing_address": "123 Main St",
        "shipping_address": "Gate 2",
        "company_state_code": "27",
        "company_gstin": GSTIN_MH,
        "place_of_supply": "27",
        "fulfilment_status": "INVOICED",
        "billing_status": "BILLED",
    }
    assert {name: invoice[name] for name in expected} == expected
    assert {name: line[name] for name in line if name not in {"id", "item", "uom"}} == {
        "line_no": 1,
        "receipt_line": None,
        "account_code": None,
        "item_name": "Product SKU001",
        "item_sku": "SKU001",
        "description": "Product SKU001",
        "quantity": "10.000",
        "unit_rate": "100.00",
        "uom_name": "Piece",
        "discount_pct": "5.00",
        "line_total": "950.00",
        "tax_amount": "171.00",
        "allocated_discount": "0.00",
        "hsn_code": "847130",
        "gst_rate": "18.00",
        "taxes": [
            {"component": "CGST", "rate": "9.00", "amount": "85.50"},
            {"component": "SGST", "rate": "9.00", "amount": "85.50"},
        ],
        "order_item": order["items"][0]["id"],
    }
    assert trade.get(f"/api/invoices/{invoice['id']}/").body == invoice
    assert trade.get(f"/api/orders/sales/{order['id']}/").body["status"] == "IN_PROGRESS"
    assert OutboxEvent.unscoped.filter(company=trade.world.company, type="invoice_created").count() == 1


def test_without_a_word_everything_left_is_invoiced_today(trade: Trade) -> None:
    trade.customer()
    answer = generate(trade, trade.confirmed(), b"")
    assert answer.status == 201
    made = datetime.fromisoformat(answer.body["created_at"]).astimezone(ZoneInfo("Asia/Kolkata"))
    assert answer.body["invoice_date"] == made.date().isoformat()


def test_the_due_date_is_the_orders_else_by_the_credit_days(trade: Trade) -> None:
    customer = trade.customer(credit_days=7)["id"]
    line = [{"item_id": trade.item(stock="100")["id"], "quantity": 1}]
    assert trade.invoice(trade.confirmed(line, customer_id=customer))["due_date"] == "2026-01-02"
    assert trade.invoice(trade.confirmed(line, customer_id=customer, due_date="2026-03-01"))["due_date"] == "2026-03-01"
    order = trade.confirmed(line, customer_id=customer, due_date="2026-03-01")
    assert trade.invoice(order, due_date="2026-04-01", notes="Handle with care")["due_date"] == "2026-04-01"


def test_the_discount_of_the_order_is_spread_and_a_part_carries_its_share(trade: Trade) -> None:
    order = two_lines(trade)
    first, second = (line["id"] for line in order["items"])
    part = trade.invoice(order, partial_allowed=True, lines=[{"order_item": first, "quantity": "4"}])
    assert (part["lines"][0]["allocated_discount"], part["subtotal"]) == ("40.00", "360.00")
    rest = trade.invoice(order)
    assert [line["order_item"] for line in rest["lines"]] == [second]
    assert (rest["lines"][0]["allocated_discount"], rest["subtotal"]) == ("6.00", "54.00")
    shown = trade.get(f"/api/orders/sales/{order['id']}/").body
    assert [line["invoiced_qty"] for line in shown["items"]] == ["4.000", "6.000"]


# ── Tax ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_another_state_pays_igst_and_an_own_registration_may_be_named(trade: Trade) -> None:
    trade.registration(state_code="29", gstin=GSTIN_KA)
    order = two_lines(trade, customer_id=trade.customer(state_code="KA")["id"], discount_amount="0")
    far = trade.invoice(order, partial_allowed=True, lines=[{"order_item": order["items"][0]["id"], "quantity": 1}])
    assert (far["company_state_code"], far["place_of_supply"]) == ("27", "29")
    assert far["lines"][0]["taxes"] == [{"component": "IGST", "rate": "18.00", "amount": "18.00"}]
    near = trade.invoice(order, company_state_code="KA")
    assert near["company_gstin"] == GSTIN_KA
    assert [tax["component"] for tax in near["lines"][0]["taxes"]] == ["CGST", "SGST"]


def test_the_registration_of_the_warehouses_state_sells(trade: Trade) -> None:
    trade.registration(state_code="29", gstin=GSTIN_KA)
    warehouse = trade.get("/api/inventory/warehouses/").body[0]
    trade.patch(f"/api/inventory/warehouses/{warehouse['id']}/", {"state_code": "KA"})
    assert trade.invoice()["company_state_code"] == "29"


def test_a_zone_is_another_state_and_half_rates_keep_three_places(trade: Trade) -> None:
    item = trade.item(gst_rate="0.25")["id"]
    line = [{"item_id": item, "quantity": 1}]
    home = trade.invoice(trade.confirmed(line))
    assert home["lines"][0]["taxes"] == [
        {"component": "CGST", "rate": "0.125", "amount": "0.13"},
        {"component": "SGST", "rate": "0.125", "amount": "0.13"},
    ]
    zone = trade.customer(gstin=GSTIN_MH, gst_treatment="SEZ")["id"]
    inside = trade.invoice(trade.confirmed(line, customer_id=zone))
    assert inside["lines"][0]["taxes"] == [{"component": "IGST", "rate": "0.25", "amount": "0.25"}]


def test_without_gst_no_line_is_taxed(trade: Trade) -> None:
    invoice = trade.invoice(apply_gst=False)
    assert (invoice["tax_amount"], invoice["total_value"], invoice["lines"][0]["taxes"]) == ("0.00", "950.00", [])
    assert "warnings" not in invoice


def test_a_company_without_a_registration_charges_none_and_is_warned(other_world: World) -> None:
    invoice = Trade(other_world).invoice()
    assert invoice["tax_amount"] == "0.00"
    assert invoice["warnings"] == [
        {
            "code": "no-registration",
            "message": "The company has no GST registration, so no tax was charged.",
            "field": "apply_gst",
        }
    ]


def test_an_item_without_a_rate_is_refused_unless_nothing_is_taxed(trade: Trade) -> None:
    order = trade.confirmed([{"item_id": trade.item(gst_rate=None)["id"], "quantity": 1}])
    refused = generate(trade, order)
    assert (refused.status, refused.body["code"], refused.body["line_no"]) == (400, "gst-rate-missing", 1)
    assert generate(trade, order, {"apply_gst": False}).status == 201


def test_a_state_that_is_none_of_ours_is_refused(trade: Trade) -> None:
    order = trade.confirmed()
    for state in ("KA", "29", "XX"):
        refused = generate(trade, order, {"company_state_code": state})
        assert (refused.status, refused.body["code"]) == (400, "unknown-registration")


# ── Which orders ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_confirmed_orders_are_invoiced(trade: Trade) -> None:
    draft = trade.order()
    cancelled = trade.order([], customer_id=draft["customer"])
    trade.done(f"/api/orders/sales/{cancelled['id']}/cancel/")
    for order, status in ((draft, "DRAFT"), (cancelled, "CANCELLED")):
        refused = generate(trade, order)
        assert (refused.status, refused.body["code"]) == (400, "order-not-invoiceable")
        assert refused.body["error"] == f"Cannot create invoice from {status} order"


def test_what_is_on_a_draft_already_is_not_invoiced_again(trade: Trade) -> None:
    order = trade.confirmed()
    invoice = trade.invoice(order)
    refused = generate(trade, order)
    assert (refused.status, refused.body["code"]) == (400, "nothing-to-invoice")
    assert refused.body["invoices"] == [{"id": invoice["id"], "invoice_number": "INV-2025-00001", "status": "DRAFT"}]


def test_the_lines_asked_for_must_be_there_and_left(trade: Trade) -> None:
    order = two_lines(trade)
    first, second = (line["id"] for line in order["items"])

    def ask(*shares: tuple[str, str], **options: Any) -> Any:
        lines = [{"order_item": line, "quantity": quantity} for line, quantity in shares]
        return generate(trade, order, {"lines": lines} | options)

    too_much = ask((first, "4.001"), (second, "6"), partial_allowed=True)
    assert (too_much.status, too_much.body["code"]) == (409, "quantity-exceeds-order")
    assert too_much.body["lines"] == [{"order_item": first, "line_no": 1, "wanted": "4.001", "left": "4.000"}]
    part = ask((first, "4"))
    assert (part.status, part.body["code"]) == (400, "partial-not-allowed")
    unknown = ask((first, "1"), (NOBODY, "1"), partial_allowed=True)
    assert (unknown.status, unknown.body["error"]) == (404, "Order line not found")
    assert unknown.body["fields"] == {"lines": [{}, {"order_item": ["Order line not found"]}]}
    twice = ask((first, "1"), (first, "1"), partial_allowed=True)
    assert (twice.status, list(twice.body["fields"])) == (400, ["lines"])
    assert ask((first, "4"), (second, "6")).status == 201


# ── Parts that stock can serve ───────────────────────────────────────────────────────────────────────────────────────


def test_a_part_is_what_stock_can_serve_of_each_line(trade: Trade) -> None:
    scarce, service = trade.item("A", stock="3")["id"], trade.item("S", kind="SERVICE", stock="0")["id"]
    order = trade.confirmed([{"item_id": scarce, "quantity": 5}, {"item_id": service, "quantity": 2}])
    part = trade.invoice(order, partial_allowed=True)
    assert [(line["item_sku"], line["quantity"]) for line in part["lines"]] == [("A", "3.000"), ("S", "2.000")]
    none = generate(trade, order, {"partial_allowed": True, "invoice_date": DAY})
    assert (none.status, none.body["code"]) == (409, "insufficient-stock")
    assert none.body["items"][0]["item_sku"] == "A"
    assert none.body["items"][0].keys() == {"item", "item_sku", "warehouse", "wanted", "available", "reserved"}
    assert (none.body["items"][0]["wanted"], none.body["items"][0]["available"]) == ("2.000", "0.000")


def test_what_others_reserved_serves_nobody_else_and_a_full_invoice_asks_no_stock(trade: Trade) -> None:
    item = trade.item(stock="5")["id"]
    trade.confirmed([{"item_id": item, "quantity": 4}])
    late = trade.confirmed([{"item_id": item, "quantity": 3}])
    assert trade.invoice(late, partial_allowed=True)["lines"][0]["quantity"] == "1.000"
    assert trade.invoice(late)["lines"][0]["quantity"] == "2.000"


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_numbers_have_no_gap_and_name_the_fiscal_year(trade: Trade) -> None:
    line = [{"item_id": trade.item(stock="100")["id"], "quantity": 1}]
    customer = trade.customer()["id"]

    def number(day: str) -> str:
        return str(trade.invoice(trade.confirmed(line, customer_id=customer), invoice_date=day)["invoice_number"])

    assert [number(day) for day in ("2025-04-01", "2026-03-31", "2026-04-01")] == [
        "INV-2025-00001",
        "INV-2025-00002",
        "INV-2026-00001",
    ]


def test_a_number_that_an_import_has_brought_is_not_passed_over(trade: Trade) -> None:
    trade.world.import_invoice(invoice_no="INV-2025-00001")
    order = trade.confirmed()
    refused = generate(trade, order, {"invoice_date": DAY})
    assert (refused.status, refused.body["code"]) == (409, "number-taken")
    assert refused.body["invoice_number"] == "INV-2025-00001"
    assert not NumberSeries.unscoped.filter(company=trade.world.company, series="INV").exists()


def test_a_dry_run_shows_the_invoice_and_keeps_nothing(trade: Trade) -> None:
    order = trade.confirmed()
    path = f"/api/invoices/from_sales_order/{order['id']}/?dry_run=true"
    shown = trade.post(path, {"invoice_date": DAY})
    assert (shown.status, shown.body["invoice_number"], shown.body["dry_run"]) == (201, "INV-2025-00001", True)
    assert (shown.body["id"], "Location" in shown.headers) == (None, False)
    assert not Invoice.unscoped.filter(company=trade.world.company).exists()
    assert not OutboxEvent.unscoped.filter(company=trade.world.company, type="invoice_created").exists()
    assert trade.get(f"/api/orders/sales/{order['id']}/").body == order
    assert trade.invoice(order)["invoice_number"] == "INV-2025-00001"


# ── Policies ─────────────────────────────────────────────────────────────────────────────────────────────────────────

POLICIES = "/api/companies/policies/"


@pytest.mark.parametrize(("rate", "round_off", "total"), [("950.34", "-0.40", "1121.00"), ("950.42", "0.50", "1122.00")])
def test_by_policy_a_total_comes_to_whole_rupees_and_the_rest_to_rounding(
    trade: Trade, rate: str, round_off: str, total: str
) -> None:
    trade.patch(POLICIES, {"round_total_to_rupee": True})
    item = trade.item(stock="10")["id"]
    invoice = trade.posted(trade.confirmed([{"item_id": item, "quantity": 1, "unit_rate": rate}]))
    assert (invoice["round_off"], invoice["total_value"]) == (round_off, total)
    entries = trade.get(f"/api/accounting/vouchers/{invoice['voucher']}/").body["lines"]
    (rounding,) = [entry for entry in entries if entry["role"] == "ROUNDING"]
    side = "debit" if round_off.startswith("-") else "credit"
    assert rounding[side] == round_off.removeprefix("-")


def test_by_policy_an_order_is_invoiced_whole_only_when_stock_can_serve_it(trade: Trade) -> None:
    scarce = trade.item("SCARCE", stock="5")["id"]
    order = trade.confirmed([{"item_id": scarce, "quantity": "8"}])
    trade.patch(POLICIES, {"invoice_requires_stock": True})
    refused = generate(trade, order, {"invoice_date": DAY})
    assert (refused.status, refused.body["code"]) == (409, "insufficient-stock")
    assert [(one["item_sku"], one["wanted"], one["available"]) for one in refused.body["items"]] == [
        ("SCARCE", "8.000", "5.000")
    ]
    assert trade.get("/api/invoices/").body == []
    part = generate(trade, order, {"invoice_date": DAY, "partial_allowed": True})
    assert part.body["lines"][0]["quantity"] == "5.000"


def test_an_invoice_dated_before_a_lower_number_is_warned_of_or_by_policy_refused(trade: Trade) -> None:
    item = trade.item(stock="100")["id"]

    def make(day: str) -> Any:
        return generate(trade, trade.confirmed([{"item_id": item, "quantity": 1}]), {"invoice_date": day})

    assert "warnings" not in make("2025-12-26").body
    assert "warnings" not in make("2025-12-26").body
    early = make("2025-12-25").body
    assert [(one["code"], one["field"]) for one in early["warnings"]] == [("number-date-order", "invoice_date")]
    trade.patch(POLICIES, {"number_date_order": "refuse"})
    refused = make("2025-12-25")
    assert (refused.status, refused.body["code"], refused.body["invoice_date"]) == (409, "number-date-order", "2025-12-26")
    assert make("2025-12-26").body["invoice_number"] == "INV-2025-00004"
