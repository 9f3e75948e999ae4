"""The demo: two companies with people of every role, keys, items and customers. Safe to plant again."""

import json
import os
import secrets
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from companies.founding import Person, found_company, issue_api_key, take_in
from erp.access import API_KEYS
from erp.locking import one_transaction
from erp.models import ApiKey, Company
from erp.rights import Role, Scope
from inventory.models import Item, Uom
from sales.models import Customer

PASSWORD_BYTES = 9
KEY_SCOPES = [Scope.INVOICES_IMPORT, Scope.INVOICES_UPDATE, Scope.EVENTS_READ]

ITEMS = [
    ("PR650", "Paracetamol 650mg", "3004", "12.00", "3.50"),
    ("OTN10", "Otrivin Nasal Spray", "3004", "12.00", "85.00"),
    ("MED-PAN-001", "Panadol Extra Tablets", "3004", "12.00", "45.50"),
    ("MED-AUG-625", "Augmentin 625mg", "3004", "5.00", "125.00"),
    ("MED-BRU-400", "Brufen 400mg Tablets", "3004", "12.00", "38.00"),
]
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
    user = take_in(company=company, person=Person(email, key.replace("_", " ").title(), password, role))
    if not user.password or not known:
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
    with one_transaction(company_id=company.id):
        piece = Uom.unscoped.get(company=company, code="PCS")
        for sku, name, hsn_code, gst_rate, mrp in ITEMS:
            Item.unscoped.get_or_create(
                company=company,
                sku=sku,
                defaults={
                    "name": name,
                    "hsn_code": hsn_code,
                    "gst_rate": Decimal(gst_rate),
                    "uom": piece,
                    "mrp": Decimal(mrp),
                },
            )
        for code, name, area, phone in CUSTOMERS:
            Customer.unscoped.get_or_create(
                company=company,
                code=code,
                defaults={"name": name, "area": area, "phone1": phone, "created_at": now, "updated_at": now},
            )


def _write_private(file: Path, text: str) -> None:
    """Replaced in one step, so that a reader never sees half a file; holds passwords, so nobody else may read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    draft.replace(file)
