"""Attacks on rows of books and stock that are there: each rule on its own, with the others out of the way.

Vouchers, layers and posted documents are valid only together, so these begin with a company that has something of everything
(`tests.invariants.planting`) and spoil one column. Whole corrupt transactions are in `test_planted_corruptions`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors, sql

from tests.house.catalogue import Cursor, ForeignKey, foreign_keys, provoked, rows, unique_keys
from tests.house.registry import our_models
from tests.invariants.corrupt_documents import PERISHABLE
from tests.invariants.corrupt_stock import LATE_TRANSFER
from tests.invariants.planting import Corruption, Ids, commit, ending_in_rollback, plant, prepare, refusing_rule

pytestmark = pytest.mark.db_heavy


class Spoilt(NamedTuple):
    """A row of `table` (one for which `where` is true) that check `name` no longer takes, once `changes` are made."""

    name: str
    table: str
    changes: str
    where: str = "true"
    beside: str = ""
    """A check that would refuse it as well, and goes first in the alphabet: taken out of the way."""


SPOILT = [
    Spoilt("accountday_in_range", "accounting_accountday", "debit = -1"),
    Spoilt("company_rate_max_age_days", "erp_company", "rate_max_age_days = 367"),
    Spoilt("exchangerate_positive", "accounting_exchangerate", "rate = 0"),
    Spoilt("fiscalyear_lasts_a_year", "accounting_fiscalyear", "end_date = end_date - 10"),
    Spoilt("fiscalyear_named_by_its_start", "accounting_fiscalyear", "year = year + 7"),
    Spoilt("ledgeraccount_only_parties_own", "accounting_ledgeraccount", "owner_id = id", "role = 'CASH'"),
    Spoilt("ledgeraccount_type_known", "accounting_ledgeraccount", "type = 'DEBT'"),
    Spoilt("ledgerentry_finite", "accounting_ledgerentry", "debit = 'NaN'", "debit > 0"),
    Spoilt("voucher_kind_known", "accounting_voucher", "kind = 'LOTTERY'", "reverses_id IS NULL"),
    Spoilt("voucher_revision_positive", "accounting_voucher", "source_revision = 0"),
    Spoilt("throttle_not_negative", "erp_throttle", "used = -1"),
    Spoilt("login_rotated_at_a_time", "erp_login", "generation = 1, rotated_at = NULL"),
    Spoilt("streamticket_of_one", "erp_streamticket", "login_id = NULL, key_id = NULL"),
    Spoilt("webhookendpoint_complete", "erp_webhookendpoint", "url = ''"),
    Spoilt("webhookendpoint_position", "erp_webhookendpoint", "position = -1"),
    Spoilt("webhookendpoint_pause_reason", "erp_webhookendpoint", "paused_at = now(), pause_reason = 'boredom'"),
    Spoilt("webhookendpoint_paused_for_a_reason", "erp_webhookendpoint", "paused_at = now()", "paused_at IS NULL"),
    Spoilt("webhookendpoint_overlap_ends", "erp_webhookendpoint", "previous_secret = secret", "previous_until IS NULL"),
    Spoilt("webhookendpoint_secret_encrypted", "erp_webhookendpoint", "secret = 'whsec_clear'"),
    Spoilt("webhookdelivery_state", "erp_webhookdelivery", "state = 'LOST', next_attempt_at = NULL"),
    Spoilt("webhookdelivery_number", "erp_webhookdelivery", "number = 0"),
    Spoilt("webhookdelivery_pending_is_due", "erp_webhookdelivery", "next_attempt_at = NULL", "state = 'PENDING'"),
    Spoilt("webhookdelivery_delivered_was_taken", "erp_webhookdelivery", "state = 'DELIVERED', next_attempt_at = NULL",
           "attempts = 0"),
    Spoilt("numberseries_not_negative", "erp_numberseries", "last_number = -1"),
    Spoilt("batch_reason_while_blocked", "inventory_batch", "is_blocked = false, block_reason = 'why'"),
    Spoilt("item_issue_rule_known", "inventory_item", "issue_rule = 'LIFO'"),
    Spoilt("item_kind_known", "inventory_item", "kind = 'IDEA'"),
    Spoilt("item_purchase_rate_in_range", "inventory_item", "purchase_rate = -1"),
    Spoilt("item_reorder_level_in_range", "inventory_item", "reorder_level = -1"),
    Spoilt("layerconsumption_sign", "inventory_layerconsumption", "cost = -1 - cost", "restores_id IS NULL"),
    Spoilt("reservation_positive", "inventory_reservation", "quantity = 0"),
    Spoilt("stockdocument_kind_known", "inventory_stockdocument", "kind = 'MAGIC'"),
    Spoilt("stockdocument_places_of_its_kind", "inventory_stockdocument", "destination_id = warehouse_id"),
    Spoilt("stockdocument_status_known", "inventory_stockdocument", "status = 'LOST'"),
    Spoilt("stocklayer_left_within_what_came", "inventory_stocklayer", "quantity_left = quantity + 1"),
    Spoilt("stockmovement_kind_known", "inventory_stockmovement", "kind = 'MAGIC'"),
    Spoilt("stockmovement_value_has_its_sign", "inventory_stockmovement", "value = -1", "quantity > 0"),
    Spoilt("invoice_draft_has_no_voucher", "invoices_invoice", "status = 'DRAFT', amount_received = 0",
           "voucher_id IS NOT NULL"),
    Spoilt("invoice_status_known", "invoices_invoice", "status = 'OVERDUE'", beside="invoice_status_follows_the_money"),
    Spoilt("invoice_no_trimmed", "invoices_invoice", "invoice_no = invoice_no || ' '", "origin = 'IMPORTED'"),
    Spoilt("invoice_own_number_legal", "invoices_invoice", "invoice_no = 'A B'", "origin = 'ISSUED'"),
    Spoilt("invoice_parts_in_range", "invoices_invoice", "revision = 0"),
    Spoilt("invoiceitem_parts_in_range", "invoices_invoiceitem", "gst_rate = 100"),
    Spoilt("invoiceitem_tracked_is_an_item", "invoices_invoiceitem", "posted_as_tracked = true, item_id = NULL"),
    Spoilt("invoiceitem_grni_of_an_order", "invoices_invoiceitem", "grni_value = 1",
           "purchase_line_id IS NULL AND receipt_line_id IS NULL"),
    Spoilt("invoiceitem_of_one_order", "invoices_invoiceitem", "purchase_line_id = order_line_id",
           "order_line_id IS NOT NULL"),
    Spoilt("invoiceitem_account_of_no_goods", "invoices_invoiceitem",
           "account_id = (SELECT a.id FROM accounting_ledgeraccount a WHERE a.company_id = invoices_invoiceitem.company_id"
           " AND a.code = '5100')", "order_line_id IS NOT NULL"),
    Spoilt("creditnote_status_known", "invoices_creditnote", "status = 'LOST'", beside="creditnote_posted_has_voucher"),
    Spoilt("creditnote_of_its_party", "invoices_creditnote", "customer_id = NULL", "supplier_id IS NULL"),
    Spoilt("creditnote_reason_known", "invoices_creditnote", "reason = 'BAD_MOOD'"),
    Spoilt("creditnote_parts_in_range", "invoices_creditnote",
           "subtotal = -1, total_value = tax_amount + round_off - 1, amount_applied = 0", "tax_amount >= 2"),
    Spoilt("creditnote_total_adds_up", "invoices_creditnote", "total_value = total_value + 1"),
    Spoilt("creditnote_version_positive", "invoices_creditnote", "version = 0"),
    Spoilt("creditnoteline_amounts_in_range", "invoices_creditnoteline", "line_total = -1"),
    Spoilt("creditnoteline_line_no_positive", "invoices_creditnoteline", "line_no = 0"),
    Spoilt("creditnoteline_quantity_or_amount", "invoices_creditnoteline", "quantity = NULL", "returned_qty > 0"),
    Spoilt("creditnoteline_tax_of_one_kind", "invoices_creditnoteline", "igst = 1", "cgst > 0"),
    Spoilt("creditnoteallocation_sign", "invoices_creditnoteallocation", "amount = 0"),
    Spoilt("invoicerevision_counts", "invoices_invoicerevision", "revision = 0"),
    Spoilt("invoice_exchange_rate_fixed", "invoices_invoice", "exchange_rate = NULL", "status = 'POSTED'"),
    Spoilt("payment_exchange_rate_fixed", "invoices_payment", "exchange_rate = NULL", "status = 'POSTED'"),
    Spoilt("paymentallocation_base_sign", "invoices_paymentallocation", "paid_base = NULL", "paid_base > 0"),
    Spoilt("creditnoteallocation_base_sign", "invoices_creditnoteallocation", "paid_base = NULL", "paid_base > 0"),
    Spoilt("creditnote_moves_returns_on", "invoices_creditnote", "warehouse_id = (SELECT id FROM inventory_warehouse w"
           " WHERE w.company_id = invoices_creditnote.company_id LIMIT 1)", "supplier_id IS NOT NULL"),
    Spoilt("creditnote_exchange_rate_fixed", "invoices_creditnote", "exchange_rate = 0"),
    Spoilt("payment_kind_known", "invoices_payment", "kind = 'GIFT'"),
    Spoilt("payment_of_its_party", "invoices_payment", "kind = 'PAYMENT'", "kind = 'RECEIPT'"),
    Spoilt("payment_mode_known", "invoices_payment", "mode = 'BARTER'"),
    Spoilt("payment_plans_as_draft", "invoices_payment", """planned = '[{"amount": "1.00"}]'""", "status = 'POSTED'"),
    Spoilt("payment_posted_has_voucher", "invoices_payment", "voucher_id = NULL", "status = 'POSTED'"),
    Spoilt("payment_status_known", "invoices_payment", "status = 'LOST'"),
    Spoilt("customer_credit_not_negative", "sales_customer", "credit_days = -1"),
    Spoilt("customer_gst_treatment_known", "sales_customer", "gst_treatment = 'MAGIC'"),
    Spoilt("supplier_code_given", "purchasing_supplier", "code = ''"),
    Spoilt("supplier_credit_not_negative", "purchasing_supplier", "credit_days = -1"),
    Spoilt("supplier_gst_treatment_known", "purchasing_supplier", "gst_treatment = 'MAGIC'"),
    Spoilt("purchaseorder_adds_up", "purchasing_purchaseorder", "total_amount = total_amount + 1"),
    Spoilt("purchaseorder_status_known", "purchasing_purchaseorder", "status = 'LOST'"),
    Spoilt("purchaseorderline_amounts_in_range", "purchasing_purchaseorderline", "tax_amount = -1"),
    Spoilt("purchaseorderline_quantity", "purchasing_purchaseorderline",
           "quantity = 0, received_qty = 0", "invoiced_qty = 0"),
    Spoilt("purchaseorderline_rate", "purchasing_purchaseorderline", "unit_rate = -1"),
    Spoilt("goodsreceipt_cost_in_range", "purchasing_goodsreceipt", "total_cost = -1"),
    Spoilt("goodsreceipt_status_known", "purchasing_goodsreceipt", "status = 'LOST'"),
    Spoilt("goodsreceiptline_in_range", "purchasing_goodsreceiptline", "quantity = 0"),
    Spoilt("courier_code_given", "fulfilment_courier", "courier_code = ''"),
    Spoilt("courier_status", "fulfilment_courier", "status = 'LOST'"),
    Spoilt("courier_type", "fulfilment_courier", "type = 'MAGIC'"),
    Spoilt("tray_code_given", "fulfilment_tray", "tray_code = ''"),
    Spoilt("tray_status", "fulfilment_tray", "status = 'LOST'"),
    Spoilt("box_is_a_tray", "fulfilment_box", "tray_id = NULL", "freed_at IS NULL"),
    Spoilt("box_sealed_at_a_time", "fulfilment_box", "sealed_at = NULL", "is_sealed"),
    Spoilt("boxitem_quantity", "fulfilment_boxitem", "quantity = 'NaN'"),
    Spoilt("packingsession_held_by_somebody", "fulfilment_packingsession", "held_by_email = ''", "status = 'CHECKING_DONE'"),
    Spoilt("packingsession_checked_by_somebody", "fulfilment_packingsession", "status = 'CHECKING', ended_at = NULL",
           "checking_by_id IS NULL AND status = 'IN_PROGRESS'"),
    Spoilt("deliverysession_slip_of_a_courier", "fulfilment_deliverysession", "courier_slip_id = id",
           "delivery_type = 'DIRECT'"),
    Spoilt("statusrun_count", "fulfilment_statusrun", "count = -1"),
    Spoilt("storedfile_media_type", "erp_storedfile", "media_type = 'text/html'"),
    Spoilt("storedfile_size", "erp_storedfile", "size = 0"),
    Spoilt("company_packing_quantity_check", "erp_company", "packing_quantity_check = 'MAGIC'"),
    Spoilt("pickingsession_source", "fulfilment_pickingsession", "source = 'MAGIC'"),
    Spoilt("packingsession_source", "fulfilment_packingsession", "source = 'MAGIC'"),
    Spoilt("packingsession_status", "fulfilment_packingsession", "status = 'LOST'", "ended_at IS NOT NULL"),
    Spoilt("packingsession_ends_with_its_work", "fulfilment_packingsession", "ended_at = NULL", "status = 'PACKED'"),
    Spoilt("deliverysession_source", "fulfilment_deliverysession", "source = 'MAGIC'"),
    Spoilt("deliverysession_status", "fulfilment_deliverysession", "status = 'LOST'", "ended_at IS NOT NULL"),
    Spoilt("deliverysession_ends_with_its_work", "fulfilment_deliverysession", "ended_at = NULL", "status = 'DELIVERED'"),
    Spoilt("deliverysession_type", "fulfilment_deliverysession", "delivery_type = 'MAGIC'", "delivery_type = 'DIRECT'"),
    Spoilt("deliverysession_counter_sub_mode", "fulfilment_deliverysession", "counter_sub_mode = 'MAGIC'"),
    Spoilt("deliverysession_latitude", "fulfilment_deliverysession", "latitude = 91"),
    Spoilt("deliverysession_longitude", "fulfilment_deliverysession", "longitude = -181"),
    Spoilt("deliverysession_location_accuracy", "fulfilment_deliverysession", "location_accuracy = -1"),
    Spoilt("billingreturn_section", "fulfilment_billingreturn", "section = 'MAGIC'"),
    Spoilt("billingreturn_reason_given", "fulfilment_billingreturn", "reason = ''"),
    Spoilt("billingreturn_resolved_in_whole", "fulfilment_billingreturn", "goods_changed = NULL", "resolved_at IS NOT NULL"),
    Spoilt("company_courier_handover", "erp_company", "courier_handover = 'MAGIC'"),
    Spoilt("company_session_lease_minutes", "erp_company", "session_lease_minutes = 10081"),
    Spoilt("connection_kind_known", "connectors_connection", "kind = 'MAGIC'"),
    Spoilt("connection_state_known", "connectors_connection", "state = 'LOST'"),
    Spoilt("connection_name_given", "connectors_connection", "name = ''"),
    Spoilt("site_name_given", "connectors_site", "name = ''"),
    Spoilt("connection_polled_until", "connectors_connection", "polled_until = -1"),
    Spoilt("connection_one_secret", "connectors_connection", "secret_env = 'KEY', secret = 'x'"),
    Spoilt("externalref_id_given", "connectors_externalref", "external_id = ''"),
    Spoilt("externalref_of_its_entity", "connectors_externalref", "entity = 'client'", "entity = 'invoice'"),
    Spoilt("importrun_kind_known", "connectors_importrun", "kind = 'MAGIC'"),
    Spoilt("importrun_phase_known", "connectors_importrun", "phase = 'LUNCH'"),
    Spoilt("importrun_state_known", "connectors_importrun", "state = 'LOST'"),
    Spoilt("importrun_done_within_total", "connectors_importrun", "done = total + 1"),
    Spoilt("importrow_entity_known", "connectors_importrow", "entity = 'dream'"),
    Spoilt("importrow_state_known", "connectors_importrow", "state = 'LOST'"),
    Spoilt("importrow_reason_given", "connectors_importrow", "state = 'FAILED'", "code = ''"),
    Spoilt("importrow_done_has_target", "connectors_importrow", "target_id = NULL",
           "state = 'DONE' AND target_external_id = ''"),
    Spoilt("department_name_given", "erp_department", "name = ''"),
    Spoilt("jobtitle_title_given", "erp_jobtitle", "title = ''"),
    Spoilt("membership_ended_is_inactive", "erp_membership", "ended_at = now()", "is_active"),
    Spoilt("menugrant_menu", "erp_menugrant", "menu = 'everything'"),
    Spoilt("salesorder_adds_up", "sales_salesorder", "total_amount = total_amount + 1"),
    Spoilt("salesorder_status_known", "sales_salesorder", "status = 'LOST'"),
    Spoilt("salesorderline_amounts_in_range", "sales_salesorderline", "tax_amount = -1"),
    Spoilt("salesorderline_quantity", "sales_salesorderline", "quantity = 0, invoiced_qty = 0, posted_qty = 0"),
    Spoilt("salesorderline_rate", "sales_salesorderline", "unit_rate = -1"),
]  # fmt: skip

AGAIN = {
    "accountday_one": "accounting_accountday",
    "exchangerate_one_a_day": "accounting_exchangerate",
    "fiscalyear_year": "accounting_fiscalyear",
    "ledgeraccount_code": "accounting_ledgeraccount",
    "numberseries_one": "erp_numberseries",
    "registration_one_default": "erp_registration",
    "registration_state": "erp_registration",
    "streamticket_digest": "erp_streamticket",
    "throttle_once": "erp_throttle",
    "webhookdelivery_once": "erp_webhookdelivery",
    "batch_number": "inventory_batch",
    "reservation_one_per_source": "inventory_reservation",
    "stockbalance_one": "inventory_stockbalance",
    "stockdocument_number": "inventory_stockdocument",
    "stockmovement_one_issue_per_line": "inventory_stockmovement",
    "contentseal_one_per_revision": "invoices_contentseal",
    "creditnote_number": "invoices_creditnote",
    "invoicerevision_once": "invoices_invoicerevision",
    "creditnoteline_line_no": "invoices_creditnoteline",
    "creditnoteline_once": "invoices_creditnoteline",
    "payment_number": "invoices_payment",
    "invoice_purchase_number": "invoices_invoice",
    "supplier_code": "purchasing_supplier",
    "purchaseorder_number": "purchasing_purchaseorder",
    "purchaseorderline_line_no": "purchasing_purchaseorderline",
    "goodsreceipt_number": "purchasing_goodsreceipt",
    "goodsreceiptline_line_no": "purchasing_goodsreceiptline",
    "goodsreceiptline_one_per_layer": "purchasing_goodsreceiptline",
    "courier_code": "fulfilment_courier",
    "tray_code": "fulfilment_tray",
    "box_one_per_tray": "fulfilment_box",
    "boxitem_one_per_line": "fulfilment_boxitem",
    "courierchange_serial": "fulfilment_courierchange",
    "statusrun_serial": "fulfilment_statusrun",
    "pickingsession_serial": "fulfilment_pickingsession",
    "packingsession_serial": "fulfilment_packingsession",
    "packingsession_one_current": "fulfilment_packingsession",
    "deliverysession_serial": "fulfilment_deliverysession",
    "deliverysession_one_current": "fulfilment_deliverysession",
    "billingreturn_serial": "fulfilment_billingreturn",
    "billingreturn_one_unresolved": "fulfilment_billingreturn",
    "site_name": "connectors_site",
    "connection_name": "connectors_connection",
    "connection_one_invoice_ninja": "connectors_connection",
    "externalref_once": "connectors_externalref",
    "externalref_one_per_customer": "connectors_externalref",
    "externalref_one_per_invoice": "connectors_externalref",
    "externalref_one_per_payment": "connectors_externalref",
    "importrun_one_running": "connectors_importrun",
    "importrow_once": "connectors_importrow",
    "department_name": "erp_department",
    "jobtitle_title": "erp_jobtitle",
    "menugrant_once": "erp_menugrant",
    "salesorder_number": "sales_salesorder",
    "salesorderline_line_no": "sales_salesorderline",
}
"""Unique key → table: a row of it cannot be there twice."""

_LOCKED = "UPDATE erp_company SET hard_lock_date = {} WHERE id = %(company)s"
TRANSACTIONS = [
    plant("", "a final lock lifted", _LOCKED.format("'2025-01-31'"), _LOCKED.format("NULL"), by="hard_lock_moves_forward"),
    plant("", "a blocked batch sold", "UPDATE inventory_batch SET is_blocked = true WHERE id = %(b1)s", *PERISHABLE,
          by="sale_of_usable_layer"),
    plant("", "more goods moved by an old transfer, there and back alike", *LATE_TRANSFER, by="transfer_is_whole"),
]  # fmt: skip
"""Refused, but nothing that an auditor could find afterwards: no law is judged by it."""


def names_attacked() -> set[str]:
    return {one.name for one in SPOILT} | set(AGAIN) | {rule for one in TRANSACTIONS for rule in one.rules}


@pytest.fixture(scope="module")
def ids(migrated_database: None) -> Ids:
    return prepare()


@contextmanager
def unguarded(*, foreign_keys_hold: bool = False) -> Iterator[Cursor]:
    """A superuser's transaction that ends in a rollback, with every trigger of ours off; checks and unique keys hold."""
    with ending_in_rollback() as cursor:
        if foreign_keys_hold:
            for table in sorted(model._meta.db_table for model in our_models()):
                cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
        else:
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor


