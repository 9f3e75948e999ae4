"""OWNERs of a company: one stays, and only an OWNER touches one. For use cases about members."""

from uuid import UUID

from django.db.models import Q

from erp.access import Actor
from erp.locking import LockOrder, Locks
from erp.models import Membership
from erp.problems import Conflict, PermissionDenied
from erp.rights import Role


class LastOwner(Conflict):
    """The company would have no active OWNER. Make somebody else one first."""

    code = "last-owner"
    message = "A company has one active OWNER at least."


def lock_member(locks: Locks, **named: UUID) -> tuple[Membership | None, list[Membership]]:
    """Lock the member with this `id` or `user_id` (rank MEMBERSHIP), and the OWNERs, so that two do not let each other go.

    Returns him, None for nobody, and all that are locked.
    """
    ((column, value),) = named.items()
    wanted = Q(role=Role.OWNER.value) | Q(**named)
    rows = locks.take(LockOrder.MEMBERSHIP, Membership.objects.of(locks).filter(wanted))
    return next((row for row in rows if getattr(row, column) == value), None), rows


def is_owner(membership: Membership) -> bool:
    return membership.role == Role.OWNER and membership.is_active


def require_owner(rows: list[Membership]) -> None:
    """Raise LastOwner when none of the locked members is an active OWNER any more."""
    if not any(is_owner(row) for row in rows):
        raise LastOwner


def refuse_owners(actor: Actor, *roles: str | None) -> None:
    """Raise PermissionDenied for one of the roles that only an OWNER may touch."""
    if Role.OWNER in roles and actor.role is not Role.OWNER:
        raise PermissionDenied("Permission denied. Requires OWNER role.")
