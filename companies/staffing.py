"""Members of a company: taken in, given another role, let go. What is changed holds from the next request on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from companies.accounts import end_useless_logins, lock_account
from companies.owners import is_owner, lock_member, refuse_owners, require_owner
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, made_text, require_version, save_next_version, unique_or_refused
from erp.identifiers import new_id
from erp.locking import Locks
from erp.models import Membership, User
from erp.performing import use_case
from erp.problems import NotFound
from erp.rights import Role

SUBJECT = "membership"


@use_case
def add_member(
    locks: Locks, *, user_email: str, role: Role, actor: Actor, now: datetime, is_active: bool = True
) -> Membership:
    """Make a person who has an account a member. Only an OWNER appoints an OWNER.

    Raises NotFound for an address without an account, PermissionDenied (403), AlreadyExists for a member, let go or not.
    """
    refuse_owners(actor, role)
    user = User.objects.filter(email=user_email.lower(), is_active=True).first()
    if user is None:
        raise NotFound("User not found", errors={"user_email": ["User not found"]})
    membership = Membership(id=new_id(), company_id=locks.company_id, user=user, role=role.value, is_active=is_active)
    with unique_or_refused({"membership_one_per_user": "user_email"}):
        membership.save(force_insert=True)
    record_audit(locks, [Audit("add_member", SUBJECT, membership.id, made_text(membership))], actor=actor, now=now)
    return membership


@use_case
def change_member(
    locks: Locks,
    *,
    membership_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Membership:
    """Give a member another role, let him go or take him back. Only an OWNER touches an OWNER, or appoints one.

    Who is let go loses his tokens, unless he works for another company too; who had left is taken back with his account.
    One active OWNER stays at least; the database keeps that, too. Locks MEMBERSHIP (his, and those of the OWNERs, so that
    two do not let each other go), PERSON. Raises NotFound, Stale, PermissionDenied (403), LastOwner (409).
    """
    membership, rows = lock_member(locks, id=membership_id)
    if membership is None:
        raise NotFound("Membership not found")
    require_version(membership.version, expected_version)
    refuse_owners(actor, membership.role, changes.get("role"))
    owned = is_owner(membership)
    taken_back = {"ended_at": None} if changes.get("is_active") else {}
    changed = apply_changes(membership, {**changes, **taken_back})
    if owned:
        require_owner(rows)
    if changed:
        save_next_version(membership, changed)
        if "ended_at" in changed:
            account = lock_account(locks, membership.user_id)
            account.is_active = True
            account.save(update_fields=["is_active"])
        if changed.get("is_active") == [True, False]:
            end_useless_logins(locks, membership.user_id, now=now)
        audit = Audit("change_member", SUBJECT, membership.id, changes_text(changed))
        record_audit(locks, [audit], actor=actor, now=now)
    return membership