@pytest.mark.parametrize("one", SPOILT, ids=lambda one: one.name)
def test_a_spoilt_row_is_refused_by_its_check(ids: Ids, one: Spoilt) -> None:
    spoil = f"UPDATE {one.table} SET {one.changes} WHERE ctid = (SELECT ctid FROM {one.table} WHERE {one.where} LIMIT 1)"
    with unguarded() as cursor:
        if one.beside:
            cursor.execute(f"ALTER TABLE {one.table} DROP CONSTRAINT {one.beside}".encode())
        with pytest.raises(errors.CheckViolation) as refusal:
            cursor.execute(spoil.encode())
    assert refusing_rule(refusal.value) == one.name


@pytest.mark.parametrize("name", AGAIN)
def test_a_row_cannot_be_there_twice(ids: Ids, name: str) -> None:
    with unguarded() as cursor:
        (one,) = [key for key in unique_keys(cursor) if key[0] == name]
        assert one[1] == AGAIN[name]
        with pytest.raises(errors.UniqueViolation) as refusal:
            _repeat(cursor, *one[:3])
    assert refusing_rule(refusal.value) == name


def _repeat(cursor: Cursor, name: str, table: str, columns: tuple[str, ...]) -> None:
    """Copy a row that the key covers, under another id, with the other unique keys of the table gone."""
    for other, of, *_ in unique_keys(cursor):
        if of == table and other != name and not other.endswith("_pkey"):
            kept = rows(
                cursor, "SELECT conname::text FROM pg_constraint WHERE conindid = %s::regclass AND contype = 'u'", [other]
            )
            gone = f"ALTER TABLE {table} DROP CONSTRAINT {other} CASCADE" if kept else f"DROP INDEX {other}"
            cursor.execute(gone.encode())
    (covered,) = rows(
        cursor,
        "SELECT coalesce(pg_get_expr(indpred, indrelid), 'true') FROM pg_index WHERE indexrelid = %s::regclass",
        [name],
    )
    (kind,) = rows(
        cursor,
        "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = 'id'",
        [table],
    )
    fresh: Any = str(uuid4()) if kind == "uuid" else 4_000_000_000
    present = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    copied = f"SELECT (jsonb_populate_record(r, jsonb_build_object('id', %s::text))).* FROM {table} r"
    statement = f"INSERT INTO {table} {copied} WHERE {covered} AND {present} LIMIT 1"
    cursor.execute(statement.encode(), [fresh])
    assert cursor.rowcount == 1, f"no row of {table} is covered by {name}"


