"""The demo: two companies with people of every role; in one a key, items in stock and customers. Safe to plant again."""

import json
import os
import secrets
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from companies.founding import Person, found_company, issue_api_key, take_in
from companies.registering import add_registration
from erp.access import API_KEYS, Actor
from erp.locking import one_transaction
from erp.models import ApiKey, Company, Registration, User
from erp.money import line_amount
from erp.rights import Role, Scope
from inventory.adjusting import OpeningLine, open_stock
from inventory.models import Item, StockDocument, Uom
from sales.models import Customer

PASSWORD_BYTES = 9
KEY_SCOPES = [Scope.INVOICES_IMPORT, Scope.INVOICES_UPDATE, Scope.EVENTS_READ]


class DemoItem(NamedTuple):
    """`stock` pieces that cost `unit_cost` each, without tax."""

    sku: str
    name: str
    gst_rate: str
    mrp: str
    sale_rate: str
    stock: str
    unit_cost: str


HSN_CODE = "3004"
ITEMS = [
    DemoItem("PR650", "Paracetamol 650mg", "12.00", "3.50", "2.80", "5000", "2.10"),
    DemoItem("OTN10", "Otrivin Nasal Spray", "12.00", "85.00", "68.00", "500", "51.00"),
    DemoItem("MED-PAN-001", "Panadol Extra Tablets", "12.00", "45.50", "36.00", "800", "27.30"),
    DemoItem("MED-AUG-625", "Augmentin 625mg", "5.00", "125.00", "105.00", "400", "80.00"),
    DemoItem("MED-BRU-400", "Brufen 400mg Tablets", "12.00", "38.00", "30.00", "600", "22.80"),
]
OPENED = date(2026, 1, 1)
"""The demo's stock is there from this day on, so that the imports of the documents can be posted."""
STATE_CODE = "32"
GSTIN = "32AABCD1234E1ZH"
CUSTOMERS = [
    ("CUST-889", "LifeCare Pharmacy", "Kozhikode", "9876543210"),
    ("CUST-100", "Green Cross Medicals", "Kochi", "9847000100"),
]


def plant_demo(*, base_url: str, file: Path, now: datetime) -> dict[str, Any]:
    """Make what is missing and write `file` (readable by its owner only): ``{base_url, api_key, company_id, …}``.

    Passwords and the key are made on the first run and kept in the file; planted again, the same ones go on working.
    """
    known: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    company = _company("DEMO", "Demo Distributors", now)
    other = _company("OTHER", "Other Traders", now)
    users = {role.value.lower(): _user(company, role.value.lower(), role, known) for role in Role}
    users["other_company_admin"] = _user(other, "other_company_admin", Role.OWNER, known)
    _goods(company, now)
    _books(company, users["owner"]["email"], now)
    demo = {
        "base_url": base_url,
        "api_key": _api_key(company, known.get("api_key", ""), now),
        "company_id": str(company.id),
        "other_company_id": str(other.id),
        "users": users,
    }
    _write_private(file, json.dumps(demo, indent=2) + "\n")
    return demo


def _company(code: str, name: str, now: datetime) -> Company:
    return Company.objects.filter(code=code).first() or found_company(code=code, name=name, now=now)


def _user(company: Company, key: str, role: Role, known: dict[str, Any]) -> dict[str, str]:
    email = f"{key}@demo.example".replace("_", ".")
    password = known.get("users", {}).get(key, {}).get("password") or secrets.token_urlsafe(PASSWORD_BYTES)
    was_there = User.objects.filter(email=email).exists()
    user = take_in(company=company, person=Person(email, key.replace("_", " ").title(), password, role))
    if was_there and not known:  # the file with the passwords is lost: they are made anew
        user.set_password(password)
        with one_transaction(company_id=company.id):
            user.save(update_fields=["password"])
    return {"email": email, "password": password}


def _api_key(company: Company, known: str, now: datetime) -> str:
    if known:
        row = ApiKey.unscoped.filter(company=company, prefix=known.partition(".")[0], revoked_at=None).first()
        if row is not None and API_KEYS.verify(known, row.hashed_key):
            return known
    return issue_api_key(company=company, name="Demo billing system", scopes=KEY_SCOPES, now=now)


def _goods(company: Company, now: datetime) -> None:
    """Items with their sale rates, customers with their state; what an older demo left open is filled in."""
    with one_transaction(company_id=company.id):
        piece = Uom.unscoped.get(company=company, code="PCS")
        for one in ITEMS:
            item, _ = Item.unscoped.get_or_create(
                company=company,
                sku=one.sku,
                defaults={
                    "name": one.name,
                    "hsn_code": HSN_CODE,
                    "gst_rate": Decimal(one.gst_rate),
                    "uom": piece,
                    "mrp": Decimal(one.mrp),
                    "sale_rate": Decimal(one.sale_rate),
                },
            )
            if item.sale_rate is None:
                item.sale_rate = Decimal(one.sale_rate)
                item.save(update_fields=["sale_rate"])
        for code, name, area, phone in CUSTOMERS:
            customer, _ = Customer.unscoped.get_or_create(
                company=company,
                code=code,
                defaults={"name": name, "area": area, "phone1": phone, "created_at": now, "updated_at": now},
            )
            if not customer.state_code:
                customer.state_code = STATE_CODE
                customer.save(update_fields=["state_code"])


def _books(company: Company, owner_email: str, now: datetime) -> None:
    """The GST registration and the opening stock, as the owner would enter them; each only once."""
    owner = User.objects.get(email=owner_email)
    actor = Actor("user", owner.id, owner.name, owner.email, company, Role.OWNER)
    if not Registration.objects.of(actor).exists():
        add_registration(state=STATE_CODE, gstin=GSTIN, actor=actor, now=now)
    if not StockDocument.objects.of(actor).exists():
        ids = dict(Item.objects.of(actor).values_list("sku", "id"))
        lines = [
            OpeningLine(ids[one.sku], Decimal(one.stock), line_amount(Decimal(one.stock), Decimal(one.unit_cost)))
            for one in ITEMS
        ]
        open_stock(actor=actor, document_date=OPENED, lines=lines, now=now)


def _write_private(file: Path, text: str) -> None:
    """Replaced in one step, so that a reader never sees half a file; holds passwords, so nobody else may read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    draft.replace(file)
