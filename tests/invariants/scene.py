"""Two companies' rows written with bare SQL, in one transaction that ends in a rollback.

Every attack is a valid row with one thing wrong, and every valid row is inserted without the wrong thing as well: so what
is refused is the wrong thing.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from tests.cluster import owner_connection

_numbers = itertools.count(1)
Row = dict[str, Any]
NOW = "2026-01-23T10:00:00Z"


@dataclass
class Company:
    """One company's ids, as the rows of the other tables need them."""

    id: UUID = field(default_factory=uuid4)
    customer: UUID = field(default_factory=uuid4)
    salesman: UUID = field(default_factory=uuid4)
    uom: UUID = field(default_factory=uuid4)
    item: UUID = field(default_factory=uuid4)
    price_list: UUID = field(default_factory=uuid4)
    invoice: UUID = field(default_factory=uuid4)
    line: UUID = field(default_factory=uuid4)


class Scene:
    """`here` is attacked, `there` is the company that must never be reached, `new` has nothing yet."""

    def __init__(self, cursor: "psycopg.Cursor[Any]") -> None:
        self.cursor = cursor
        self.currency, self.user = uuid4(), uuid4()
        self.here, self.there, self.new = Company(), Company(), Company()
        self.insert("erp_currency", id=self.currency)
        self.insert("erp_user", id=self.user)
        for company in (self.here, self.there):
            self._found(company)
        self.insert("erp_company", id=self.new.id)
        self.settle()

    def insert(self, table: str, /, **changes: Any) -> Row:
        """Insert a valid row of `here`, with the changes."""
        row = VALID[table](self) | changes
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        )
        self.cursor.execute(statement, list(row.values()))
        return row

    def add(self, table: str, /, **changes: Any) -> Row:
        """The same with what belongs to it: a line under an invoice, an invoice above a line."""
        if table == "invoices_invoiceitem" and "invoice_id" not in changes:
            changes["invoice_id"] = self.insert("invoices_invoice")["id"]
        row = self.insert(table, **changes)
        if table == "invoices_invoice":
            self.insert("invoices_invoiceitem", invoice_id=row["id"], company_id=row["company_id"])
        return row

    def run(self, statement: str) -> int:
        """A statement with the scene's ids bound by name: ``%(invoice)s``, ``%(their_invoice)s`` …"""
        ids = vars(self.here) | {f"their_{name}": value for name, value in vars(self.there).items()}
        self.cursor.execute(statement, ids | {"user": self.user})
        return self.cursor.rowcount

    def settle(self) -> None:
        """Let the deferred constraints judge, as COMMIT would."""
        self.cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

    def _found(self, company: Company) -> None:
        mine = {"company_id": company.id}
        self.insert("erp_company", id=company.id)
        self.insert("erp_eventchannel", **mine, last_number=5, floor=2)
        self.insert("sales_customer", **mine, id=company.customer)
        self.insert("sales_salesman", **mine, id=company.salesman)
        self.insert("inventory_uom", **mine, id=company.uom)
        self.insert("inventory_item", **mine, id=company.item, uom_id=company.uom)
        self.insert("inventory_pricelist", **mine, id=company.price_list)
        self.insert(
            "invoices_invoice", **mine, id=company.invoice, customer_id=company.customer, salesman_id=company.salesman
        )
        self.insert("invoices_invoiceitem", **mine, id=company.line, invoice_id=company.invoice)


@contextmanager
def scene(role: str) -> Iterator[Scene]:
    """The scene, seen with the rights of this role from here on."""
    connection = owner_connection()
    connection.autocommit = False
    try:
        with connection.cursor() as cursor:
            prepared = Scene(cursor)
            cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            yield prepared
    finally:
        connection.rollback()
        connection.close()


def _number() -> str:
    return f"X{next(_numbers)}"