@pytest.mark.parametrize("role", ["erp_app", "erp_owner"])
@pytest.mark.parametrize("one", TRANSACTIONS, ids=lambda one: one.name)
def test_the_transaction_is_refused_by_name(ids: Ids, one: Corruption, role: str) -> None:
    with ending_in_rollback(role) as cursor, pytest.raises(psycopg.Error) as refusal:
        commit(cursor, one, ids)
    assert refusing_rule(refusal.value) in one.rules | ({"privilege"} if role == "erp_app" else set())


def references(cursor: Cursor) -> list[ForeignKey]:
    tables = {model._meta.db_table for model in our_models()}
    return [key for key in foreign_keys(cursor) if key.table in tables]


def test_every_foreign_key_refuses_what_is_not_there_and_what_is_anothers(ids: Ids) -> None:
    with ending_in_rollback() as cursor:
        keys = references(cursor)
    assert len(keys) > 80
    for key in keys:
        column = key.columns[-1]
        aims = [str(uuid4())]
        with unguarded(foreign_keys_hold=True) as cursor:
            if len(key.columns) == 1:
                _drop_others(cursor, key, keys)
            else:
                query = f"SELECT id::text FROM {key.target} WHERE company_id <> %s LIMIT 1"
                aims += rows(cursor, query, [ids["company"]])
            for aim in aims:
                assert _refusal_of(cursor, key, column, aim, ids) == key.name, (key, aim)


