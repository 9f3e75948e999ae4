"""Keeping the places that hold stock: warehouses, one of them the default."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from accounting.gst import state_code
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, made_text, require_version, unique_or_refused
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.models import Company
from erp.performing import use_case
from erp.problems import NotFound, ValidationFailed
from inventory.models import Warehouse


@use_case
def create_warehouse(
    locks: Locks,
    *,
    code: str,
    name: str,
    actor: Actor,
    now: datetime,
    address: str = "",
    state: str = "",
    is_quarantine: bool = False,
    is_default: bool = False,
    is_active: bool = True,
) -> Warehouse:
    """A new warehouse; as the default one it takes the place of the one before. Locks COMPANY.

    Raises ValidationFailed for a state that is none, AlreadyExists.
    """
    _lock_company(locks)
    warehouse = Warehouse(
        id=new_id(),
        company_id=locks.company_id,
        code=code,
        name=name,
        address=address,
        state_code=_state(state),
        is_quarantine=is_quarantine,
        is_default=is_default,
        is_active=is_active,
    )
    _refuse_unserving_default(warehouse)
    if is_default:
        _take_default_from_others(actor)
    with unique_or_refused({"warehouse_code": "code"}):
        warehouse.save(force_insert=True)
    record_audit(locks, [Audit("create_warehouse", "warehouse", warehouse.id, made_text(warehouse))], actor=actor, now=now)
    return warehouse


@use_case
def change_warehouse(
    locks: Locks,
    *,
    warehouse_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Warehouse:
    """Change columns of a warehouse. There is always a default one: it changes by naming another. Locks COMPANY.

    An inactive one is named by no new document; what there is goes on.

    Raises NotFound, Stale, ValidationFailed.
    """
    _lock_company(locks)
    warehouse = Warehouse.objects.of(actor).filter(id=warehouse_id).first()
    if warehouse is None:
        raise NotFound("Warehouse not found")
    require_version(warehouse.version, expected_version)
    wanted = dict(changes)
    if "state_code" in wanted:
        wanted["state_code"] = _state(wanted["state_code"] or "")
    changed = apply_changes(warehouse, wanted)
    if changed.get("is_default") == [True, False]:
        raise ValidationFailed(errors={"is_default": ["Make another warehouse the default one instead."]})
    _refuse_unserving_default(warehouse)
    if changed:
        if "is_default" in changed:
            _take_default_from_others(actor)
        warehouse.version += 1
        warehouse.save()
        audit = Audit("change_warehouse", "warehouse", warehouse.id, changes_text(changed))
        record_audit(locks, [audit], actor=actor, now=now)
    return warehouse


def _take_default_from_others(actor: Actor) -> None:
    """There is one default warehouse. The company is locked."""
    Warehouse.objects.of(actor).filter(is_default=True).update(is_default=False, version=F("version") + 1)


def _refuse_unserving_default(warehouse: Warehouse) -> None:
    if warehouse.is_default and warehouse.is_quarantine:
        raise ValidationFailed(errors={"is_quarantine": ["The default warehouse cannot be a quarantine."]})
    if warehouse.is_default and not warehouse.is_active:
        raise ValidationFailed(
            errors={"is_active": ["The default warehouse is active; make another the default one first."]}
        )


def _lock_company(locks: Locks) -> None:
    """One change of what there is one of at a time."""
    locks.take(LockOrder.COMPANY, Company.objects.filter(id=locks.company_id))


def _state(text: str) -> str:
    """The two digits of a state given by code or letters; empty stays empty."""
    code = state_code(text) if text else ""
    if code is None:
        raise ValidationFailed(errors={"state_code": ["Not a GST state: use its code or its letters (27, MH)."]})
    return code
