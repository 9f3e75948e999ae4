"""Reading the companies of a person, which look beyond the one he works for; and who decided what in this one."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from erp.access import Actor
from erp.members import find_member
from erp.models import AuditEntry, AuditSeal, Membership
from erp.models.scoped import HasCompany


def memberships(actor: Actor) -> QuerySet[Membership]:
    """The person's active memberships in active companies."""
    rows = Membership.unscoped.select_related("company")
    return rows.filter(user_id=actor.id, is_active=True, company__is_active=True)


def active_company_id(actor: Actor) -> UUID | None:
    """Where he works when a request names no company."""
    member = find_member(actor.id)
    return member.company.id if member is not None and member.company is not None else None


def last_decision(company: HasCompany, policies: Iterable[str]) -> AuditEntry | None:
    """Who changed one of these policies last, and when; None while they are as they were in the beginning."""
    named = reduce(or_, [Q(changes__contains=f'"{policy}":') for policy in policies])
    entries = AuditEntry.objects.of(company).filter(subject_id=company.company_id, action="set_policies")
    return entries.filter(named).order_by("-id").first()


def seals_of(company: HasCompany, entries: Sequence[AuditEntry]) -> dict[int, AuditSeal]:
    """The seals of these entries, by the entries' ids; those that wait have none."""
    seals = AuditSeal.objects.of(company).filter(entry_id__in=[entry.id for entry in entries])
    return {seal.entry_id: seal for seal in seals}
