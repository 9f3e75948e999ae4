"""Corruptions of documents and of what surrounds them: invoices, payments, orders, events, keys, people."""

from tests.invariants.corrupt_books import TAKE_JV, entries, voucher
from tests.invariants.corrupt_stock import movement, take
from tests.invariants.planting import Corruption, plant

Leg = tuple[str, str, str, str]

PARTY: Leg = ("near_account", "RECEIVABLE", "354", "0")
SALES: Leg = ("sales", "SALES", "0", "300")
CGST: Leg = ("cgst", "OUTPUT_CGST", "0", "27")
SGST: Leg = ("sgst", "OUTPUT_SGST", "0", "27")
COGS: Leg = ("cogs", "COGS", "210.03", "0")
STOCK: Leg = ("inventory", "INVENTORY", "0", "210.03")
DRAFT_LEGS = (PARTY, SALES, CGST, SGST, COGS, STOCK)


def posting(
    *legs: Leg, total: str = "564.03", document: str = "draft", revision: int = 1, status: str = "POSTED"
) -> list[str]:
    """A draft posted by hand: three of the second layer, as the product would do it, with these legs."""
    return [
        TAKE_JV,
        voucher(total, len(legs), kind="SALES", day="2025-12-26", source=f"'invoice', %({document})s, {revision}"),
        entries(*legs, day="2025-12-26"),
        *_RELEASED,
        issue(),
        "UPDATE sales_salesorderline SET posted_qty = posted_qty + 3 WHERE id = %(draft_order_line)s",
        "UPDATE invoices_invoiceitem SET posted_as_tracked = true WHERE id = %(draft_line)s",
        f"UPDATE invoices_invoice SET status = '{status}', voucher_id = %(new1)s, subtotal = 300, version = version + 1"
        " WHERE id = %(draft)s",
    ]


_RELEASED = [
    "WITH gone AS (DELETE FROM inventory_reservation WHERE source_id = %(draft_order_line)s RETURNING *)"
    " UPDATE inventory_stockbalance b SET reserved = b.reserved - gone.quantity FROM gone"
    " WHERE b.item_id = gone.item_id AND b.warehouse_id = gone.warehouse_id"
]


def issue(quantity: str = "3", cost: str = "210.03", *, line: str = "draft_line") -> str:
    moved = movement(f"-{quantity}", f"-{cost}", kind="SALE", day="2025-12-26", line=f"%({line})s", source="%(draft)s")
    return f"{moved} {take('second_layer', quantity, cost)}"


PERISHABLE = [
    TAKE_JV,
    voucher("128", 6, kind="SALES", day="2025-12-26", source="'invoice', %(perishable)s, 1"),
    entries(
        ("near_account", "RECEIVABLE", "118", "0"), ("sales", "SALES", "0", "100"), ("cgst", "OUTPUT_CGST", "0", "9"),
        ("sgst", "OUTPUT_SGST", "0", "9"), ("cogs", "COGS", "10", "0"), ("inventory", "INVENTORY", "0", "10"),
        day="2025-12-26",
    ),
    _RELEASED[0].replace("%(draft_order_line)s", "(SELECT order_line_id FROM invoices_invoiceitem"
                         " WHERE id = %(perishable_line)s)"),
    movement("-1", "-10", kind="SALE", item="expiring", day="2025-12-26", line="%(perishable_line)s",
        source="%(perishable)s")
    + take("b1_layer", "1", "10"),
    "UPDATE sales_salesorderline SET posted_qty = posted_qty + 1"
    " WHERE id = (SELECT order_line_id FROM invoices_invoiceitem WHERE id = %(perishable_line)s)",
    "UPDATE invoices_invoiceitem SET posted_as_tracked = true WHERE id = %(perishable_line)s",
    "UPDATE invoices_invoice SET status = 'POSTED', voucher_id = %(new1)s, subtotal = 100, version = version + 1"
    " WHERE id = %(perishable)s",
]  # fmt: skip
"""Posted as it should be, but for the batch: B2 expires first."""


def invoice(changes: str, which: str = "posted") -> str:
    return f"UPDATE invoices_invoice SET {changes} WHERE id = %({which})s"


