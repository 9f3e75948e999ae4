"""Departments and job titles: how a company is organised. They say where somebody stands and give no right."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, models

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, made_text, unique_or_refused
from erp.locking import LockOrder, Locks, constraint_of
from erp.models import Department, JobTitle
from erp.performing import use_case
from erp.problems import Conflict, NotFound, ValidationFailed

_TAKEN = {"department_name": "name", "jobtitle_title": "title"}
_HOLDS = {
    "erp_membership_department_id_company_fk",
    "erp_membership_job_title_id_company_fk",
    "erp_jobtitle_department_id_company_fk",
}


class UnknownDepartment(NotFound):
    """The company has no such department."""

    message = "Department not found"


class UnknownJobTitle(NotFound):
    """The company has no such job title."""

    message = "Job title not found"


class InUse(Conflict):
    """People or job titles are in it. Move them, or make it inactive instead."""

    code = "in-use"
    message = "Somebody is still in it; make it inactive instead."


@use_case
def create_department(locks: Locks, *, columns: Mapping[str, Any], actor: Actor, now: datetime) -> Department:
    """A new department, known by its name. Raises AlreadyExists."""
    department = Department(company_id=locks.company_id, **columns, created_at=now, updated_at=now)
    _insert(locks, department, "department", actor=actor, now=now)
    return department


@use_case
def change_department(
    locks: Locks, *, department_id: UUID, wanted: Mapping[str, Any], actor: Actor, now: datetime
) -> Department:
    """Change what is named. Locks MEMBERSHIP. Raises UnknownDepartment, AlreadyExists."""
    department = _department(locks, department_id)
    _update(locks, department, "department", wanted, actor=actor, now=now)
    return department


@use_case
def remove_department(locks: Locks, *, department_id: UUID, actor: Actor, now: datetime) -> None:
    """Forget a department that nobody is in. Locks MEMBERSHIP. Raises UnknownDepartment, InUse."""
    _department(locks, department_id)
    _delete(locks, Department, department_id, "department", actor=actor, now=now)


@use_case
def create_job_title(locks: Locks, *, columns: Mapping[str, Any], actor: Actor, now: datetime) -> JobTitle:
    """A new job title, known by its name within its department. Raises AlreadyExists, ValidationFailed."""
    title = JobTitle(company_id=locks.company_id, **columns, created_at=now, updated_at=now)
    title.department = _named_department(locks, title.department_id)
    _insert(locks, title, "jobtitle", actor=actor, now=now)
    return title


@use_case
def change_job_title(locks: Locks, *, title_id: UUID, wanted: Mapping[str, Any], actor: Actor, now: datetime) -> JobTitle:
    """Change what is named. Locks MEMBERSHIP. Raises UnknownJobTitle, AlreadyExists, ValidationFailed."""
    title = _title(locks, title_id)
    department = _named_department(locks, wanted.get("department_id", title.department_id))
    _update(locks, title, "jobtitle", wanted, actor=actor, now=now)
    title.department = department
    return title


@use_case
def remove_job_title(locks: Locks, *, title_id: UUID, actor: Actor, now: datetime) -> None:
    """Forget a job title that nobody has. Locks MEMBERSHIP. Raises UnknownJobTitle, InUse."""
    _title(locks, title_id)
    _delete(locks, JobTitle, title_id, "jobtitle", actor=actor, now=now)


def _department(locks: Locks, department_id: UUID) -> Department:
    found = locks.take(LockOrder.MEMBERSHIP, Department.objects.of(locks).filter(id=department_id))
    if not found:
        raise UnknownDepartment
    return found[0]


def _title(locks: Locks, title_id: UUID) -> JobTitle:
    found = locks.take(LockOrder.MEMBERSHIP, JobTitle.objects.of(locks).filter(id=title_id))
    if not found:
        raise UnknownJobTitle
    return found[0]


def _named_department(locks: Locks, department_id: UUID | None) -> Department | None:
    if department_id is None:
        return None
    department = Department.objects.of(locks).filter(id=department_id).first()
    if department is None:
        raise ValidationFailed(errors={"department_id": ["Department not found."]})
    return department


def _insert(locks: Locks, row: Department | JobTitle, subject: str, *, actor: Actor, now: datetime) -> None:
    with unique_or_refused(_TAKEN):
        row.save(force_insert=True)
    record_audit(locks, [Audit(f"create_{subject}", subject, row.id, made_text(row))], actor=actor, now=now)


def _update(
    locks: Locks, row: Department | JobTitle, subject: str, wanted: Mapping[str, Any], *, actor: Actor, now: datetime
) -> None:
    changes = apply_changes(row, wanted)
    if changes:
        row.updated_at = now
        with unique_or_refused(_TAKEN):
            row.save(update_fields=[*changes, "updated_at"])
        record_audit(locks, [Audit(f"change_{subject}", subject, row.id, changes_text(changes))], actor=actor, now=now)


def _delete(locks: Locks, kind: type[models.Model], row_id: UUID, subject: str, *, actor: Actor, now: datetime) -> None:
    record_audit(locks, [Audit(f"remove_{subject}", subject, row_id)], actor=actor, now=now)
    try:
        kind.objects.of(locks).filter(id=row_id).delete()  # type: ignore[attr-defined]
    except IntegrityError as problem:
        if constraint_of(problem) in _HOLDS:
            raise InUse from problem
        raise
