"""SQL attacks on every constraint and trigger, as the owner of the tables and as the role that serves.

Each must be refused by the very rule it attacks. A rule that nobody attacks fails the last tests of this file.
"""

import re
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import errors

from erp.roles import APPEND_ONLY_TABLES
from tests.house.catalogue import Cursor, provoked, rows, unique_keys
from tests.house.registry import company_models, our_models
from tests.invariants.corrupt_audit import AUDIT
from tests.invariants.corrupt_bills import BILLS
from tests.invariants.corrupt_books import BOOKS
from tests.invariants.corrupt_credits import CREDITS
from tests.invariants.corrupt_currencies import CURRENCIES
from tests.invariants.corrupt_debits import DEBITS
from tests.invariants.corrupt_documents import DOCUMENTS
from tests.invariants.corrupt_purchases import PURCHASES
from tests.invariants.corrupt_revisions import REVISIONS
from tests.invariants.corrupt_stock import STOCK
from tests.invariants.corrupt_warehouse import WAREHOUSE
from tests.invariants.scene import VALID, Scene, scene
from tests.invariants.test_ground_attacked import names_attacked

ROLES = ["erp_owner", "erp_app"]
NAN = Decimal("NaN")


class Wrong(NamedTuple):
    """A row of `table` that would be valid but for `changes`, which rule `name` refuses."""

    name: str
    table: str
    changes: dict[str, Any]


class Twice(NamedTuple):
    """Two rows of `table` that share these values, which unique key `name` refuses."""

    name: str
    table: str
    shared: dict[str, Any]


class Statement(NamedTuple):
    """A statement against rows that are there, which rule `name` refuses."""

    name: str
    statement: str


def wrong(name: str, table: str, /, **changes: Any) -> Wrong:
    return Wrong(name, table, changes)


def twice(name: str, table: str, /, **shared: Any) -> Twice:
    return Twice(name, table, shared)


REVIEW = {"fulfilment_status": "REVIEW", "billing_status": "REVIEW"}
PURCHASE = {"invoice_type": "PURCHASE", "fulfilment_status": None, "billing_status": None}