def _drop_others(cursor: Cursor, key: ForeignKey, keys: list[ForeignKey]) -> None:
    """A row that changes its company loses what it refers to: those keys would refuse as well."""
    for other in keys:
        if key.columns[0] in other.columns and other.table == key.table and other != key:
            cursor.execute(f"ALTER TABLE {other.table} DROP CONSTRAINT {other.name}".encode())
        elif other.target == key.table and len(other.columns) == 2:
            cursor.execute(f"ALTER TABLE {other.table} DROP CONSTRAINT IF EXISTS {other.name}".encode())


def _refusal_of(cursor: Cursor, key: ForeignKey, column: str, aim: str, ids: Ids) -> str:
    """Name of the key that refuses when a row (one that has something there, if any) is made to point at `aim`."""
    mine = "WHERE company_id = %(company)s" if len(key.columns) == 2 else ""
    numbered = rows(
        cursor,
        "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s",
        [key.table, column],
    ) == ["bigint"]
    target = "4000000000" if numbered and not aim.isdigit() else aim
    pick = f"SELECT ctid FROM {key.table} {mine} ORDER BY {column} IS NULL LIMIT 1"
    cursor.execute("SAVEPOINT before")
    try:
        statement = f"UPDATE {key.table} SET {column} = %(target)s WHERE ctid = ({pick})"
        cursor.execute(statement.encode(), {"company": ids["company"], "target": target})
        assert cursor.rowcount == 1, f"{key.table} has no row to attack"
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except errors.ForeignKeyViolation as problem:
        return refusing_rule(problem)
    finally:
        cursor.execute("ROLLBACK TO before")
    return ""


