"""Keeping the GST rates of HSN codes. A rate is a row of a history; documents keep the one of their date."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, made_text, require_version, unique_or_refused
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.performing import use_case
from erp.problems import NotFound
from inventory.models import HsnRate

SUBJECT = "hsn_rate"


@use_case
def create_hsn_rate(
    locks: Locks, *, hsn_code: str, gst_rate: Decimal, valid_from: date, actor: Actor, now: datetime
) -> HsnRate:
    """The rate (percent) of an HSN code from a day on. Raises AlreadyExists when the code changes on that day already."""
    rate = HsnRate(id=new_id(), company_id=locks.company_id, hsn_code=hsn_code, gst_rate=gst_rate, valid_from=valid_from)
    with unique_or_refused({"hsnrate_one_a_day": "valid_from"}):
        rate.save(force_insert=True)
    record_audit(locks, [Audit("create_hsn_rate", SUBJECT, rate.id, made_text(rate))], actor=actor, now=now)
    return rate


@use_case
def change_hsn_rate(
    locks: Locks,
    *,
    rate_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> HsnRate:
    """Correct the rate of a row that was entered wrongly; documents keep what they say. Locks STOCK (the row).

    Raises NotFound, Stale.
    """
    found = locks.take(LockOrder.STOCK, HsnRate.objects.of(actor).filter(id=rate_id))
    if not found:
        raise NotFound("HSN rate not found")
    (rate,) = found
    require_version(rate.version, expected_version)
    changed = apply_changes(rate, changes)
    if changed:
        rate.version += 1
        rate.save()
        record_audit(locks, [Audit("change_hsn_rate", SUBJECT, rate.id, changes_text(changed))], actor=actor, now=now)
    return rate