WRONG_ROWS = [
    wrong("currency_decimal_places", "erp_currency", decimal_places=3),
    wrong("company_total_mismatch", "erp_company", total_mismatch="shrug"),
    wrong("company_on_conflict", "erp_company", on_conflict="merge"),
    wrong("company_reimport_in_progress", "erp_company", reimport_in_progress=""),
    wrong("company_number_date_order", "erp_company", number_date_order="never"),
    wrong("company_credit_check", "erp_company", credit_check="pray"),
    wrong("company_batch_mismatch", "erp_company", batch_mismatch="shrug"),
    wrong("company_sell_expired", "erp_company", sell_expired="never"),
    wrong("company_import_creates_items", "erp_company", import_creates_items="often"),
    wrong("company_import_tax", "erp_company", import_tax="maybe"),
    wrong("company_post_requires", "erp_company", post_requires="paid"),
    wrong("company_purchase_match", "erp_company", purchase_match="hope"),
    wrong("company_jwt_import_roles", "erp_company", jwt_import_roles=["BILLER", "VIEWER"]),
    wrong("company_fiscal_year_start", "erp_company", fiscal_year_start=0),
    wrong("company_fiscal_year_start", "erp_company", fiscal_year_start=13),
    wrong("user_email_lower_case", "erp_user", email="Ada@attack.example"),
    wrong("membership_role", "erp_membership", role="SUPERADMIN"),
    wrong("membership_role", "erp_membership", role="owner"),
    wrong("apikey_has_scope", "erp_apikey", scopes=[]),
    wrong("apikey_on_conflict", "erp_apikey", on_conflict="merge"),
    wrong("outboxevent_number_positive", "erp_outboxevent", number=0),
    wrong("idempotencykey_success_only", "erp_idempotencykey", status=409),
    wrong("idempotencykey_success_only", "erp_idempotencykey", status=199),
    wrong("customer_code_given", "sales_customer", code=""),
    wrong("salesman_name_given", "sales_salesman", name=""),
    wrong("uom_decimals", "inventory_uom", decimals=4),
    wrong("uom_decimals", "inventory_uom", decimals=-1),
    wrong("uom_uqc_known", "inventory_uom", uqc="XYZ"),
    wrong("warehouse_default_serves", "inventory_warehouse", is_default=True, is_quarantine=True),
    wrong("warehouse_default_serves", "inventory_warehouse", is_default=True, is_active=False),
    wrong("item_mrp_in_range", "inventory_item", mrp=Decimal("-0.0001")),
    wrong("item_mrp_in_range", "inventory_item", mrp=NAN),
    wrong("item_sale_rate_in_range", "inventory_item", sale_rate=-1),
    wrong("item_sale_rate_in_range", "inventory_item", sale_rate=NAN),
    wrong("item_gst_rate", "inventory_item", gst_rate=-1),
    wrong("item_gst_rate", "inventory_item", gst_rate=100),
    wrong("item_gst_rate", "inventory_item", gst_rate=NAN),
    wrong("hsnrate_code", "inventory_hsnrate", hsn_code="847"),
    wrong("hsnrate_code", "inventory_hsnrate", hsn_code="84713x"),
    wrong("hsnrate_rate", "inventory_hsnrate", gst_rate=100),
    wrong("hsnrate_rate", "inventory_hsnrate", gst_rate=NAN),
    wrong("itemrate_rate", "inventory_itemrate", gst_rate=-1),
    wrong("itemrate_rate", "inventory_itemrate", gst_rate=NAN),
    wrong("item_tax_category_known", "inventory_item", tax_category="FREE"),
    wrong("itempack_factor_in_range", "inventory_itempack", factor=0),
    wrong("itempack_factor_in_range", "inventory_itempack", factor=NAN),
    wrong("pricelist_kind_known", "inventory_pricelist", kind="BARTER"),
    wrong("pricelist_days_in_order", "inventory_pricelist", valid_from="2026-01-02", valid_to="2026-01-01"),
    wrong("price_days_in_order", "inventory_price", valid_from="2026-01-02", valid_to="2026-01-01"),
    wrong("price_in_range", "inventory_price", unit_rate=-1),
    wrong("price_in_range", "inventory_price", unit_rate=NAN),
    wrong("price_in_range", "inventory_price", min_quantity=NAN),
    wrong("price_in_range", "inventory_price", discount_pct=101),
    wrong("invoice_no_given", "invoices_invoice", invoice_no=""),
    wrong("invoice_type_known", "invoices_invoice", **PURCHASE | {"invoice_type": "CREDIT"}),
    wrong("invoice_origin_known", "invoices_invoice", origin="GUESSED"),
    wrong("invoice_priority_known", "invoices_invoice", priority="URGENT"),
    wrong("invoice_fulfilment_status_known", "invoices_invoice", fulfilment_status="LOST"),
    wrong("invoice_billing_status_known", "invoices_invoice", billing_status="PAID"),
    wrong("invoice_workflow_only_on_sales", "invoices_invoice", invoice_type="PURCHASE"),
    wrong("invoice_workflow_only_on_sales", "invoices_invoice", fulfilment_status=None),
    wrong("invoice_workflow_only_on_sales", "invoices_invoice", billing_status=None),
    wrong("invoice_workflow_only_on_sales", "invoices_invoice", customer_id=None),
    wrong("invoice_written_for_its_party", "invoices_invoice", **PURCHASE),
    wrong("invoice_written_for_its_party", "invoices_invoice", supplier_invoice_number="S-1"),
    wrong("invoice_written_for_its_party", "invoices_invoice", supplier_invoice_year=2025),
    wrong("invoice_review_in_both", "invoices_invoice", fulfilment_status="REVIEW"),
    wrong("invoice_review_in_both", "invoices_invoice", billing_status="REVIEW"),
    wrong("invoice_totals_in_range", "invoices_invoice", given_total=-1, total_value=-1),
    wrong("invoice_totals_in_range", "invoices_invoice", given_total=NAN, total_value=NAN),
    wrong("invoice_totals_in_range", "invoices_invoice", items_total=-10, total_value=-10),
    wrong("invoice_totals_in_range", "invoices_invoice", items_total=NAN, total_value=NAN),
    wrong("invoice_imported_total", "invoices_invoice", total_value=11),
    wrong("invoice_imported_total", "invoices_invoice", given_total=12),
    wrong("invoice_date_in_range", "invoices_invoice", invoice_date="1899-12-31"),
    wrong("invoice_date_in_range", "invoices_invoice", invoice_date="2200-01-01"),
    wrong("invoice_date_in_range", "invoices_invoice", invoice_date="infinity"),
    wrong("invoice_version_positive", "invoices_invoice", version=0),
    wrong("invoiceitem_line_no_positive", "invoices_invoiceitem", line_no=0),
    wrong("invoiceitem_quantity_positive", "invoices_invoiceitem", quantity=0, line_total=0),
    wrong("invoiceitem_quantity_positive", "invoices_invoiceitem", quantity=-2, mrp=0, line_total=0),
    wrong("invoiceitem_quantity_positive", "invoices_invoiceitem", quantity=10**9, mrp=0, line_total=0),
    wrong("invoiceitem_mrp_in_range", "invoices_invoiceitem", quantity=1, mrp=Decimal("-0.001"), line_total=0),
    wrong("invoiceitem_mrp_in_range", "invoices_invoiceitem", mrp=NAN, line_total=NAN),
    wrong("invoiceitem_line_total", "invoices_invoiceitem", line_total=Decimal("10.01")),
    wrong("invoiceitem_line_total", "invoices_invoiceitem", line_total=NAN),
    wrong("invoice_adds_up", "invoices_invoiceitem", mrp=6, line_total=12),
    wrong("eventchannel_floor_below_head", "erp_eventchannel", floor=6),
    wrong("eventchannel_floor_below_head", "erp_eventchannel", floor=-1),
]  # fmt: skip

