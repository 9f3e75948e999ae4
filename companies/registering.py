"""GST registrations of a company: one per state, one of them the default. A used one is ended, never removed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from accounting.gst import is_gstin, state_code
from accounting.parties import BadGstin, read_state
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, made_text, require_version, save_next_version, unique_or_refused
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.models import Company, Registration
from erp.performing import use_case
from erp.problems import Conflict, FieldErrors, NotFound, ValidationFailed
from invoices.models import Invoice

SUBJECT = "registration"
_TAKEN = {"registration_state": "state_code"}


class RegistrationUsed(Conflict):
    """Invoices say this registration. End it with `valid_to` instead."""

    code = "registration-used"
    message = "Invoices were made under this registration; end it with valid_to."


@use_case
def add_registration(
    locks: Locks, *, state: str, gstin: str, actor: Actor, now: datetime, is_default: bool = False
) -> Registration:
    """A new registration; the first that has no end is the default, a later default takes its place. Locks COMPANY.

    Raises ValidationFailed for a state that is none, BadGstin (400), AlreadyExists (409).
    """
    locks.take(LockOrder.COMPANY, Company.objects.filter(id=locks.company_id))
    code = read_registration(state, gstin)
    present = Registration.objects.of(actor)
    default = is_default or not present.filter(valid_to=None).exists()
    if default:
        _take_default_from(present)
    registration = Registration(id=new_id(), company_id=locks.company_id, state_code=code, gstin=gstin, is_default=default)
    with unique_or_refused(_TAKEN):
        registration.save(force_insert=True)
    record_audit(locks, [Audit("add_registration", SUBJECT, registration.id, made_text(registration))], actor=actor, now=now)
    return registration


def read_registration(state: str, gstin: str) -> str:
    """The code of the state, whose GSTIN this is. Raises ValidationFailed for a state that is none, BadGstin."""
    code = read_state(state)
    if not is_gstin(gstin) or state_code(gstin[:2]) != code:
        errors: FieldErrors = {"gstin": [BadGstin.message]}
        raise BadGstin(errors=errors)
    return code


@use_case
def change_registration(
    locks: Locks,
    *,
    registration_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Registration:
    """Make a registration the default one, give it an end (`valid_to`, included) or take the end off. Locks COMPANY.

    Documents of later days do not name it. There is a default one among those without an end: it changes by naming another.
    Raises NotFound, Stale, ValidationFailed, AlreadyExists when the state has another one by now.
    """
    registration = _lock_registration(locks, registration_id)
    require_version(registration.version, expected_version)
    others = Registration.objects.of(locks).exclude(id=registration.id)
    changed = apply_changes(registration, changes)
    if changed.get("is_default") == [True, False]:
        raise ValidationFailed(errors={"is_default": ["Make another registration the default one instead."]})
    if registration.valid_to is not None:
        _refuse_ending_default(registration, others.filter(valid_to=None).exists())
    if changed:
        if "is_default" in changed:
            _take_default_from(others)
        with unique_or_refused(_TAKEN):
            save_next_version(registration, changed)
        audit = Audit("change_registration", SUBJECT, registration.id, changes_text(changed))
        record_audit(locks, [audit], actor=actor, now=now)
    return registration


@use_case
def remove_registration(
    locks: Locks, *, registration_id: UUID, actor: Actor, now: datetime, expected_version: int | None = None
) -> None:
    """Take a registration off the list that no invoice names, as when it was entered wrongly. Locks COMPANY.

    Raises NotFound, Stale, RegistrationUsed (409), ValidationFailed for the default one among others.
    """
    registration = _lock_registration(locks, registration_id)
    require_version(registration.version, expected_version)
    others = Registration.objects.of(locks).filter(valid_to=None).exclude(id=registration.id)
    _refuse_ending_default(registration, others.exists())
    if Invoice.objects.of(locks).filter(company_gstin=registration.gstin).exists():
        raise RegistrationUsed
    changes = changes_text({"gstin": [registration.gstin, None]})
    record_audit(locks, [Audit("remove_registration", SUBJECT, registration.id, changes)], actor=actor, now=now)
    registration.delete()


def _take_default_from(rows: QuerySet[Registration]) -> None:
    """None of them is the default one any more. The company is locked."""
    rows.filter(is_default=True).update(is_default=False, version=F("version") + 1)


def _lock_registration(locks: Locks, registration_id: UUID) -> Registration:
    """One change of what there is one of at a time. Raises NotFound."""
    locks.take(LockOrder.COMPANY, Company.objects.filter(id=locks.company_id))
    registration = Registration.objects.of(locks).filter(id=registration_id).first()
    if registration is None:
        raise NotFound("Registration not found")
    return registration


def _refuse_ending_default(registration: Registration, others: bool) -> None:
    """Raise ValidationFailed for the default one, if another one goes on."""
    if registration.is_default and others:
        raise ValidationFailed(errors={"is_default": ["Make another registration the default one first."]})