def line(changes: str, which: str = "line") -> str:
    return f"UPDATE invoices_invoiceitem SET {changes} WHERE id = %({which})s"


def payment(changes: str, which: str = "partly") -> str:
    return f"UPDATE invoices_payment SET {changes} WHERE id = %({which})s"


def allocate(of: str, to: str, amount: str, *, releases: str = "NULL") -> str:
    return (
        "INSERT INTO invoices_paymentallocation (id, company_id, payment_id, invoice_id, amount, allocation_date,"
        " releases_id,"
        f" created_at) VALUES (%(new7)s, %(company)s, %({of})s, %({to})s, {amount}, '2025-12-28', {releases}, now())"
    )


def without(*dropped: Leg) -> tuple[Leg, ...]:
    return tuple(leg for leg in DRAFT_LEGS if leg not in dropped)


DOCUMENTS: list[Corruption] = [
    # Posted or not
    plant("I09", "a second voucher", TAKE_JV, voucher("10", kind="SALES", source="'invoice', %(posted)s, 1"),
          entries(("cash", "CASH", "10", "0"), ("sales", "SALES", "0", "10")), by="voucher_one_per_source_and_revision"),
    plant("I09", "a voucher of the next revision", TAKE_JV, voucher("10", kind="SALES", source="'invoice', %(posted)s, 2"),
          entries(("cash", "CASH", "10", "0"), ("sales", "SALES", "0", "10")), by="posted_has_voucher"),
    plant("I09", "the link to the voucher cut", invoice("voucher_id = NULL"), by="invoice_status_follows_the_money"),
    plant("I09", "a posted invoice made a draft", invoice("voucher_id = NULL, status = 'DRAFT'"), by="posted_has_voucher"),
    plant("I09", "a posted invoice cancelled without reversal", invoice("status = 'CANCELLED'"), by="posted_has_voucher"),
    plant("I09", "another invoice's voucher", invoice("voucher_id = %(partial_voucher)s"), by="posted_has_voucher"),
    plant("I09", "a draft posted without a voucher", invoice("status = 'POSTED', subtotal = 300", "draft"),
          by="invoice_status_follows_the_money"),
    plant("I09", "a voucher for a draft", TAKE_JV, voucher("10", kind="SALES", source="'invoice', %(draft)s, 1"),
          entries(("cash", "CASH", "10", "0"), ("sales", "SALES", "0", "10")), by="posted_has_voucher"),
    plant("I09", "a voucher for nothing", TAKE_JV, voucher("10", kind="RECEIPT", source="'payment', gen_random_uuid(), 1"),
          entries(("cash", "CASH", "10", "0"), ("near_account", "RECEIVABLE", "0", "10")), by="posted_has_voucher"),
    plant("I09", "a payment reversed without its voucher", payment("status = 'REVERSED', allocated_amount = 0"),
          by="posted_has_voucher allocation_adds_up"),
    plant("I09", "a payment without its voucher", payment("voucher_id = NULL"),
          by="payment_posted_has_voucher posted_content_stays"),
    plant("I09", "a reversed payment posted again", payment("status = 'POSTED'", "taken_back"), by="posted_has_voucher"),
    # Legs and document
    plant("I10", "a party leg of a paisa less", *posting(("near_account", "RECEIVABLE", "353.99", "0"),
          ("rounding", "ROUNDING", "0.01", "0"), *without(PARTY)), by="voucher_is_the_document"),
    plant("I10", "another customer's account", *posting(("far_account", "RECEIVABLE", "354", "0"), *without(PARTY)),
          by="voucher_is_the_document"),
    plant("I10", "cash instead of the customer", *posting(("cash", "CASH", "354", "0"), *without(PARTY)),
          by="voucher_is_the_document"),
    plant("I10", "a paisa between posted legs",
          "UPDATE accounting_ledgerentry SET debit = debit - 0.01 WHERE id = %(debit_entry)s",
          by="append_only"),
    plant("I10", "a payment of another amount than booked", payment("amount = amount + 1"), by="posted_content_stays"),
    plant("I10", "a payment into another account than booked", payment("account_id = %(cash)s"), by="posted_content_stays"),
    plant("I11", "tax booked as sales", *posting(("sales", "SALES", "0", "354"), *without(SALES, CGST, SGST)),
          by="voucher_is_the_document"),
    plant("I11", "tax of another kind", *posting(("igst", "OUTPUT_IGST", "0", "54"), *without(CGST, SGST)),
          by="voucher_is_the_document"),
    # Sums
    plant("I12", "a total of one more", invoice("total_value = total_value + 1", "draft"), by="invoice_total_adds_up"),
    plant("I12", "a round-off of 0.51", invoice("round_off = 0.51, total_value = total_value + 0.51", "draft"),
          by="invoice_total_adds_up"),
    plant("I12", "a negative total", invoice("subtotal = -354, total_value = -300", "draft"),
          by="invoice_totals_in_range invoice_parts_in_range"),
    plant("I12", "no subtotal on a posted invoice", invoice("subtotal = NULL"), by="invoice_status_follows_the_money"),
    plant("I13", "a sum of the items of its own", invoice("items_total = items_total + 1", "draft"), by="invoice_adds_up"),
    plant("I13", "net moved into the round-off", invoice("subtotal = subtotal - 0.10, round_off = 0.10", "draft"),
          by="invoice_adds_up"),
    plant("I13", "tax moved into the subtotal", invoice("subtotal = subtotal + 4, tax_amount = tax_amount - 4", "draft"),
          by="invoice_adds_up"),
    plant("I13", "a dearer line under an old sum", line("mrp = 101, line_total = 303", "draft_line"), by="invoice_adds_up"),
    plant("I13", "the lines gone", "DELETE FROM invoices_invoiceitem WHERE invoice_id = %(draft)s", by="invoice_adds_up"),
    plant("I13", "a line moved to another invoice", line("invoice_id = %(perishable)s, line_no = 9", "draft_line"),
          by="invoice_adds_up"),
    plant("I14", "a line total of its own", line("line_total = line_total + 1", "draft_line"),
          by="invoiceitem_line_total"),
    plant("I14", "another rate under the same total", line("mrp = 90", "draft_line"), by="invoiceitem_line_total"),
    plant("I14", "no quantity", line("quantity = 0", "draft_line"),
          by="invoiceitem_quantity_positive invoiceitem_line_total"),
    plant("I14", "a quantity that is no number", line("quantity = 'NaN'", "draft_line"),
          by="invoiceitem_quantity_positive invoiceitem_line_total"),
    # Money received
    plant("I15", "more received by hand", invoice("amount_received = amount_received + 5", "partial"),
          by="allocation_adds_up"),
    plant("I15", "an allocation the invoice does not know", allocate("partly", "partial", "5"), by="allocation_adds_up"),
    plant("I15", "an allocation deleted", "DELETE FROM invoices_paymentallocation WHERE id = %(allocation)s",
          by="append_only"),
    plant("I15", "an allocation changed", "UPDATE invoices_paymentallocation SET amount = 99 WHERE id = %(allocation)s",
          by="append_only"),
    plant("I15", "money of a reversed payment", invoice("amount_received = 5, status = 'PARTIALLY_PAID'"),
          payment("allocated_amount = 5", "taken_back"), allocate("taken_back", "posted", "5"), by="allocation_joins_alike"),
    plant("I16", "more allocated than paid, by a paisa", invoice("amount_received = amount_received + 0.01", "partial"),
          payment("allocated_amount = allocated_amount + 0.01"), allocate("partly", "partial", "0.01"),
          by="payment_allocated_within_amount"),
    plant("I16", "less allocated by hand", payment("allocated_amount = allocated_amount - 1"), by="allocation_adds_up"),
    plant("I17", "paid by hand", invoice("status = 'PAID'", "partial"), by="invoice_status_follows_the_money"),
    plant("I17", "posted though money came", invoice("status = 'POSTED'", "partial"), by="invoice_status_follows_the_money"),
    plant("I17", "overdue stored", invoice("status = 'OVERDUE'"),
          by="invoice_status_known invoice_status_follows_the_money"),
    plant("I18", "one customer's money for another's invoice",
          "INSERT INTO invoices_paymentallocation (id, company_id, payment_id, invoice_id, amount,"
          " allocation_date, releases_id,"
          " created_at) SELECT %(new6)s, company_id, payment_id, invoice_id, -amount, '2025-12-28', id, now()"
          " FROM invoices_paymentallocation WHERE id = %(allocation)s".replace("INSERT", "WITH a AS (" + payment(
              "allocated_amount = 0") + "), b AS (" + invoice("amount_received = 0, status = 'POSTED'", "partial")
              + ") INSERT", 1),
          payment("allocated_amount = 100"), invoice("amount_received = 100, status = 'PARTIALLY_PAID'"),
          allocate("partly", "posted", "100"), by="allocation_joins_alike"),
    plant("I18", "a payment given to another customer", payment("customer_id = %(near)s"), by="posted_content_stays"),
    # Releases
    plant("I44", "a release twice", invoice("amount_received = amount_received", "posted"),
          allocate("taken_back", "posted", "-10", releases="%(released)s"), by="paymentallocation_released_once"),
    plant("I44", "a release of more", payment("allocated_amount = 0"), invoice("amount_received = 0, status = 'POSTED'",
          "partial"),
          allocate("partly", "partial", "-101", releases="%(allocation)s"),
          by="allocation_adds_up release_undoes_allocation"),
    plant("I44", "a release of another invoice's money", payment("allocated_amount = 90"),
          allocate("partly", "posted", "-10", releases="%(allocation)s"),
          by="allocation_adds_up release_undoes_allocation allocation_joins_alike"),
    plant("I44", "a release of another payment's allocation", payment("allocated_amount = 90"),
          invoice("amount_received = 90", "partial"),
          allocate("partly", "partial", "-10", releases="(SELECT id FROM invoices_paymentallocation"
                   " WHERE invoice_id = %(paid)s)"), by="release_undoes_allocation"),
    plant("I44", "a negative allocation that releases nothing", allocate("partly", "partial", "-5"),
          by="paymentallocation_sign"),
    # Tax
    plant("I46", "CGST of its own", line("cgst = cgst + 1, sgst = sgst - 1", "draft_line"),
          by="invoiceitem_tax_of_one_kind"),
    plant("I46", "IGST beside CGST", line("igst = 5", "draft_line"), by="invoiceitem_tax_of_one_kind"),
    plant("I46", "a negative tax", line("cgst = -1, sgst = -1", "draft_line"), by="invoiceitem_taxes_in_range"),
    # Posted content
    plant("I47", "another name on a posted line", line("name = 'Something else'"), by="posted_content_stays"),
    plant("I47", "half the quantity at twice the rate", line("quantity = quantity / 2, mrp = mrp * 2"),
          by="posted_content_stays"),
    plant("I47", "another GSTIN on a posted invoice", invoice("party_gstin = '27AAPFU0939F1ZV'"), by="posted_content_stays"),
    plant("I47", "a posted invoice dated back", invoice("invoice_date = invoice_date - 1"), by="posted_content_stays"),
    plant("I47", "another place of supply", invoice("place_of_supply = '29'"), by="posted_content_stays"),
    plant("I47", "a posted line written anew under the same id", "WITH old AS (DELETE FROM invoices_invoiceitem"
          " WHERE id = %(line)s RETURNING *) SELECT 1", by="invoice_adds_up posted_content_stays"),
    plant("I47", "a seal changed", "UPDATE invoices_contentseal SET content_hash = '\\x00' WHERE invoice_id = %(posted)s",
          by="append_only"),
    plant("I47", "a seal removed", "DELETE FROM invoices_contentseal WHERE invoice_id = %(posted)s", by="append_only"),
    # Orders
    plant("I30", "more invoiced by hand", "UPDATE sales_salesorderline SET invoiced_qty = invoiced_qty + 1"
          " WHERE id = %(order_line)s", by="order_line_adds_up"),
    plant("I30", "more posted by hand", "UPDATE sales_salesorderline SET posted_qty = posted_qty + 1"
          " WHERE id = %(draft_order_line)s", by="order_line_adds_up"),
    plant("I30", "more invoiced than ordered", "UPDATE sales_salesorderline SET invoiced_qty = quantity + 1"
          " WHERE id = %(order_line)s", by="salesorderline_posted_within_invoiced"),
    plant("I30", "less ordered than invoiced",
          "UPDATE sales_salesorderline SET quantity = 1 WHERE id = %(draft_order_line)s",
          by="salesorderline_posted_within_invoiced"),
    # Numbers
    plant("I28", "an invoice deleted", "DELETE FROM invoices_invoiceitem WHERE invoice_id = %(draft)s",
          "DELETE FROM invoices_invoice WHERE id = %(draft)s", by="invoice_adds_up never_deleted"),
    plant("I28", "an invoice number changed", invoice("invoice_no = 'INV-2025-00099'", "draft"), by="identity_stays"),
    plant("I28", "an invoice number taken and not used", TAKE_JV.replace("'JV'", "'INV'"), by="numbers_are_used"),
    plant("I28", "an order deleted", "DELETE FROM inventory_reservation WHERE id = %(reservation)s",
          "DELETE FROM sales_salesorderline WHERE order_id = %(order)s", "DELETE FROM sales_salesorder WHERE id = %(order)s",
          by="reserved_adds_up never_deleted"),
    plant("I28", "a payment deleted", "DELETE FROM invoices_paymentallocation WHERE payment_id = %(partly)s",
          "DELETE FROM invoices_payment WHERE id = %(partly)s", by="append_only never_deleted"),
    plant("I29", "an invoice number twice", invoice("invoice_no = (SELECT invoice_no FROM invoices_invoice"
          " WHERE id = %(posted)s)", "draft"), by="identity_stays invoice_sales_number"),
    plant("I29", "an invoice number with a trailing blank",
          "INSERT INTO invoices_invoice (id, company_id, invoice_type, origin,"
          " invoice_no, invoice_date, customer_id, created_by, priority, items_total, total_value, temp_name, remarks,"
          " fulfilment_status, billing_status, status, version, created_at, updated_at) SELECT %(new4)s, company_id,"
          " invoice_type, origin, invoice_no || ' ', invoice_date, customer_id, '', 'MEDIUM', 0, 0, '', '', 'INVOICED',"
          " 'BILLED', 'DRAFT', 1, now(), now() FROM invoices_invoice WHERE id = %(posted)s",
          by="invoice_no_trimmed invoice_own_number_legal number_of_its_series"),
    plant("I48", "an own number of another year", invoice("invoice_no = 'INV-2024-00001'", "draft"), by="identity_stays"),
    # Parties tie out
    plant("I38", "money on a customer's account and no payment", TAKE_JV,
          voucher("10", kind="RECEIPT", source="'payment', %(taken_back)s, 2"),
          entries(("cash", "CASH", "10", "0"), ("near_account", "RECEIVABLE", "0", "10")), by="posted_has_voucher"),
    # Other companies
    plant("I32", "another company's customer on a draft", invoice("customer_id = %(their_near)s", "draft"),
          by="invoices_invoice_customer_id_company_fk"),
    plant("I32", "another company's item on a line", line("item_id = %(their_item)s", "draft_line"),
          by="invoices_invoiceitem_item_id_company_fk"),
    plant("I32", "another company's order line", line("order_line_id = %(their_order_line)s", "draft_line"),
          by="invoices_invoiceitem_order_line_id_company_fk"),
    plant("I32", "another company's customer on an order",
          "UPDATE sales_salesorder SET customer_id = %(their_near)s WHERE id = %(order)s",
          by="sales_salesorder_customer_id_company_fk"),
    plant("I32", "money for another company's invoice", allocate("partly", "their_posted", "5"),
          by="invoices_paymentallocation_invoice_id_company_fk"),
    # Order of issue
    plant("I24", "the batch that expires last sold first", *PERISHABLE),
    plant("I26", "a tracked line posted without an issue", *[one for one in posting(*without(COGS, STOCK), total="354")
          if "inventory_stockmovement" not in one], by="tracked_lines_issued"),
    plant("I26", "a tracked line issued in part", *[one if "inventory_stockmovement" not in one else issue("2", "140.02")
          for one in posting(*without(COGS, STOCK), ("cogs", "COGS", "140.02", "0"), ("inventory", "INVENTORY", "0",
          "140.02"),
                             total="494.02")], by="tracked_lines_issued"),
    plant("I26", "another invoice's line issued",
          *[one if "inventory_stockmovement" not in one else issue(line="perishable_line")
          for one in posting(*DRAFT_LEGS)], by="tracked_lines_issued"),
    # Events, answers, people
    plant("I31", "an event deleted", "DELETE FROM erp_outboxevent WHERE id = %(event)s"),
    plant("I31", "a version without an event", invoice("version = version + 1", "draft")),
    plant("I53", "an event number skipped", "UPDATE erp_eventchannel SET last_number = last_number + 1"
          " WHERE company_id = %(company)s"),
    plant("I36", "a key with an empty answer", "INSERT INTO erp_idempotencykey (company_id, credential_id, route, key, part,"
          " body_hash, status, answer, created_at) VALUES (%(company)s, %(owner)s, 'POST x', 'empty', 0,"
          " sha256(''), 200, '',"
          " now())", by="idempotencykey_has_answer"),
    plant("I36", "a refusal remembered", "INSERT INTO erp_idempotencykey (company_id, credential_id, route, key, part,"
          " body_hash, status, answer, created_at) VALUES (%(company)s, %(owner)s, 'POST x', 'empty', 0,"
          " sha256(''), 409, '{}',"
          " now())", by="idempotencykey_success_only"),
    plant("I36", "an answer changed", "UPDATE erp_idempotencykey SET status = 500 WHERE id = %(key)s",
          by="answered_once idempotencykey_success_only"),
    plant("I37", "what was acknowledged is gone", "DELETE FROM invoices_invoiceitem WHERE invoice_id = %(imported)s",
          "DELETE FROM invoices_invoice WHERE id = %(imported)s", by="invoice_adds_up never_deleted"),
    plant("I40", "a key in clear", "UPDATE erp_apikey SET hashed_key = 'WEDFBNPOIUFSDFTY' WHERE id = %(api_key)s",
          by="apikey_hashed"),
    plant("I40", "a key without scope", "UPDATE erp_apikey SET scopes = '{}' WHERE id = %(api_key)s", by="apikey_has_scope"),
    plant("I55", "a webhook that looks at events again",
          "UPDATE erp_webhookendpoint SET position = 0 WHERE id = %(webhook)s", by="moves_forward"),
    plant("I55", "a webhook that passed events over",
          "UPDATE erp_webhookendpoint SET position = position + 1000 WHERE id = %(webhook)s"),
    plant("I55", "a delivery of another kind",
          "UPDATE erp_webhookdelivery SET type = 'lottery' WHERE endpoint_id = %(webhook)s", by="of_its_event"),
    plant("I55", "a delivery of another document",
          "UPDATE erp_webhookdelivery SET subject_id = %(posted)s WHERE endpoint_id = %(webhook)s", by="of_its_event"),
    plant("I54", "the last owner made a viewer", "UPDATE erp_membership SET role = 'VIEWER', is_active = false"
          " WHERE company_id = %(company)s AND user_id = %(owner)s",
          "INSERT INTO erp_membership (id, company_id, user_id, role,"
          " is_active) SELECT %(new2)s, %(company)s, id, 'OWNER', false FROM erp_user u WHERE NOT EXISTS (SELECT FROM"
          " erp_membership m WHERE m.company_id = %(company)s AND m.user_id = u.id) LIMIT 1",
          by="keeps_an_owner"),
    plant("I54", "an audit entry deleted",
          "DELETE FROM erp_auditentry WHERE company_id = %(company)s AND subject_id = %(posted)s",
          by="append_only"),
    plant("I32", "a reference to another company's invoice", "UPDATE connectors_externalref"
          " SET invoice_id = %(their_posted)s WHERE company_id = %(company)s AND entity = 'invoice'",
          by="connectors_externalref_invoice_id_company_fk"),
    plant("I32", "a site of another company's customer", "UPDATE connectors_site"
          " SET customer_id = %(their_near)s WHERE company_id = %(company)s",
          by="connectors_site_customer_id_company_fk"),
]  # fmt: skip