REPEATED_ROWS = [
    twice("erp_currency_code_key", "erp_currency", code="XXA"),
    twice("erp_company_code_key", "erp_company", code="ATTACK"),
    twice("erp_user_email_key", "erp_user", email="twice@attack.example"),
    twice("membership_one_per_user", "erp_membership"),
    twice("erp_apikey_prefix_key", "erp_apikey", prefix="ATTACK"),
    twice("outboxevent_number", "erp_outboxevent", number=1),
    twice("idempotencykey_once", "erp_idempotencykey", key="again"),
    twice("customer_code", "sales_customer", code="C"),
    twice("salesman_name", "sales_salesman", name="S"),
    twice("salesman_code", "sales_salesman", code="S"),
    twice("itempack_unit", "inventory_itempack"),
    twice("uom_code", "inventory_uom", code="U"),
    twice("warehouse_code", "inventory_warehouse", code="W"),
    twice("warehouse_one_default", "inventory_warehouse", is_default=True),
    twice("item_sku", "inventory_item", sku="I"),
    twice("hsnrate_one_a_day", "inventory_hsnrate", hsn_code="8471"),
    twice("itemrate_one_a_day", "inventory_itemrate", valid_from="2025-04-01"),
    twice("pricelist_name", "inventory_pricelist", name="P"),
    twice("pricelist_one_default", "inventory_pricelist", is_default=True),
    twice("price_one_from_a_day", "inventory_price", min_quantity=1, valid_from="2026-01-01"),
    twice("price_one_from_a_day", "inventory_price", min_quantity=1),
    twice("invoice_sales_number", "invoices_invoice", invoice_no="N"),
    twice("invoice_sales_number", "invoices_invoice", invoice_no="N", origin="HISTORY"),
    twice("invoice_serial", "invoices_invoice", serial=4_000_000_000),
]