HISTORY = {"append_only": ["UPDATE {} SET company_id = company_id", "DELETE FROM {}"], "never_deleted": ["DELETE FROM {}"]}


def test_what_is_history_is_neither_changed_nor_deleted_nor_truncated(ids: Ids) -> None:
    with provoked() as cursor:
        guarded = rows(
            cursor,
            "SELECT tgrelid::regclass::text, regexp_replace(tgname::text, '^pgtrigger_(.*)_[0-9a-f]{5}$', '\\1')"
            " FROM pg_trigger WHERE NOT tgisinternal AND tgname ~ '^pgtrigger_(append_only|never_deleted|never_truncated)_'",
        )
    assert len(guarded) > 25
    for table, rule in guarded:
        for statement in HISTORY.get(rule, ["TRUNCATE {} CASCADE"]):
            with ending_in_rollback("erp_owner") as cursor, pytest.raises(errors.RestrictViolation) as refusal:
                cursor.execute(statement.format(table).encode())
            assert refusing_rule(refusal.value) in {"append_only", "never_deleted"}, (table, statement)


def test_no_number_column_of_a_row_that_is_there_takes_what_is_not_a_number(ids: Ids) -> None:
    with provoked() as cursor:
        columns = rows(
            cursor,
            "SELECT table_name::text, column_name::text FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND data_type = 'numeric' ORDER BY 1, 2",
        )
    assert len(columns) > 50
    for table, column in columns:
        statement = f"UPDATE {table} SET {column} = 'NaN' WHERE ctid = (SELECT ctid FROM {table} LIMIT 1)"
        with unguarded() as cursor:
            try:
                cursor.execute(statement.encode())
            except errors.CheckViolation:
                continue
        pytest.fail(f"{table}.{column} took what is not a number, or has no row")
