"""Reading the companies of a person; the only reads here that look beyond the one he works for."""

from uuid import UUID

from django.db.models import QuerySet

from erp.access import Actor
from erp.members import find_member
from erp.models import Membership


def memberships(actor: Actor) -> QuerySet[Membership]:
    """The person's active memberships in active companies."""
    rows = Membership.unscoped.select_related("company")
    return rows.filter(user_id=actor.id, is_active=True, company__is_active=True)


def active_company_id(actor: Actor) -> UUID | None:
    """Where he works when a request names no company."""
    member = find_member(actor.id)
    return member.company.id if member is not None and member.company is not None else None