ADD_LINE = (
    "INSERT INTO invoices_invoiceitem (id, company_id, invoice_id, line_no, name, item_code, barcode, quantity, mrp,"
    " line_total, company_name, packing, shelf_location, batch_no, remarks)"
    " SELECT gen_random_uuid(), company_id, {invoice}, {line_no}, name, item_code, barcode, quantity, mrp, line_total,"
    " company_name, packing, shelf_location, batch_no, remarks FROM invoices_invoiceitem WHERE id = %(line)s"
)
STATEMENTS = [
    Statement("invoice_adds_up", "UPDATE invoices_invoice SET items_total = 11, total_value = 11 WHERE id = %(invoice)s"),
    Statement("invoice_adds_up", "UPDATE invoices_invoiceitem SET quantity = 3, line_total = 15 WHERE id = %(line)s"),
    Statement("invoice_adds_up", "DELETE FROM invoices_invoiceitem WHERE id = %(line)s"),
    Statement("invoice_adds_up", ADD_LINE.format(invoice="%(invoice)s", line_no=2)),
    # Well-formed: the header that gets the line grows with it, the one that loses it is not touched.
    Statement(
        "invoice_adds_up",
        "WITH other AS (INSERT INTO invoices_invoice (id, company_id, invoice_type, origin, invoice_no, invoice_date,"
        " customer_id, created_by, priority, items_total, total_value, temp_name, remarks, fulfilment_status,"
        " billing_status, status, version, created_at, updated_at) SELECT gen_random_uuid(), company_id, invoice_type,"
        " origin, 'takes the line', invoice_date, customer_id, created_by, priority, items_total, total_value, temp_name,"
        " remarks, fulfilment_status, billing_status, status, version, created_at, updated_at"
        " FROM invoices_invoice WHERE id = %(invoice)s RETURNING id)"
        " UPDATE invoices_invoiceitem SET invoice_id = (SELECT id FROM other) WHERE id = %(line)s",
    ),
    Statement(
        "invoice_adds_up",
        "WITH gone AS (DELETE FROM invoices_invoiceitem WHERE id = %(line)s)"
        " UPDATE invoices_invoice SET items_total = 0, total_value = 0 WHERE id = %(invoice)s",
    ),
    Statement(
        "invoiceitem_line_no",
        "WITH header AS (UPDATE invoices_invoice SET items_total = 20, total_value = 20 WHERE id = %(invoice)s) "
        + ADD_LINE.format(invoice="%(invoice)s", line_no=1),
    ),
    Statement("invoice_review_in_both", "UPDATE invoices_invoice SET billing_status = 'REVIEW' WHERE id = %(invoice)s"),
    Statement("invoices_invoice_customer_id_company_fk",
              "UPDATE invoices_invoice SET customer_id = %(their_customer)s WHERE id = %(invoice)s"),
    Statement("invoices_invoice_salesman_id_company_fk",
              "UPDATE invoices_invoice SET salesman_id = %(their_salesman)s WHERE id = %(invoice)s"),
    Statement("invoices_invoiceitem_invoice_id_company_fk",
              "UPDATE invoices_invoiceitem SET invoice_id = %(their_invoice)s WHERE id = %(line)s"),
    Statement("invoices_invoiceitem_invoice_id_company_fk", ADD_LINE.format(invoice="%(their_invoice)s", line_no=2)),
    Statement("invoices_invoice_customer_id_company_fk", "DELETE FROM sales_customer WHERE id = %(customer)s"),
    Statement("never_deleted", "DELETE FROM invoices_invoice WHERE id = %(invoice)s"),
    Statement("invoices_invoice_customer_id_company_fk",
              "UPDATE sales_customer SET company_id = %(their_id)s WHERE id = %(customer)s"),
]  # fmt: skip

