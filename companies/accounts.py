"""A person's account, for use cases of one of the companies that know him; the only writes here that reach beyond it."""

from datetime import datetime
from uuid import UUID

from erp.locking import LockOrder, Locks
from erp.models import Login, Membership, User


def lock_account(locks: Locks, user_id: UUID) -> User:
    """Lock the account (rank PERSON), so that two companies that both let him go see each other."""
    (user,) = locks.take(LockOrder.PERSON, User.objects.filter(id=user_id))
    return user


def is_known_elsewhere(locks: Locks, user_id: UUID) -> bool:
    """Whether any other company has or had him: it relies on his address and password, should he come back."""
    return Membership.unscoped.filter(user_id=user_id).exclude(company_id=locks.company_id).exists()


def works_for_nobody(locks: Locks, user_id: UUID) -> bool:
    """Whether no company lets him work, this one as it now is included."""
    return not Membership.unscoped.filter(user_id=user_id, is_active=True, company__is_active=True).exists()


def has_left_everybody(locks: Locks, user_id: UUID) -> bool:
    """Whether every membership of his has ended."""
    return not Membership.unscoped.filter(user_id=user_id, ended_at=None).exists()


def end_useless_logins(locks: Locks, user_id: UUID, *, now: datetime) -> None:
    """End the person's tokens when no company lets him work any more, so that he is refused with 401 and logs in again.

    Who works elsewhere keeps them: a login is the account's, and not one company's. Locks PERSON.
    """
    lock_account(locks, user_id)
    if works_for_nobody(locks, user_id):
        end_logins(user_id, now=now)


def end_logins(user_id: UUID, *, now: datetime) -> None:
    """End every token of the person, at once and on every device."""
    Login.objects.filter(user_id=user_id, ended_at=None).update(ended_at=now)
