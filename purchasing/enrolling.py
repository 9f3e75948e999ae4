"""Keeping the suppliers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounting.gst import GstTreatment
from accounting.parties import chosen_treatment, judge_gstin, next_code, read_state
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, made_text, require_version, unique_or_refused
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.performing import use_case
from erp.problems import NotFound
from inventory.kinds import PriceKind
from inventory.prices import find_price_list
from purchasing.models import Supplier

SUBJECT = "supplier"
_PREFIX = "S"


@dataclass(frozen=True, slots=True)
class NewSupplier:
    """An empty code is made; `state_code` takes digits or letters. Amounts in the company's currency, two places."""

    name: str
    code: str = ""
    gstin: str = ""
    gst_treatment: GstTreatment | None = None
    state_code: str = ""
    email: str = ""
    phone: str = ""
    billing_address: str = ""
    shipping_address: str = ""
    credit_limit: Decimal = Decimal("0.00")
    credit_hold: bool = False
    credit_days: int = 30
    price_list_id: UUID | None = None
    is_active: bool = True


@use_case
def create_supplier(locks: Locks, *, draft: NewSupplier, actor: Actor, now: datetime) -> Supplier:
    """A new supplier. Locks SERIES when his code is made.

    Raises NotFound for the price list, BadGstin, ValidationFailed, AlreadyExists.
    """
    supplier = Supplier(
        id=new_id(),
        company_id=locks.company_id,
        name=draft.name,
        gstin=draft.gstin,
        gst_treatment=chosen_treatment(draft.gst_treatment, draft.gstin).value,
        state_code=read_state(draft.state_code) or draft.gstin[:2],
        email=draft.email,
        phone=draft.phone,
        billing_address=draft.billing_address,
        shipping_address=draft.shipping_address,
        credit_limit=draft.credit_limit,
        credit_hold=draft.credit_hold,
        credit_days=draft.credit_days,
        price_list_id=draft.price_list_id,
        is_active=draft.is_active,
        created_at=now,
        updated_at=now,
    )
    _judge(supplier)
    if draft.price_list_id:
        find_price_list(actor, draft.price_list_id, kind=PriceKind.PURCHASE)
    supplier.code = draft.code or _next_code(locks)
    with unique_or_refused({"supplier_code": "code"}):
        supplier.save(force_insert=True)
    record_audit(locks, [Audit("create_supplier", SUBJECT, supplier.id, made_text(supplier))], actor=actor, now=now)
    return supplier


@use_case
def change_supplier(
    locks: Locks,
    *,
    supplier_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Supplier:
    """Change columns of a supplier; documents keep what they say. Locks PARTY.

    Raises NotFound, Stale, BadGstin, ValidationFailed, AlreadyExists.
    """
    found = locks.take(LockOrder.PARTY, Supplier.objects.of(actor).filter(id=supplier_id))
    if not found:
        raise NotFound("Supplier not found")
    (supplier,) = found
    require_version(supplier.version, expected_version)
    wanted = dict(changes)
    if "state_code" in wanted:
        wanted["state_code"] = read_state(wanted["state_code"] or "")
    if wanted.get("price_list_id"):
        find_price_list(actor, wanted["price_list_id"], kind=PriceKind.PURCHASE)
    changed = apply_changes(supplier, wanted)
    if changed:
        _judge(supplier)
        supplier.version += 1
        supplier.updated_at = now
        with unique_or_refused({"supplier_code": "code"}):
            supplier.save()
        audit = Audit("change_supplier", SUBJECT, supplier.id, changes_text(changed))
        record_audit(locks, [audit], actor=actor, now=now)
    return supplier


def _judge(supplier: Supplier) -> None:
    judge_gstin(supplier.gstin, supplier.gst_treatment, party="supplier")


def _next_code(locks: Locks) -> str:
    """The next code that nobody has chosen already."""
    codes = Supplier.objects.of(locks).filter(code__startswith=f"{_PREFIX}-").values_list("code", flat=True)
    return next_code(locks, _PREFIX, codes)
