"""Reading the companies of a person; the only reads here that look beyond the one he works for."""

from django.db.models import QuerySet

from erp.access import Actor, choose_membership
from erp.models import Membership, User


def memberships(actor: Actor) -> QuerySet[Membership]:
    """The person's active memberships in active companies."""
    rows = Membership.unscoped.select_related("company")
    return rows.filter(user_id=actor.id, is_active=True, company__is_active=True)


def active_membership(actor: Actor) -> Membership | None:
    """The one he works in when a request names no company."""
    return choose_membership(User.objects.get(id=actor.id), "")
