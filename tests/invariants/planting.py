"""A company with something of everything in its books and its stock, and the means to plant corruptions in it.

Everything is made by the product itself and committed; each corruption happens in a transaction that ends in a rollback.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
from django.utils import timezone
from psycopg import errors, sql

from accounting.balances import fold_balances
from accounting.models import LedgerAccount
from erp.listening import issue_ticket
from erp.models import Currency
from erp.rights import Role
from erp.sealing import SEAL_ENTRIES
from erp.sequencing import NUMBER_EVENTS
from erp.throttling import MINUTE, reserve
from invoices.applying import apply_credit
from invoices.payment_reversing import reverse_payment
from invoices.reversing import reverse_invoice
from tests.builders import invoice_body, item_body, new_world, send
from tests.cluster import owner_connection
from tests.house.calls_of_people import people_of_every_kind
from tests.migrated import one_bill
from tests.trade import DAY, Trade
from tests.warehouse import Warehouse

Ids = dict[str, Any]


@dataclass(frozen=True)
class Corruption:
    """Statements that would leave the database in a state that breaks `law`, all in one transaction.

    `rules` are the constraints and triggers of which one must refuse them; none: only `verify` can tell.
    """

    name: str
    law: str
    statements: Sequence[str]
    rules: frozenset[str]

    def __str__(self) -> str:
        return f"{self.law} {self.name}"


def plant(law: str, name: str, *statements: str, by: str = "") -> Corruption:
    return Corruption(name, law, statements, frozenset(by.split()))


# ── The ground ───────────────────────────────────────────────────────────────────────────────────────────────────────


def prepare() -> Ids:
    """Two companies of the same kind; the ids of the rows that corruptions aim at, by name."""
    ids = {f"new{number}": uuid4() for number in range(1, 10)} | _company()
    return ids | {f"their_{name}": value for name, value in _company().items()}


def _company() -> Ids:
    trade = Trade(new_world())
    actor = trade.world.actor(Role.OWNER)
    people_of_every_kind(trade.world)
    trade.registration()
    near, far = trade.customer(name="Near"), trade.customer(name="Far", state_code="KA")
    item = trade.item("FIRST", stock="10", unit_cost="60")
    trade.opening(item["id"], "13", "70.01", date="2025-12-02")
    other_item = trade.item("SECOND", stock="30", unit_cost="33.333")
    service = trade.item("SERVICE", stock="0", kind="SERVICE")
    expiring = trade.item("EXPIRING", stock="0", batch_required=True, issue_rule="FEFO")
    batches = [{"batch_no": number, "expiry_date": f"2026-0{6 - place}-01"} for place, number in enumerate(["B1", "B2"])]
    for batch in batches:
        trade.opening(expiring["id"], "0", "0", lines=[_line(expiring, "5", "10", **batch)])
    warehouse = trade.made("/api/inventory/warehouses/", {"code": "SIDE", "name": "Side"})
    moved = {"from_warehouse_id": trade.get("/api/inventory/stock/").body["rows"][0]["warehouse"]}
    moved |= {"to_warehouse_id": warehouse["id"], "date": "2025-12-02"}
    carried = trade.item("CARRIED", stock="10", unit_cost="30")
    trade.hsn_rate("8471", "28")
    _price(trade, other_item, near)
    trade.made("/api/inventory/uoms/", {"code": "BOX", "name": "Box"})
    packs = [{"uom_code": "BOX", "factor": "10"}]
    assert trade.patch(f"/api/inventory/items/{carried['id']}/", {"gst_rate": "12", "packs": packs}).status == 200
    transfer = trade.made("/api/inventory/transfers/", moved | {"lines": [{"item_id": carried["id"], "quantity": "4"}]})
    goods = [{"item_id": item["id"], "quantity": "4"}, {"item_id": service["id"], "quantity": "1"}]
    posted = trade.posted(trade.confirmed([*goods, {"item_id": expiring["id"], "quantity": "2"}], customer_id=near["id"]))
    fold_balances(company_id=trade.world.company.id)
    partial = trade.posted(trade.confirmed([{"item_id": item["id"], "quantity": "8"}], customer_id=far["id"]))
    partly = trade.pay(partial, "100.00")
    paid = trade.posted(trade.confirmed([{"item_id": other_item["id"], "quantity": "3"}], customer_id=near["id"]))
    trade.pay(paid, "354.00")
    undone = trade.posted(trade.confirmed([{"item_id": other_item["id"], "quantity": "20"}], customer_id=near["id"]))
    taken_back = trade.pay(posted, "10.00")
    draft = trade.invoice(trade.confirmed([{"item_id": item["id"], "quantity": "3"}], customer_id=near["id"]))
    perishable = trade.invoice(trade.confirmed([{"item_id": expiring["id"], "quantity": "1"}], customer_id=near["id"]))
    order = trade.confirmed([{"item_id": other_item["id"], "quantity": "7"}], customer_id=near["id"])
    noted = _credit(trade, near, warehouse)
    today, now = date(2025, 12, 28), timezone.now()
    reverse_invoice(invoice_id=undone["id"], actor=actor, reason="wrong", reversal_date=None, today=today, now=now)
    reverse_payment(payment_id=taken_back["id"], actor=actor, reason="bounced", reversal_date=None, today=today, now=now)
    receipt, receipt_undone = _receive(trade, "10"), _receive(trade, "1")
    trade.done(f"/api/purchasing/receipts/{receipt_undone['id']}/reverse/", {"reason": "wrong", "reversal_date": DAY})
    billed = trade.received(trade.confirmed_purchase(_ordered(trade, "BILLED")), "10")["purchase_order"]
    bill, draft_bill = _bill(trade, billed, "4"), _bill(trade, billed, "5")
    trade.done(f"/api/invoices/{bill['id']}/post_voucher/")
    paid_out = _pay_out(trade, bill)
    by_hand, unordered = _draw_up(trade), _bill_unordered(trade)
    returned, debited, debit_note, draft_debit = _debit(trade)
    abroad, wired, abroad_note, farther, carried_over = _abroad(trade)
    _import(trade)
    revised = _revise(trade)
    handled = Warehouse(trade.world).something_of_everything()
    one_bill(trade.world)
    with owner_connection() as owner:
        owner.execute(NUMBER_EVENTS, {"batch": 100_000})
        owner.execute(SEAL_ENTRIES, {"batch": 100_000})
    issue_ticket(actor=actor, now=timezone.now())
    reserve(f"planted {trade.world.company.id}", limit=1, window=MINUTE, now=timezone.now())
    webhook = trade.webhook()["id"]
    trade.done(f"/api/companies/webhooks/{webhook}/replay/", {"after": f"invoices-{trade.world.company.id}:0"})
    found = {
        "webhook": webhook,
        "company": trade.world.company.id, "near": near["id"], "far": far["id"], "item": item["id"], "owner": actor.id,
        "other_item": other_item["id"], "service": service["id"], "expiring": expiring["id"], "posted": posted["id"],
        "partial": partial["id"], "partly": partly["id"], "paid": paid["id"], "undone": undone["id"], "draft": draft["id"],
        "taken_back": taken_back["id"], "order": order["id"], "perishable": perishable["id"], "side": warehouse["id"],
        "receipt": receipt["id"], "receipt_undone": receipt_undone["id"], "receipt_voucher": receipt["voucher"],
        "purchase": receipt["purchase_order"], "transfer": transfer["id"], "billed": billed, "bill": bill["id"],
        "draft_bill": draft_bill["id"], "paid_out": paid_out["id"], "revised": revised, "returned": returned,
        "debited": debited, "debit_note": debit_note, "draft_debit": draft_debit, "by_hand": by_hand, "unordered": unordered,
        "abroad": abroad["id"], "wired": wired["id"], "abroad_note": abroad_note["id"], "farther": farther["id"],
        "carried_over": carried_over,
    }  # fmt: skip
    found |= noted | {name: str(trade.world.invoice(number).id) for name, number in handled.items()}
    return found | _look_up(found)


def _credit(trade: Trade, customer: Any, warehouse: Any) -> Ids:
    """Credit notes: one that settles, one that is not posted, one whose credit is open, one whose goods go elsewhere."""
    goods = [{"item_id": trade.item("THIRD", stock="10", unit_cost="20")["id"], "quantity": "4"}]
    credited, settled = (trade.posted(trade.confirmed(goods, customer_id=customer["id"])) for _ in range(2))
    trade.pay(settled, "472.00")
    line, settled_line = credited["lines"][0]["id"], settled["lines"][0]["id"]
    note = trade.credit(credited, lines=[{"line": line, "quantity": "1"}])
    draft_note = trade.credit(credited, lines=[{"line": line, "quantity": "2"}], post=False)
    one_piece = [{"line": settled_line, "quantity": "1"}]
    open_note = trade.credit(settled, lines=one_piece)
    moved_note = trade.credit(settled, lines=one_piece, return_stock=True, warehouse_id=warehouse["id"])
    return {
        "credited": credited["id"], "note": note["id"], "draft_note": draft_note["id"], "open_note": open_note["id"],
        "credited_line": line, "moved_note": moved_note["id"], "moved_on": moved_note["transfer"],
    }  # fmt: skip


def _price(trade: Trade, item: Any, customer: Any) -> None:
    """A price list to sell at, which the customer has, and one to buy at, which an order names."""
    sales = trade.price_list("Trade prices", {"item_id": item["id"], "unit_rate": "100"})
    trade.patch(f"/api/orders/customers/{customer['id']}/", {"price_list_id": sales["id"]})
    trade.order([], customer_id=customer["id"], price_list_id=sales["id"])
    buying = trade.price_list("Cost prices", kind="PURCHASE")["id"]
    trade.purchase([], supplier_id=trade.supplier(price_list_id=buying)["id"], price_list_id=buying)


def _line(item: Any, quantity: str, unit_cost: str, **more: Any) -> dict[str, Any]:
    return {"item_id": item["id"], "quantity": quantity, "unit_cost": unit_cost, **more}


def _receive(trade: Trade, quantity: str) -> Any:
    """So much of a purchase order of 20 pieces."""
    return trade.received(trade.confirmed_purchase(_ordered(trade, f"BOUGHT-{quantity}")), quantity)


def _ordered(trade: Trade, sku: str) -> list[Any]:
    return [{"item_id": trade.item(sku, stock="0")["id"], "quantity": "20", "unit_rate": "60"}]


def _pay_out(trade: Trade, bill: Any) -> Any:
    """160.00 to the supplier, of which 100.00 for the bill."""
    of_bill = [{"invoice_id": bill["id"], "amount": "100.00"}]
    body = {"party_id": bill["party"], "kind": "PAYMENT", "amount": "160.00", "payment_date": DAY, "allocations": of_bill}
    return trade.made("/api/payments/", body | {"post": True})


def _abroad(trade: Trade) -> tuple[Any, ...]:
    """An invoice of 1000.00 US dollars booked at 83.10, paid in full at 84, the payment, and a note of 100.00; another
    invoice of 200.00, booked at 84, and the 50.00 of the note that settle it."""
    Currency.objects.get_or_create(code="USD", defaults={"name": "US dollar"})
    for day, rate in ((DAY, "83.1"), ("2025-12-27", "84")):
        trade.made("/api/accounting/exchange_rates/", {"currency_id": "USD", "rate_date": day, "rate": rate})
    line = {"item_id": trade.item("ABROAD", stock="10")["id"], "quantity": "10", "unit_rate": "100"}
    invoice = trade.posted(trade.confirmed([line], currency_id="USD"), apply_gst=False)
    payment = trade.pay(invoice, "1000")
    note = trade.credit(invoice, lines=[{"line": invoice["lines"][0]["id"], "amount": "100"}])
    service = {"item_id": trade.item("ADVICE", stock="0", kind="SERVICE")["id"], "quantity": "2", "unit_rate": "100"}
    order = trade.confirmed([service], customer_id=invoice["party"], currency_id="USD")
    other = trade.posted(order, apply_gst=False, invoice_date="2025-12-27")
    of_note = apply_credit(
        note_id=note["id"],
        invoice_id=other["id"],
        amount=Decimal(50),
        actor=trade.world.actor(Role.OWNER),
        today=date(2025, 12, 28),
        now=timezone.now(),
    )
    return invoice, payment, note, other, of_note


def _bill(trade: Trade, order: str, quantity: str) -> Any:
    """A draft bill of so much of the only line of the order."""
    shown = trade.get(f"/api/purchasing/orders/{order}/").body
    return trade.bill(shown, lines=[{"order_item": shown["items"][0]["id"], "quantity": quantity}], partial_allowed=True)


def _debit(trade: Trade) -> tuple[str, ...]:
    """An order, its bill of four pieces, which is paid, and its debit notes: of one piece, and a draft of two."""
    order = trade.received(trade.confirmed_purchase(_ordered(trade, "RETURNED")), "10")["purchase_order"]
    bill = _bill(trade, order, "4")
    trade.done(f"/api/invoices/{bill['id']}/post_voucher/")
    trade.pay(bill, bill["total_value"])
    line = bill["lines"][0]["id"]
    note = trade.credit(bill, lines=[{"line": line, "quantity": "1"}])
    draft = trade.credit(bill, lines=[{"line": line, "quantity": "2"}], post=False)
    return order, bill["id"], note["id"], draft["id"]


def _import(trade: Trade) -> None:
    """An imported invoice whose Total differs from its lines, posted; with an idempotency key."""
    body = invoice_body(Total=60, items=[item_body(), item_body(item_code="B", mrp=1)], invoice_date=DAY)
    answer = send(
        "POST",
        "/api/sales/import/invoice/",
        body,
        **{"X-API-Key": trade.world.api_key, "Idempotency-Key": "planted"},
    )
    assert answer.status == 201, answer.raw
    trade.done(f"/api/invoices/{trade.world.invoice(body['invoice_no']).id}/post_voucher/")


def _revise(trade: Trade) -> str:
    """An imported invoice, settled by open credit of another one, sent again for less than that."""
    ids = []
    for number in ("SETTLED", "REVISED"):
        body = invoice_body(invoice_no=number, invoice_date=DAY, customer={"code": "R-1", "name": "Revised"})
        assert trade.world.import_invoice(body).status == 201
        ids.append(str(trade.world.invoice(number).id))
        trade.done(f"/api/invoices/{ids[-1]}/post_voucher/")
    trade.pay({"id": ids[0]}, "70")
    note = trade.credit({"id": ids[0]})
    trade.made(f"/api/invoices/credit_notes/{note['id']}/apply/", {"invoice_id": ids[1], "amount": "50"})
    assert trade.world.import_invoice(body | {"Total": 40}).data["result"] == "updated"
    return ids[1]


def _draw_up(trade: Trade) -> Any:
    """A posted bill of no order, whose line names an account."""
    LedgerAccount.unscoped.create(company=trade.world.company, code="5400", name="Freight", type="EXPENSE")
    line = {"description": "Freight", "quantity": "1", "unit_rate": "90", "account_code": "5400"}
    sent = {"invoice_type": "PURCHASE", "party_id": trade.supplier(name="Carrier")["id"], "invoice_date": DAY}
    bill = trade.made("/api/invoices/", sent | {"supplier_invoice_number": "F-1", "lines": [line]})
    trade.done(f"/api/invoices/{bill['id']}/post_voucher/")
    return bill["id"]


def _bill_unordered(trade: Trade) -> Any:
    """A receipt without an order, half of it on a posted bill and half on a draft: the draft."""
    item = trade.item("UNORDERED", stock="0")["id"]
    receipt = trade.receipt([{"item_id": item, "quantity": "10", "unit_cost": "60"}], receipt_date=DAY)
    line = {"receipt_line": receipt["lines"][0]["id"], "quantity": "5", "unit_rate": "60"}
    sent = {"invoice_type": "PURCHASE", "party_id": receipt["supplier"], "invoice_date": DAY, "lines": [line]}
    posted, draft = (trade.made("/api/invoices/", sent | {"supplier_invoice_number": number}) for number in ("U-1", "U-2"))
    trade.done(f"/api/invoices/{posted['id']}/post_voucher/")
    return draft["id"]


LOOK_UPS = {
    "unordered_line": "SELECT id FROM invoices_invoiceitem WHERE invoice_id = %(unordered)s",
    "came_unordered": "SELECT g.receipt_id FROM purchasing_goodsreceiptline g JOIN invoices_invoiceitem l"
    " ON l.receipt_line_id = g.id WHERE l.invoice_id = %(unordered)s",
    "came_ordered": "SELECT l.id FROM purchasing_goodsreceiptline l JOIN purchasing_goodsreceipt r"
    " ON r.id = l.receipt_id WHERE r.purchase_order_id = %(billed)s",
    "came_elsewhere": "SELECT id FROM purchasing_goodsreceiptline WHERE receipt_id = %(receipt)s",
    "posted_unordered": "SELECT l.id FROM invoices_invoiceitem l JOIN invoices_invoiceitem d"
    " ON d.receipt_line_id = l.receipt_line_id AND d.id <> l.id WHERE d.invoice_id = %(unordered)s",
    "by_hand_line": "SELECT id FROM invoices_invoiceitem WHERE invoice_id = %(by_hand)s",
    "purchases": "SELECT id FROM accounting_ledgeraccount WHERE company_id = %(company)s AND code = '5100'",
    "currency": "SELECT base_currency_id FROM erp_company WHERE id = %(company)s",
    "year": "SELECT id FROM accounting_fiscalyear WHERE company_id = %(company)s AND year = 2025",
    "main": "SELECT id FROM inventory_warehouse WHERE company_id = %(company)s AND is_default",
    "uom": "SELECT id FROM inventory_uom WHERE company_id = %(company)s AND code = 'PCS'",
    "imported": "SELECT id FROM invoices_invoice WHERE company_id = %(company)s AND origin = 'IMPORTED'"
    " AND invoice_no LIKE 'T-%%'",
    "earlier": "SELECT id FROM invoices_invoicerevision WHERE invoice_id = %(revised)s",
    "released_credit": "SELECT releases_id FROM invoices_creditnoteallocation WHERE invoice_id = %(revised)s AND amount < 0",
    "open_credit": "SELECT DISTINCT credit_note_id FROM invoices_creditnoteallocation WHERE invoice_id = %(revised)s",
    "voucher": "SELECT voucher_id FROM invoices_invoice WHERE id = %(posted)s",
    "partial_voucher": "SELECT voucher_id FROM invoices_invoice WHERE id = %(partial)s",
    "undone_voucher": "SELECT voucher_id FROM invoices_invoice WHERE id = %(undone)s",
    "undoing": "SELECT v.id FROM accounting_voucher v JOIN invoices_invoice i ON v.reverses_id = i.voucher_id"
    " WHERE i.id = %(undone)s",
    "credited_voucher": "SELECT voucher_id FROM invoices_invoice WHERE id = %(credited)s",
    "payment_voucher": "SELECT voucher_id FROM invoices_payment WHERE id = %(partly)s",
    "supplier": "SELECT supplier_id FROM purchasing_goodsreceipt WHERE id = %(receipt)s",
    "purchase_line": "SELECT id FROM purchasing_purchaseorderline WHERE order_id = %(purchase)s",
    "billed_line": "SELECT id FROM purchasing_purchaseorderline WHERE order_id = %(billed)s",
    "bill_line": "SELECT id FROM invoices_invoiceitem WHERE invoice_id = %(bill)s",
    "draft_bill_line": "SELECT id FROM invoices_invoiceitem WHERE invoice_id = %(draft_bill)s",
    "bill_voucher": "SELECT voucher_id FROM invoices_invoice WHERE id = %(bill)s",
    "bill_account": "SELECT id FROM accounting_ledgeraccount WHERE owner_id = (SELECT supplier_id FROM invoices_invoice"
    " WHERE id = %(bill)s)",
    "debited_line": "SELECT id FROM invoices_invoiceitem WHERE invoice_id = %(debited)s",
    "debited_supplier": "SELECT supplier_id FROM invoices_invoice WHERE id = %(debited)s",
    "debited_account": "SELECT id FROM accounting_ledgeraccount WHERE owner_id = (SELECT supplier_id FROM invoices_invoice"
    " WHERE id = %(debited)s)",
    "debited_item": "SELECT item_id FROM invoices_invoiceitem WHERE invoice_id = %(debited)s",
    "debited_layer": "SELECT l.layer_id FROM purchasing_goodsreceiptline l JOIN purchasing_goodsreceipt r"
    " ON r.id = l.receipt_id WHERE r.purchase_order_id = %(returned)s",
    "billed_item": "SELECT item_id FROM invoices_invoiceitem WHERE invoice_id = %(bill)s",
    "billed_layer": "SELECT l.layer_id FROM purchasing_goodsreceiptline l JOIN purchasing_goodsreceipt r"
    " ON r.id = l.receipt_id WHERE r.purchase_order_id = %(billed)s",
    "line": "SELECT id FROM invoices_invoiceitem WHERE invoice_id = %(posted)s ORDER BY line_no LIMIT 1",
    "draft_line": "SELECT id FROM invoices_invoiceitem WHERE invoice_id = %(draft)s",
    "perishable_line": "SELECT id FROM invoices_invoiceitem WHERE invoice_id = %(perishable)s",
    "draft_order_line": "SELECT order_line_id FROM invoices_invoiceitem WHERE invoice_id = %(draft)s",
    "order_line": "SELECT id FROM sales_salesorderline WHERE order_id = %(order)s",
    "reservation": "SELECT id FROM inventory_reservation WHERE source_id = (SELECT id FROM sales_salesorderline"
    " WHERE order_id = %(order)s)",
    "allocation": "SELECT id FROM invoices_paymentallocation WHERE payment_id = %(partly)s",
    "released": "SELECT releases_id FROM invoices_paymentallocation WHERE payment_id = %(taken_back)s"
    " AND releases_id IS NOT NULL",
    "debit_entry": "SELECT e.id FROM accounting_ledgerentry e JOIN invoices_invoice i ON i.voucher_id = e.voucher_id"
    " WHERE i.id = %(posted)s AND e.role = 'RECEIVABLE'",
    "sale": "SELECT m.id FROM inventory_stockmovement m WHERE m.source_id = %(posted)s AND m.item_id = %(item)s",
    "undone_sale": "SELECT m.id FROM inventory_stockmovement m WHERE m.source_id = %(undone)s AND m.kind = 'SALE'",
    "restored": "SELECT c.restores_id FROM inventory_layerconsumption c JOIN inventory_stockmovement m"
    " ON m.id = c.movement_id WHERE m.source_id = %(undone)s AND c.restores_id IS NOT NULL",
    "taking": "SELECT c.id FROM inventory_layerconsumption c JOIN inventory_stockmovement m ON m.id = c.movement_id"
    " WHERE m.source_id = %(posted)s AND m.item_id = %(item)s",
    "first_layer": "SELECT id FROM inventory_stocklayer WHERE item_id = %(item)s ORDER BY received_on LIMIT 1",
    "second_layer": "SELECT id FROM inventory_stocklayer WHERE item_id = %(item)s ORDER BY received_on DESC LIMIT 1",
    "other_layer": "SELECT id FROM inventory_stocklayer WHERE item_id = %(other_item)s",
    "opening_document": "SELECT m.source_id FROM inventory_stockmovement m JOIN inventory_stocklayer l"
    " ON l.movement_id = m.id WHERE l.item_id = %(item)s ORDER BY l.received_on LIMIT 1",
    "opening_voucher": "SELECT m.voucher_id FROM inventory_stockmovement m JOIN inventory_stocklayer l"
    " ON l.movement_id = m.id WHERE l.item_id = %(item)s ORDER BY l.received_on LIMIT 1",
    "arrival": "SELECT movement_id FROM inventory_stocklayer WHERE item_id = %(item)s ORDER BY received_on LIMIT 1",
    "b1": "SELECT id FROM inventory_batch WHERE item_id = %(expiring)s AND batch_no = 'B1'",
    "b2": "SELECT id FROM inventory_batch WHERE item_id = %(expiring)s AND batch_no = 'B2'",
    "b1_layer": "SELECT id FROM inventory_stocklayer WHERE batch_id = (SELECT id FROM inventory_batch"
    " WHERE item_id = %(expiring)s AND batch_no = 'B1')",
    "picked_session": "SELECT id FROM fulfilment_pickingsession WHERE invoice_id = %(walked)s",
    "ended_session": "SELECT id FROM fulfilment_pickingsession WHERE invoice_id = %(begun)s AND status = 'CANCELLED'",
    "packing_session": "SELECT id FROM fulfilment_packingsession WHERE invoice_id = %(begun)s",
    "sealed_box": "SELECT b.id FROM fulfilment_box b JOIN fulfilment_packingsession k ON k.id = b.session_id"
    " WHERE k.invoice_id = %(trayed)s",
    "delivery_session": "SELECT id FROM fulfilment_deliverysession WHERE invoice_id = %(walked)s",
    "parcel_session": "SELECT id FROM fulfilment_deliverysession WHERE invoice_id = %(parcel)s",
    "resolved": "SELECT id FROM fulfilment_billingreturn WHERE invoice_id = %(corrected)s",
    "unresolved": "SELECT id FROM fulfilment_billingreturn WHERE invoice_id = %(waiting)s",
    "event": "SELECT id FROM erp_outboxevent WHERE company_id = %(company)s AND subject_id = %(posted)s ORDER BY id LIMIT 1",
    "audit": "SELECT id FROM erp_auditentry WHERE company_id = %(company)s AND subject_id = %(posted)s ORDER BY id LIMIT 1",
    "key": "SELECT id FROM erp_idempotencykey WHERE company_id = %(company)s AND key = 'planted'",
    "wire": "SELECT id FROM invoices_paymentallocation WHERE payment_id = %(wired)s",
    "abroad_line": "SELECT id FROM invoices_invoiceitem WHERE invoice_id = %(abroad)s",
    "abroad_account": "SELECT id FROM accounting_ledgeraccount WHERE owner_id = (SELECT customer_id FROM invoices_invoice"
    " WHERE id = %(abroad)s)",
    "api_key": "SELECT id FROM erp_apikey WHERE company_id = %(company)s LIMIT 1",
} | {
    name: f"SELECT id FROM accounting_ledgeraccount WHERE company_id = %(company)s AND code = '{code}'"
    for name, code in {
        "cash": "1000", "bank": "1010", "receivables": "1100", "inventory": "1200", "input_cgst": "1300", "cgst": "2200",
        "sgst": "2201", "igst": "2203", "suspense": "2900", "capital": "3000", "opening": "3900", "sales": "4000",
        "sales_returns": "4100", "grni": "2100", "rounding": "4900", "cogs": "5000", "purchases": "5100",
        "written_off": "5310", "variance": "5200", "fx": "4910",
    }.items()
} | {
    f"{name}_account": f"SELECT id FROM accounting_ledgeraccount WHERE owner_id = %({name})s" for name in ("near", "far")
}  # fmt: skip


def _look_up(known: Ids) -> Ids:
    found: Ids = {}
    with owner_connection() as connection:
        for name, query in LOOK_UPS.items():
            rows: list[Any] = connection.execute(query.encode(), known).fetchall()
            assert len(rows) == 1, (name, rows)
            found[name] = rows[0][0]
    return found


# ── Planting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def ending_in_rollback(role: str | None = None) -> Iterator["psycopg.Cursor[Any]"]:
    """A transaction as this role, or as superuser; nothing of it stays."""
    connection = owner_connection()
    connection.autocommit = False
    try:
        with connection.cursor() as cursor:
            if role is not None:
                cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
            yield cursor
    finally:
        connection.rollback()
        connection.close()


def commit(cursor: "psycopg.Cursor[Any]", corruption: Corruption, ids: Mapping[str, Any]) -> None:
    """Everything that a COMMIT would judge is judged."""
    for statement in corruption.statements:
        cursor.execute(statement.encode(), ids)
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refusing_rule(problem: psycopg.Error) -> str:
    """Name of the constraint or trigger that refused; `privilege` when the role may not even try."""
    if isinstance(problem, errors.InsufficientPrivilege):
        return "privilege"
    return problem.diag.constraint_name or (problem.diag.message_primary or "").partition(":")[0]


def force(cursor: "psycopg.Cursor[Any]", corruption: Corruption, ids: Mapping[str, Any]) -> None:
    """Plant it although it is refused: triggers and foreign keys off, checks and keys that stand in the way dropped."""
    cursor.execute("SET LOCAL session_replication_role = replica")
    for statement in corruption.statements:
        while True:
            cursor.execute("SAVEPOINT attempt")
            try:
                cursor.execute(statement.encode(), ids)
                break
            except errors.IntegrityError as problem:
                cursor.execute("ROLLBACK TO attempt")
                _drop(cursor, problem)


def _drop(cursor: "psycopg.Cursor[Any]", problem: errors.IntegrityError) -> None:
    diag = problem.diag
    if isinstance(problem, errors.NotNullViolation):
        text = "ALTER TABLE {table} ALTER COLUMN {name} DROP NOT NULL"
        name = diag.column_name
    else:
        row = cursor.execute(
            "SELECT 1 FROM pg_constraint WHERE conrelid = %s::regclass AND conname = %s",
            [diag.table_name, diag.constraint_name],
        ).fetchone()
        text = "ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE" if row else "DROP INDEX {name}"
        name = diag.constraint_name
    assert name is not None
    assert diag.table_name is not None
    cursor.execute(sql.SQL(text).format(table=sql.Identifier(diag.table_name), name=sql.Identifier(name)))


def broken_laws(cursor: "psycopg.Cursor[Any]", ids: Mapping[str, Any], *, law: str = "") -> set[str]:
    """Laws whose views find something in either company; of one law only, when it is named."""
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'v' AND relname ~ %s",
        [f"^audit_{law.lower()}_" if law else "^audit_i[0-9]+_"],
    )
    views = [name for (name,) in cursor.fetchall()]
    assert views, law
    found = set()
    for view in views:
        query = sql.SQL("SELECT 1 FROM {} WHERE company_id = ANY(%s) LIMIT 1").format(sql.Identifier(view))
        if cursor.execute(query, [[ids["company"], ids["their_company"]]]).fetchone():
            found.add(view.split("_")[1].upper())
    return found
