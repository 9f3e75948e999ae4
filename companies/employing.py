"""People as the published web client keeps them: an account and its membership in one, ``/api/auth/users/``.

An account may be known to several companies, so nobody of one may change what the others rely on: name, address, password.
Source: chapter "Login, users, menus" of the sales contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from companies.accounts import (
    end_logins,
    end_useless_logins,
    has_left_everybody,
    is_known_elsewhere,
    lock_account,
    works_for_nobody,
)
from companies.owners import is_owner, lock_member, refuse_owners, require_owner
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import AlreadyExists, Changes, apply_changes, changes_text, made_text, save_next_version, unique_or_refused
from erp.identifiers import new_id
from erp.locking import Locks
from erp.models import Department, JobTitle, Membership, User
from erp.performing import use_case
from erp.problems import Conflict, NotFound, PermissionDenied, ValidationFailed
from erp.rights import Role, WrittenRole, written_role
from erp.storing import SavedFile, keep_file

SUBJECT = "membership"
OF_ACCOUNT = ("email", "name", "phone", "password")
"""What belongs to the person and not to the company."""
_TAKEN = {"erp_user_email_key": "email"}


class Oneself(Conflict):
    """Nobody deactivates or ends himself. Ask another administrator."""

    code = "oneself"
    message = "You cannot do this to yourself."


class SharedAccount(PermissionDenied):
    """The person is, or was, known to another company: only he himself changes his account. `errors` names the fields."""

    code = "shared-account"
    message = "This person has an account with another company too; only he himself may change it."

    def __init__(self, fields: list[str]) -> None:
        super().__init__(errors={field: [self.message] for field in fields})


class UnknownUser(NotFound):
    """Nobody in this company has this id, or he has left."""

    message = "User not found"


@dataclass(frozen=True, slots=True)
class Employed:
    """A member, read as he now is. With `account_kept` he had an account already, and keeps its name and password."""

    membership: Membership
    account_kept: bool = False


def hashed_password(password: str) -> str:
    """What is kept of a password. Slow on purpose, so it is made before a transaction begins. Raises ValidationFailed."""
    try:
        validate_password(password)
    except ValidationError as problem:
        raise ValidationFailed(errors={"password": list(problem.messages)}) from problem
    return make_password(password)


@use_case
def employ_person(locks: Locks, *, email: str, wanted: Mapping[str, Any], actor: Actor, now: datetime) -> Employed:
    """Make an account and its membership; somebody who has an account joins with it, somebody who had left comes back.

    `wanted` holds what `change_person` takes; `password` is a hash. An account that other companies know stays as it is.
    Locks MEMBERSHIP, PERSON. Raises AlreadyExists for a member, PermissionDenied (403), ValidationFailed.
    """
    role = written_role(wanted.get("role", WrittenRole.USER))
    refuse_owners(actor, role)
    user = User.objects.filter(email=email.lower()).first()
    membership = lock_member(locks, user_id=user.id)[0] if user else None
    if membership is not None and membership.ended_at is None:
        text = "There is a user with this email already."
        raise AlreadyExists(text, errors={"email": [text]})
    kept = user is not None and (membership is None or is_known_elsewhere(locks, user.id))
    account = {name: wanted[name] for name in OF_ACCOUNT if name in wanted and not kept}
    if user is None:
        user = User(id=new_id(), email=email.lower(), active_company_id=locks.company_id, date_joined=now, **account)
        with unique_or_refused(_TAKEN):
            user.save(force_insert=True)
    else:
        user = lock_account(locks, user.id)
        apply_changes(user, {**account, "is_active": True})
        user.save(update_fields=[*account, "is_active"])
    if membership is None:
        membership = Membership(id=new_id(), company_id=locks.company_id, user=user)
    else:
        refuse_owners(actor, membership.role)
        membership.version += 1
    membership.user, membership.role, membership.ended_at = user, role.value, None
    membership.is_active = wanted.get("is_active", True)
    membership.created_by_name = actor.name
    _place(locks, membership, wanted)
    with unique_or_refused({"membership_one_per_user": "email"}):
        membership.save()
    record_audit(locks, [Audit("employ_person", SUBJECT, membership.id, made_text(membership))], actor=actor, now=now)
    return Employed(_shown(locks, membership), account_kept=kept)


@use_case
def change_person(
    locks: Locks,
    *,
    user_id: UUID,
    wanted: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    avatar: SavedFile | None = None,
) -> Membership:
    """Change what is named of a member and his account.

    `wanted`: email, name, phone, password (a hash; ends his logins), role (as a client writes it: the name that he is shown
    under means that it stays), is_active, department_id, job_title, remove_avatar. `avatar` takes the place of the picture
    that he has; it belongs to the membership, so that each company shows its own. Only an OWNER touches or appoints an
    OWNER. Locks MEMBERSHIP, PERSON. Raises UnknownUser, SharedAccount and PermissionDenied (403), Oneself and LastOwner
    (409), AlreadyExists, ValidationFailed.
    """
    membership, rows = _member(locks, user_id)
    role = Role(membership.role)
    wanted_role = written_role(wanted["role"], present=role) if "role" in wanted else role
    refuse_owners(actor, role, wanted_role)
    active = wanted.get("is_active", membership.is_active)
    if user_id == actor.id:
        _refuse_to_oneself(active=active, wanted=wanted)
    owned = is_owner(membership)
    changed = apply_changes(membership, {"role": wanted_role.value, "is_active": active})
    changed |= _place(locks, membership, wanted)
    if avatar is not None:
        changed |= apply_changes(membership, {"avatar_id": keep_file(locks, avatar, now=now).id})
    elif wanted.get("remove_avatar"):
        changed |= apply_changes(membership, {"avatar_id": None})
    if owned:
        require_owner(rows)
    if changed:
        save_next_version(membership, changed)
    account_changed = _change_account(locks, user_id, wanted, actor=actor)
    if "password" in account_changed or ("is_active" in changed and not active and works_for_nobody(locks, user_id)):
        end_logins(user_id, now=now)
    if told := changed | account_changed:
        record_audit(locks, [Audit("change_person", SUBJECT, membership.id, changes_text(told))], actor=actor, now=now)
    return _shown(locks, membership)


@use_case
def suspend_person(locks: Locks, *, user_id: UUID, is_active: bool, actor: Actor, now: datetime) -> Membership:
    """Refuse a member from now on, or let him work again. His tokens end, unless he works for another company too.

    Locks MEMBERSHIP, PERSON. Raises UnknownUser, PermissionDenied, Oneself, LastOwner.
    """
    membership, rows = _member(locks, user_id)
    refuse_owners(actor, membership.role)
    if user_id == actor.id and not is_active:
        raise Oneself
    owned = is_owner(membership)
    changed = apply_changes(membership, {"is_active": is_active})
    if owned:
        require_owner(rows)
    if changed:
        save_next_version(membership, changed)
        if not is_active:
            end_useless_logins(locks, user_id, now=now)
        action = "activate_person" if is_active else "suspend_person"
        record_audit(locks, [Audit(action, SUBJECT, membership.id, changes_text(changed))], actor=actor, now=now)
    return _shown(locks, membership)


@use_case
def dismiss_person(locks: Locks, *, user_id: UUID, actor: Actor, now: datetime) -> Membership:
    """End a membership; whom no company employs any more, his account ends too. Nothing of what he did is erased.

    Locks MEMBERSHIP, PERSON. Raises UnknownUser, PermissionDenied, Oneself, LastOwner.
    """
    membership, rows = _member(locks, user_id)
    refuse_owners(actor, membership.role)
    if user_id == actor.id:
        raise Oneself
    owned = is_owner(membership)
    changed = apply_changes(membership, {"is_active": False, "ended_at": now})
    if owned:
        require_owner(rows)
    save_next_version(membership, changed)
    user = lock_account(locks, user_id)
    if has_left_everybody(locks, user_id):
        user.is_active = False
        user.save(update_fields=["is_active"])
    if works_for_nobody(locks, user_id):
        end_logins(user_id, now=now)
    record_audit(locks, [Audit("dismiss_person", SUBJECT, membership.id, changes_text(changed))], actor=actor, now=now)
    return membership


def _member(locks: Locks, user_id: UUID) -> tuple[Membership, list[Membership]]:
    membership, rows = lock_member(locks, user_id=user_id)
    if membership is None or membership.ended_at is not None:
        raise UnknownUser
    return membership, rows


def _refuse_to_oneself(*, active: bool, wanted: Mapping[str, Any]) -> None:
    if not active:
        raise Oneself
    if "password" in wanted:  # a stolen token must not be enough
        raise ValidationFailed(errors={"password": ["Change your own password with the old one."]})


def _change_account(locks: Locks, user_id: UUID, wanted: Mapping[str, Any], *, actor: Actor) -> Changes:
    """Change the person's own columns and tell what that changed; of a password only that it changed."""
    account = {name: wanted[name] for name in OF_ACCOUNT if name in wanted}
    if "email" in account:
        account["email"] = account["email"].lower()
    user = lock_account(locks, user_id)
    changed = apply_changes(user, account)
    if changed:
        if user_id != actor.id and is_known_elsewhere(locks, user_id):
            raise SharedAccount(list(changed))
        with unique_or_refused(_TAKEN):
            user.save(update_fields=list(changed))
    return {name: [None, None] if name == "password" else pair for name, pair in changed.items()}


def _place(locks: Locks, membership: Membership, wanted: Mapping[str, Any]) -> Changes:
    """Set department and job title; without a word about the department it is the job title's."""
    places: dict[str, UUID | None] = {}
    if "job_title" in wanted:
        places["job_title_id"] = wanted["job_title"]
        title = JobTitle.objects.of(locks).filter(id=wanted["job_title"]).first() if wanted["job_title"] else None
        if wanted["job_title"] and title is None:
            raise ValidationFailed(errors={"job_title": ["Job title not found."]})
        if title is not None and title.department_id is not None and "department_id" not in wanted:
            places["department_id"] = title.department_id
    if "department_id" in wanted:
        places["department_id"] = department_id = wanted["department_id"]
        if department_id and not Department.objects.of(locks).filter(id=department_id).exists():
            raise ValidationFailed(errors={"department_id": ["Department not found."]})
    changed: Changes = {}
    for column, value in places.items():
        before = getattr(membership, column)
        if before != value:
            changed[column] = [before, value]
            setattr(membership, column, value)
    return changed


def _shown(locks: Locks, membership: Membership) -> Membership:
    """The member with all that is shown of him."""
    related = Membership.objects.of(locks).select_related("user", "department", "job_title")
    return related.get(id=membership.id)
