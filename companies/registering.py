"""GST registrations of a company: one per state, one of them the default."""

from datetime import datetime

from accounting.gst import is_gstin, state_code
from accounting.parties import BadGstin, read_state
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import unique_or_refused
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.models import Company, Registration
from erp.performing import use_case
from erp.problems import FieldErrors


@use_case
def add_registration(
    locks: Locks, *, state: str, gstin: str, actor: Actor, now: datetime, is_default: bool = False
) -> Registration:
    """A new registration; the first one is the default, a later default takes its place. Locks COMPANY.

    Raises ValidationFailed for a state that is none, BadGstin (400), AlreadyExists (409).
    """
    locks.take(LockOrder.COMPANY, Company.objects.filter(id=locks.company_id))
    code = read_state(state)
    if not is_gstin(gstin) or state_code(gstin[:2]) != code:
        errors: FieldErrors = {"gstin": [BadGstin.message]}
        raise BadGstin(errors=errors)
    present = Registration.objects.of(actor)
    default = is_default or not present.exists()
    if default:
        present.filter(is_default=True).update(is_default=False)
    registration = Registration(id=new_id(), company_id=locks.company_id, state_code=code, gstin=gstin, is_default=default)
    with unique_or_refused({"registration_state": "state_code"}):
        registration.save(force_insert=True)
    record_audit(locks, [Audit("add_registration", "registration", registration.id)], actor=actor, now=now)
    return registration