# History. The serving role has no right to even try; the owner meets the triggers.
HISTORY = [
    Statement("append_only", "UPDATE erp_auditentry SET actor_name = 'nobody'"),
    Statement("append_only", "DELETE FROM erp_auditentry"),
    Statement("never_truncated", "TRUNCATE erp_auditentry CASCADE"),
    Statement("numbered_once", "UPDATE erp_outboxevent SET number = 9 WHERE number = 1"),
    Statement("numbered_once", "UPDATE erp_outboxevent SET number = NULL WHERE number = 1"),
    Statement("numbered_once", "UPDATE erp_outboxevent SET payload = '[]' WHERE number IS NULL"),
    Statement("numbered_once", "UPDATE erp_outboxevent SET number = 9, company_id = %(their_id)s WHERE number IS NULL"),
    Statement("numbered_once", "UPDATE erp_outboxevent SET created_at = now() WHERE number IS NULL"),
    Statement("never_truncated", "TRUNCATE erp_outboxevent"),
    Statement("answered_once", "UPDATE erp_idempotencykey SET answer = '[]'"),
    Statement("answered_once", "UPDATE erp_idempotencykey SET body_hash = '2'"),
    Statement("never_truncated", "TRUNCATE erp_idempotencykey"),
]
FORBIDDEN = [
    *HISTORY,
    Statement("", "DELETE FROM erp_outboxevent"),
    Statement("", "DELETE FROM erp_idempotencykey"),
    Statement("", "UPDATE erp_eventchannel SET last_number = 99"),
    Statement("", "UPDATE erp_eventchannel SET floor = 0"),
    Statement("", "DELETE FROM erp_eventchannel"),
    Statement("", "INSERT INTO erp_auditseal (company_id, number, entry_id, hash) VALUES (%(id)s, 1, 1, '')"),
    Statement("", "INSERT INTO erp_audithead (company_id, last_number, hash) VALUES (%(id)s, 1, '')"),
    Statement("", "DELETE FROM erp_unsealedentry"),
    Statement("", "TRUNCATE invoices_invoice CASCADE"),
    Statement("", "ALTER TABLE invoices_invoice DISABLE TRIGGER USER"),
    Statement("", "ALTER TABLE invoices_invoice DROP CONSTRAINT invoice_serial"),
    Statement("", "DROP POLICY company_scope ON invoices_invoice"),
    Statement("", "CREATE TABLE stray (id int)"),
    Statement("", "UPDATE django_migrations SET name = ''"),
    Statement("", "SET session_replication_role = replica"),
    Statement("", "COPY erp_user TO '/tmp/users'"),
]  # fmt: skip


def refused_by(problem: psycopg.Error) -> str:
    """The rule that refused: a constraint by its name, a trigger by the word its text begins with."""
    return problem.diag.constraint_name or str(problem).partition(":")[0]


def attack(prepared: Scene, one: Wrong | Twice | Statement) -> None:
    if isinstance(one, Wrong):
        prepared.add(one.table, **one.changes)
    elif isinstance(one, Twice):
        prepared.add(one.table, **one.shared)
        prepared.settle()
        prepared.add(one.table, **one.shared)
    else:
        prepared.run(one.statement)
    prepared.settle()


def label(one: Wrong | Twice | Statement) -> str:
    return one.name


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("one", [*WRONG_ROWS, *REPEATED_ROWS, *STATEMENTS], ids=label)
def test_the_attack_is_refused_by_the_rule_it_attacks(one: Wrong | Twice | Statement, role: str) -> None:
    with scene(role) as prepared, pytest.raises(psycopg.Error) as refusal:
        attack(prepared, one)
    assert refused_by(refusal.value) == one.name


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", sorted(VALID))
def test_the_same_row_with_nothing_wrong_is_taken(table: str, role: str) -> None:
    with scene(role) as prepared:
        prepared.add(table)
        prepared.settle()


