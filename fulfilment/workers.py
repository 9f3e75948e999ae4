"""Who works: the token's user, or whom he names. A name in a body is a statement, never a login."""

from dataclasses import dataclass
from uuid import UUID

from erp.access import Actor, having
from erp.locking import LockOrder, Locks
from erp.models import Membership
from erp.problems import NotFound, PermissionDenied
from erp.rights import Right


@dataclass(frozen=True, slots=True)
class Worker:
    """A member at work, as sessions name him."""

    id: UUID
    name: str
    email: str


class UserNotFound(NotFound):
    """The named person is no active member of the company. Check the address."""

    message = "User not found"


class PrivilegeNotGiven(PermissionDenied):
    """The named person, or you for him, may not do this: `errors` names the field. Ask an owner."""

    message = "Privilege Not Given"

    def __init__(self, text: str, *, field: str = "user_email") -> None:
        super().__init__(errors={field: [text]})


def worker_of(actor: Actor, email: str, right: Right) -> Worker:
    """Who does what the actor asks for, which is he himself unless he names another member.

    Naming another takes *act_for*, or the section's `right` where the company works at shared terminals; the named one needs
    the section's right. Raises UserNotFound, PrivilegeNotGiven.
    """
    if not email or email.lower() == actor.email:
        return Worker(actor.id, actor.name, actor.email)
    shared = actor.company.shared_terminal and actor.allows(right, None)
    if not (actor.allows(Right.ACT_FOR, None) or shared):
        raise PrivilegeNotGiven("You may not act for others.")
    return named_worker(actor, email, right)


def named_worker(actor: Actor, email: str, right: Right, *, field: str = "user_email") -> Worker:
    """The active member with this address, who has the right. Raises UserNotFound, PrivilegeNotGiven."""
    if not email or email.lower() == actor.email:
        if not actor.allows(right, None):
            raise PrivilegeNotGiven("You may not do this work.")
        return Worker(actor.id, actor.name, actor.email)
    members = Membership.objects.of(actor).select_related("user").filter(is_active=True, user__is_active=True)
    member = members.filter(user__email=email.lower()).annotate(has_right=having(right)).first()
    if member is None:
        raise UserNotFound
    if not member.has_right:
        raise PrivilegeNotGiven("This person may not do this work.", field=field)
    return Worker(member.user_id, member.user.name or member.user.email, member.user.email)


def lock_worker(locks: Locks, worker: Worker) -> None:
    """Lock his membership (rank MEMBERSHIP), so that of two starts one sees the other. Raises UserNotFound when it ended."""
    rows = Membership.objects.of(locks).filter(user_id=worker.id, is_active=True)
    if not locks.take(LockOrder.MEMBERSHIP, rows):
        raise UserNotFound


def is_member(locks: Locks, user_id: UUID) -> bool:
    """Whether he still works for the company."""
    return Membership.objects.of(locks).filter(user_id=user_id, is_active=True, user__is_active=True).exists()
