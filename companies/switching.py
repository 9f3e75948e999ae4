"""Choosing the company one works for when a request names none."""

from datetime import datetime
from uuid import UUID

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.locking import Locks
from erp.models import Company, Membership, User
from erp.performing import use_case
from erp.problems import NotFound


@use_case
def switch_company(locks: Locks, *, company_id: UUID, actor: Actor, now: datetime) -> Company:
    """Make it the person's active company, from his next request on. Raises NotFound when he is no active member of it."""
    membership = (
        Membership.unscoped.select_related("company")
        .filter(user_id=actor.id, company_id=company_id, is_active=True, company__is_active=True)
        .first()
    )
    if membership is None:
        raise NotFound("Company not found", errors={"company_id": ["Company not found"]})
    User.objects.filter(id=actor.id).update(active_company_id=company_id)
    record_audit(locks, [Audit("switch_company", "user", actor.id)], actor=actor, now=now)
    return membership.company
