"""What a company decides for itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.db import IntegrityError

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, require_version, save_next_version
from erp.locking import LockOrder, Locks, constraint_of
from erp.models import Company, Currency
from erp.performing import use_case
from erp.problems import Conflict, NotFound, ValidationFailed
from erp.rights import Role

MISSING = "Company not found"
_FROZEN = {"base_currency_id", "books_start_date", "fiscal_year_start"}


@use_case
def set_policies(
    locks: Locks, *, wanted: Mapping[str, Any], actor: Actor, now: datetime, expected_version: int | None = None
) -> Company:
    """Change the policies that are named, one column each (`erp.policies` has their choices); the others stay.

    Locks COMPANY, against every booking. Raises Stale, ValidationFailed for roles that may import and not even write.
    """
    if Role.VIEWER in wanted.get("jwt_import_roles", ()):
        raise ValidationFailed(errors={"jwt_import_roles": ["A viewer writes nothing, so he imports nothing."]})
    (company,) = locks.take(LockOrder.COMPANY, Company.objects.filter(id=locks.company_id))
    require_version(company.version, expected_version)
    changes = apply_changes(company, wanted)
    if changes:
        save_next_version(company, changes)
        record_audit(locks, [Audit("set_policies", "company", company.id, changes_text(changes))], actor=actor, now=now)
    return company


class BooksBegun(Conflict):
    """Something is posted: in which currency the books are, when they begin and when their years do is no longer changed."""

    code = "wrong-state"
    message = "The books have begun; their currency, their first day and the first month of their years stay."


def judge_zone(zone: str) -> None:
    """Raise ValidationFailed unless there is such a time zone."""
    if zone not in available_timezones():
        raise ValidationFailed(errors={"timezone": ["There is no such time zone; e.g. Asia/Kolkata."]})


@use_case
def change_company(
    locks: Locks,
    *,
    company_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Company:
    """Change what a company is called and how it is reached; until something is posted also its currency and its years.

    Locks COMPANY, against every booking. Raises NotFound for any other company than the one he works for, or a currency that
    nobody knows, Stale, ValidationFailed, BooksBegun.
    """
    if company_id != locks.company_id:
        raise NotFound(MISSING)
    wanted = dict(changes)
    if "timezone" in wanted:
        judge_zone(wanted["timezone"])
    if "base_currency" in wanted:
        wanted["base_currency_id"] = _currency(wanted.pop("base_currency"))
    (company,) = locks.take(LockOrder.COMPANY, Company.objects.filter(id=locks.company_id))
    require_version(company.version, expected_version)
    changed = apply_changes(company, wanted)
    if changed:
        try:
            save_next_version(company, changed)
        except IntegrityError as problem:
            if constraint_of(problem) != "booked_company_stays":
                raise
            raise BooksBegun(data={"fields": sorted(_FROZEN & changed.keys())}) from problem
        record_audit(locks, [Audit("change_company", "company", company.id, changes_text(changed))], actor=actor, now=now)
    return company


def _currency(code: str) -> UUID:
    found = Currency.objects.filter(code=code).values_list("id", flat=True).first()
    if found is None:
        text = "Currency not found"
        raise NotFound(text, errors={"base_currency": [text]})
    return found