@pytest.mark.parametrize("one", HISTORY, ids=lambda one: one.statement)
def test_history_is_not_changed_even_by_its_owner(one: Statement) -> None:
    with scene("erp_owner") as prepared:
        with_history(prepared)
        with pytest.raises(errors.RestrictViolation) as refusal:
            prepared.run(one.statement)
    expected = "append_only" if one.name == "never_truncated" else one.name
    assert refused_by(refusal.value) == expected


@pytest.mark.parametrize("one", FORBIDDEN, ids=lambda one: one.statement)
def test_the_serving_role_may_not_even_try(one: Statement) -> None:
    with scene("erp_app") as prepared:
        with_history(prepared)
        with pytest.raises(errors.InsufficientPrivilege):
            prepared.run(one.statement)


def with_history(prepared: Scene) -> None:
    """One row in each table of history that stands alone; of events one with its number and one without."""
    for table in sorted(VALID.keys() & set(APPEND_ONLY_TABLES)):
        prepared.insert(table)
    prepared.insert("erp_outboxevent", number=1)
    prepared.settle()


def test_an_event_is_given_its_number_once_and_by_the_relay() -> None:
    with scene("erp_owner") as prepared:
        prepared.insert("erp_outboxevent")
        prepared.cursor.execute("SET ROLE erp_relay")
        assert prepared.run("UPDATE erp_outboxevent SET number = 7 WHERE company_id = %(id)s") == 1
        with pytest.raises(errors.RestrictViolation, match="numbered_once"):
            prepared.run("UPDATE erp_outboxevent SET number = 8 WHERE company_id = %(id)s")


def test_a_number_of_history_is_taken_for_invoices_of_any_origin() -> None:
    with scene("erp_app") as prepared:
        prepared.add("invoices_invoice", invoice_no="N", origin="HISTORY")
        with pytest.raises(errors.UniqueViolation, match="invoice_sales_number"):
            prepared.add("invoices_invoice", invoice_no="N")


def test_another_companys_number_code_and_name_are_no_obstacle() -> None:
    with scene("erp_app") as prepared:
        prepared.add("sales_customer", code="C")
        prepared.add("sales_customer", code="C", **_of_the_other(prepared, "sales_customer"))
        prepared.add("invoices_invoice", invoice_no="N")
        prepared.add("invoices_invoice", invoice_no="N", **_of_the_other(prepared, "invoices_invoice"))
        prepared.settle()


def test_a_document_may_change_its_lines_and_its_sum_in_one_statement() -> None:
    with scene("erp_app") as prepared:
        prepared.run(
            "WITH line AS (UPDATE invoices_invoiceitem SET quantity = 3, line_total = 15 WHERE id = %(line)s)"
            " UPDATE invoices_invoice SET items_total = 15, total_value = 15 WHERE id = %(invoice)s"
        )
        prepared.settle()


def test_both_columns_go_to_review_together() -> None:
    with scene("erp_app") as prepared:
        prepared.add("invoices_invoice", **REVIEW)
        prepared.settle()


def test_a_header_without_lines_is_refused_by_commit_itself() -> None:
    with scene("erp_app") as prepared:
        prepared.insert("invoices_invoice")
        with pytest.raises(errors.CheckViolation, match="invoice_adds_up"):
            prepared.cursor.connection.commit()


def test_every_primary_key_refuses_a_second_row() -> None:
    for table in sorted(VALID):
        with scene("erp_owner") as prepared:
            key = "company_id" if table == "erp_eventchannel" else "id"
            row = prepared.add(table, **({} if key in VALID[table](prepared) else {key: 4_000_000_000}))
            # What else must differ for the primary key to be the only thing in the way.
            different = {"user_id": prepared.insert("erp_user")["id"]} if table == "erp_membership" else {}
            with pytest.raises(errors.UniqueViolation) as refusal:
                prepared.insert(table, **{key: row[key]}, **different)
        assert refused_by(refusal.value) == f"{table}_pkey"