VALID: dict[str, Callable[[Scene], Row]] = {
    "erp_currency": lambda s: {
        "id": uuid4(), "code": f"{next(_numbers) % 1000:03}", "name": "Test", "symbol": "", "decimal_places": 2
    },
    "erp_company": lambda s: {
        "id": uuid4(), "code": _number(), "name": "Test", "base_currency_id": s.currency, "timezone": "Asia/Kolkata",
        "fiscal_year_start": 4, "is_active": True, "created_at": NOW, "total_mismatch": "accept", "on_conflict": "update",
        "reimport_in_progress": "accept", "jwt_import_roles": [],
    },
    "erp_user": lambda s: {
        "id": uuid4(), "password": "!", "email": f"{_number().lower()}@attack.example", "name": "", "phone": "",
        "is_active": True, "is_superuser": False, "active_company_id": None, "date_joined": NOW,
    },
    "erp_membership": lambda s: {
        "id": uuid4(), "company_id": s.here.id, "user_id": s.user, "role": "VIEWER", "is_active": True
    },
    "erp_login": lambda s: {"id": uuid4(), "user_id": s.user, "created_at": NOW, "expires_at": NOW},
    "erp_apikey": lambda s: {
        "id": uuid4(), "company_id": s.here.id, "name": "Test", "prefix": _number(), "hashed_key": "sha512$$0",
        "scopes": ["invoices:import"], "allowed_ips": [], "created_at": NOW,
    },
    "erp_eventchannel": lambda s: {"company_id": s.new.id, "last_number": 5, "floor": 2},
    "erp_outboxevent": lambda s: {
        "company_id": s.here.id, "type": "invoice_created", "subject_kind": "invoice", "subject_id": uuid4(),
        "payload": "{}", "created_at": NOW,
    },
    "erp_auditentry": lambda s: {
        "company_id": s.here.id, "at": NOW, "actor_kind": "user", "actor_name": "", "request_id": "", "action": "test",
        "subject_kind": "invoice", "subject_id": uuid4(), "changes": "",
    },
    "erp_idempotencykey": lambda s: {
        "company_id": s.here.id, "credential_id": s.user, "route": "POST x", "key": _number(), "part": 0,
        "body_hash": b"1", "status": 201, "answer": "{}", "created_at": NOW,
    },
    "sales_customer": lambda s: {
        "id": uuid4(), "company_id": s.here.id, "code": _number(), "name": "Test", "created_at": NOW, "updated_at": NOW
    },
    "sales_salesman": lambda s: {"id": uuid4(), "company_id": s.here.id, "name": _number(), "created_at": NOW},
    "inventory_uom": lambda s: {"id": uuid4(), "company_id": s.here.id, "code": _number(), "name": "Test", "decimals": 0},
    "inventory_warehouse": lambda s: {
        "id": uuid4(), "company_id": s.here.id, "code": _number(), "name": "Test", "state_code": "", "is_default": False,
        "is_quarantine": False,
    },
    "inventory_item": lambda s: {
        "id": uuid4(), "company_id": s.here.id, "sku": _number(), "name": "Test", "hsn_code": "", "gst_rate": 18,
        "uom_id": s.here.uom, "mrp": 1, "sale_rate": 1,
        "kind": "GOODS", "tracked": True, "batch_required": False, "issue_rule": "FIFO",
        "reorder_level": 0, "version": 1, "is_active": True,
    },
    "inventory_hsnrate": lambda s: {
        "id": uuid4(), "company_id": s.here.id, "hsn_code": f"{next(_numbers):08}", "gst_rate": 18,
        "valid_from": "2025-04-01", "version": 1,
    },
    "inventory_itemrate": lambda s: {
        "id": uuid4(), "company_id": s.here.id, "item_id": s.here.item, "gst_rate": 18,
        "valid_from": date(2026, 1, 1) + timedelta(next(_numbers)),
    },
    "inventory_itempack": lambda s: {
        "id": uuid4(), "company_id": s.here.id, "item_id": s.here.item, "uom_id": s.here.uom, "factor": 10,
    },
    "inventory_pricelist": lambda s: {
        "id": uuid4(), "company_id": s.here.id, "name": _number(), "kind": "SALES", "currency_id": s.currency,
        "valid_from": None, "valid_to": None, "is_default": False, "version": 1,
    },
    "inventory_price": lambda s: {
        "id": uuid4(), "company_id": s.here.id, "price_list_id": s.here.price_list, "item_id": s.here.item,
        "min_quantity": next(_numbers), "unit_rate": 1, "discount_pct": 0, "valid_from": None, "valid_to": None,
    },
    "invoices_invoice": lambda s: {
        "id": uuid4(), "company_id": s.here.id, "invoice_type": "SALES", "origin": "IMPORTED", "invoice_no": _number(),
        "invoice_date": "2026-01-23", "customer_id": s.here.customer, "salesman_id": s.here.salesman, "created_by": "",
        "priority": "MEDIUM", "given_total": None, "items_total": 10, "total_value": 10, "temp_name": "", "remarks": "",
        "fulfilment_status": "INVOICED", "billing_status": "BILLED", "status": "DRAFT", "version": 1,
        "created_at": NOW, "updated_at": NOW,
    },
    "invoices_invoiceitem": lambda s: {
        "id": uuid4(), "company_id": s.here.id, "invoice_id": s.here.invoice, "line_no": 1, "name": "Test",
        "item_code": "T", "barcode": "", "quantity": 2, "mrp": 5, "line_total": 10, "company_name": "", "packing": "",
        "shelf_location": "", "batch_no": "", "remarks": "",
    },
}  # fmt: skip
"""Table → a row that nothing is wrong with, for a company that has all it refers to.

Rows of the books are valid only together; they are attacked where they lie, in `tests.invariants.test_ground_attacked`.
"""
