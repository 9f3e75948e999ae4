"""Foreign keys go down the house, and between rows of one company they carry the company.

import-linter does not see keys that are named by a string; the model registry does.
"""

import pytest

from tests.house.catalogue import Cursor, foreign_keys, provoked, unique_keys
from tests.house.registry import FLOORS, SHARED, Reference, our_models, references


def climbing(keys: list[Reference]) -> list[str]:
    """Keys that point to a higher floor, or to a neighbour on the same one."""
    found = []
    for key in keys:
        here, there = key.source.split(".")[0], key.target.split(".")[0]
        if here != there and FLOORS.get(there, -1) >= FLOORS[here]:
            found.append(str(key))
    return found


def unscoped(keys: list[Reference]) -> list[str]:
    """Keys to a company's rows that do not carry the company, and keys to shared rows that pretend to."""
    return [str(key) for key in keys if key.scoped == (key.target in SHARED)]


def unenforced(cursor: Cursor, keys: list[Reference]) -> list[str]:
    """Keys without the constraint that they need, or whose target cannot be referred to."""
    present = {(key.table, key.columns, key.target, key.target_columns) for key in foreign_keys(cursor)}
    referable = {(table, columns) for _, table, columns, whole in unique_keys(cursor) if whole}
    found = []
    for key in keys:
        company = ("company_id",) if key.scoped else ()
        own, aim = (*company, key.column), (*company, "id")
        if (key.source_table, own, key.target_table, aim) not in present:
            found.append(f"{key}: no foreign key ({', '.join(own)}) → ({', '.join(aim)})")
        if (key.target_table, aim) not in referable:
            found.append(f"{key}: ({', '.join(aim)}) of the target is not unique")
    return found


def undeclared(cursor: Cursor, keys: list[Reference]) -> list[str]:
    """Constraints on our tables that no model knows of."""
    tables = {model._meta.db_table for model in our_models()}
    declared = {(key.source_table, key.column) for key in keys}
    return [key.name for key in foreign_keys(cursor) if key.table in tables and (key.table, key.columns[-1]) not in declared]


def test_foreign_keys_go_down_or_stay_inside() -> None:
    assert len(references()) > 10
    assert climbing(references()) == []


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("sales.Customer", "invoices.Invoice"),
        ("erp.AuditEntry", "sales.Customer"),
        ("sales.Customer", "purchasing.Supplier"),
    ],
)
def test_a_key_that_climbs_or_reaches_a_neighbour_is_found(source: str, target: str) -> None:
    assert climbing([Reference(source, "x_id", target, "", "", True)])


def test_keys_between_rows_of_a_company_are_company_keys_and_keys_to_shared_rows_are_single() -> None:
    assert unscoped(references()) == []


def test_a_plain_key_to_a_companys_row_is_found() -> None:
    assert unscoped([Reference("invoices.Invoice", "customer_id", "sales.Customer", "", "", False)])
    assert unscoped([Reference("invoices.Invoice", "created_user_id", "erp.User", "", "", True)])


def test_every_key_is_enforced_by_the_database_and_every_constraint_is_known_to_a_model() -> None:
    with provoked() as cursor:
        assert unenforced(cursor, references()) == []
        assert undeclared(cursor, references()) == []


@pytest.mark.parametrize(
    "breach",
    [
        "ALTER TABLE invoices_invoiceitem DROP CONSTRAINT invoices_invoiceitem_invoice_id_company_fk",
        "ALTER TABLE invoices_invoice DROP CONSTRAINT invoices_invoice_customer_id_company_fk;"
        "ALTER TABLE invoices_invoice ADD FOREIGN KEY (customer_id) REFERENCES sales_customer (id)",
        "ALTER TABLE sales_salesman DROP CONSTRAINT salesman_company_id CASCADE",
    ],
)
def test_a_missing_or_single_constraint_is_found(breach: str) -> None:
    with provoked() as cursor:
        cursor.execute(breach)
        assert unenforced(cursor, references())


def test_a_constraint_no_model_knows_of_is_found() -> None:
    with provoked() as cursor:
        cursor.execute("ALTER TABLE sales_salesman ADD COLUMN boss uuid REFERENCES sales_salesman (id)")
        assert undeclared(cursor, references())