def _of_the_other(prepared: Scene, table: str) -> dict[str, Any]:
    """What makes a valid row of this table one of the other company."""
    there = prepared.there
    parties = {"customer_id": there.customer, "salesman_id": there.salesman} if table == "invoices_invoice" else {}
    return {"company_id": there.id, **parties}


# ── Nothing is left out ──────────────────────────────────────────────────────────────────────────────────────────────


SILENT = {"begins", "folds", "waits_for_its_seal"}
"""Triggers that refuse nothing: they set what nobody else may, the mark of the folded balances, or put a row in a queue."""


def rules(cursor: Cursor) -> set[str]:
    """Names of everything in the catalogue that can refuse a row of our tables, but for keys that are attacked wholesale.

    A trigger is known by the words with which it refuses, each the name of a rule.
    """
    tables = [model._meta.db_table for model in our_models()]
    checks = rows(
        cursor,
        "SELECT conname::text FROM pg_constraint"
        " WHERE conrelid::regclass::text = ANY(%s) AND contype NOT IN ('n', 'p', 'f', 't')",
        [tables],
    )
    uniques = [name for name, table, *_ in unique_keys(cursor) if table in tables and not name.endswith("_pkey")]
    triggers = rows(
        cursor,
        "SELECT regexp_replace(tgname::text, '^pgtrigger_(.*)_[0-9a-f]{5}$', '\\1'), prosrc"
        " FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
        " WHERE NOT tgisinternal AND tgrelid::regclass::text = ANY(%s)",
        [tables],
    )
    words = [re.findall(r"RAISE EXCEPTION '(\w+):", body) or [name] for name, body in triggers]
    return {*checks, *uniques, *(word for group in words for word in group)} - SILENT


def attacked() -> set[str]:
    """Rules that an attack names. A corruption that more than one rule may refuse proves none of them."""
    attacks: list[Wrong | Twice | Statement] = [*WRONG_ROWS, *REPEATED_ROWS, *STATEMENTS, *HISTORY]
    every = (*BOOKS, *STOCK, *PURCHASES, *BILLS, *DOCUMENTS, *CREDITS, *DEBITS, *REVISIONS, *CURRENCIES, *WAREHOUSE, *AUDIT)
    corruptions = [one.rules for one in every if len(one.rules) == 1]
    names = {one.name for one in attacks} | names_attacked() | {rule for rules in corruptions for rule in rules}
    # `(company_id, id)` cannot be repeated without repeating the id, which the primary key refuses.
    implied = {f"{model._meta.model_name}_company_id" for model in company_models()}
    # Its refusal is called `append_only`.
    return names - {"never_truncated"} | implied


def test_every_rule_of_the_catalogue_is_attacked() -> None:
    with provoked() as cursor:
        assert rules(cursor) - attacked() == set()
        missing = attacked() - rules(cursor)
        assert {name for name in missing if not name.endswith(("_company_fk", "_company_id"))} == set()


@pytest.mark.parametrize(
    "addition",
    [
        "ALTER TABLE sales_customer ADD CONSTRAINT customer_name_given CHECK (name <> '')",
        "CREATE UNIQUE INDEX customer_phone ON sales_customer (company_id, phone1) WHERE phone1 <> ''",
        "CREATE TRIGGER pgtrigger_frozen_abcde BEFORE UPDATE ON sales_customer FOR EACH ROW"
        " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ],
)
def test_a_rule_that_nobody_attacks_is_found(addition: str) -> None:
    with provoked() as cursor:
        cursor.execute(addition)
        assert rules(cursor) - attacked()
