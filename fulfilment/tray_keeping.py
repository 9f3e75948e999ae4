"""Keeping trays: what goes round in the warehouse, known by its code."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, made_text, unique_or_refused
from erp.locking import LockOrder, Locks
from erp.performing import use_case
from erp.problems import Conflict, NotFound
from fulfilment.models import Box, Tray

SUBJECT = "tray"
_TAKEN = {"tray_code": "tray_code"}


class TrayNotFound(NotFound):
    """No tray of the company has this id. Look its code up again."""

    message = "Tray not found"


class TrayHoldsGoods(Conflict):
    """Goods of an invoice lie in the tray: `data` names it. Box them first, or make the tray INACTIVE."""

    code = "in-use"
    message = "This tray is in use."


@use_case
def create_tray(locks: Locks, *, columns: Mapping[str, Any], actor: Actor, now: datetime) -> Tray:
    """A new tray, known by its code. Raises AlreadyExists."""
    tray = Tray(company_id=locks.company_id, **columns, created_at=now, updated_at=now)
    with unique_or_refused(_TAKEN):
        tray.save(force_insert=True)
    record_audit(locks, [Audit("create_tray", SUBJECT, tray.id, made_text(tray))], actor=actor, now=now)
    return tray


@use_case
def change_tray(locks: Locks, *, tray_id: UUID, wanted: Mapping[str, Any], actor: Actor, now: datetime) -> Tray:
    """Change what is named; what lies in it stays. Locks FULFILMENT. Raises TrayNotFound, AlreadyExists."""
    tray = _locked(locks, tray_id)
    changes = apply_changes(tray, wanted)
    if changes:
        tray.updated_at = now
        with unique_or_refused(_TAKEN):
            tray.save(update_fields=[*changes, "updated_at"])
        record_audit(locks, [Audit("change_tray", SUBJECT, tray.id, changes_text(changes))], actor=actor, now=now)
    return tray


@use_case
def remove_tray(locks: Locks, *, tray_id: UUID, actor: Actor, now: datetime) -> Tray:
    """Forget a tray that is empty; what it once held keeps its code.

    Locks FULFILMENT. Raises TrayNotFound, TrayHoldsGoods.
    """
    tray = _locked(locks, tray_id)
    mine = Box.objects.of(locks).filter(tray_id=tray_id)
    holding = mine.filter(freed_at=None).select_related("session__invoice").first()
    if holding is not None:
        raise TrayHoldsGoods(data={"tray_code": tray.tray_code, "invoice_no": holding.session.invoice.invoice_no})
    mine.update(tray=None)
    Tray.objects.of(locks).filter(id=tray_id).delete()
    record_audit(locks, [Audit("remove_tray", SUBJECT, tray.id)], actor=actor, now=now)
    return tray


def _locked(locks: Locks, tray_id: UUID) -> Tray:
    found = locks.take(LockOrder.FULFILMENT, Tray.objects.of(locks).filter(id=tray_id))
    if not found:
        raise TrayNotFound
    return found[0]
