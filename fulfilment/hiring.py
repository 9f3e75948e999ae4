"""Couriers: who carries parcels for the company."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, made_text, unique_or_refused
from erp.locking import LockOrder, Locks, constraint_of
from erp.performing import use_case
from erp.problems import Conflict
from erp.storing import SavedFile, keep_file
from fulfilment.couriers import CourierNotFound
from fulfilment.models import Courier

SUBJECT = "courier"
_TAKEN = {"courier_code": "courier_code"}
_NAMED_BY = {
    "fulfilment_deliverysession_courier_id_company_fk",
    "fulfilment_packingsession_courier_id_company_fk",
    "fulfilment_courierchange_courier_id_company_fk",
}
_REMOVE = "remove_courier_logo"


class CourierInUse(Conflict):
    """Deliveries name the courier, so he stays. Make him INACTIVE instead."""

    code = "in-use"
    message = "This courier has carried parcels; make him INACTIVE instead."


@use_case
def create_courier(
    locks: Locks, *, columns: Mapping[str, Any], actor: Actor, now: datetime, logo: SavedFile | None = None
) -> Courier:
    """A new courier, known by his code. Raises AlreadyExists."""
    given = {name: value for name, value in columns.items() if name != _REMOVE}
    file = keep_file(locks, logo, now=now) if logo else None
    courier = Courier(company_id=locks.company_id, **given, logo=file, created_at=now, updated_at=now)
    with unique_or_refused(_TAKEN):
        courier.save(force_insert=True)
    record_audit(locks, [Audit("create_courier", SUBJECT, courier.id, made_text(courier))], actor=actor, now=now)
    return courier


@use_case
def change_courier(
    locks: Locks,
    *,
    courier_id: UUID,
    wanted: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    logo: SavedFile | None = None,
) -> Courier:
    """Change what is named; deliveries keep the name he had. A new logo takes the place of the old one.

    Locks FULFILMENT. Raises CourierNotFound, AlreadyExists.
    """
    courier = _locked(locks, courier_id)
    columns = {name: value for name, value in wanted.items() if name != _REMOVE}
    if logo is not None:
        columns["logo_id"] = keep_file(locks, logo, now=now).id
    elif wanted.get(_REMOVE):
        columns["logo_id"] = None
    changes = apply_changes(courier, columns)
    if changes:
        courier.updated_at = now
        with unique_or_refused(_TAKEN):
            courier.save(update_fields=[*changes, "updated_at"])
        record_audit(locks, [Audit("change_courier", SUBJECT, courier.id, changes_text(changes))], actor=actor, now=now)
    return courier


@use_case
def remove_courier(locks: Locks, *, courier_id: UUID, actor: Actor, now: datetime) -> Courier:
    """Forget a courier who has never carried anything. Locks FULFILMENT. Raises CourierNotFound, CourierInUse."""
    courier = _locked(locks, courier_id)
    record_audit(locks, [Audit("remove_courier", SUBJECT, courier.id)], actor=actor, now=now)
    try:
        Courier.objects.of(locks).filter(id=courier_id).delete()
    except IntegrityError as problem:
        if constraint_of(problem) in _NAMED_BY:
            raise CourierInUse from problem
        raise
    return courier


def _locked(locks: Locks, courier_id: UUID) -> Courier:
    found = locks.take(LockOrder.FULFILMENT, Courier.objects.of(locks).filter(id=courier_id))
    if not found:
        raise CourierNotFound
    return found[0]
