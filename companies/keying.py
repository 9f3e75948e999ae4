"""Giving keys to other systems, over HTTP and from the console: issuing, rotating, revoking."""

from datetime import datetime, timedelta
from ipaddress import ip_address
from uuid import UUID

from companies.keys import IssuedKey, NewKey, has_ended, make_key
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import changes_text, made_text, require_version, save_next_version
from erp.locking import LockOrder, Locks
from erp.models import ApiKey
from erp.performing import use_case
from erp.problems import Conflict, FieldErrors, NotFound, ValidationFailed
from erp.rights import Scope

SUBJECT = "api_key"
DEFAULT_OVERLAP_HOURS = 24
MAX_OVERLAP_HOURS = 720
MAX_LIFE = timedelta(days=36525)


class ApiKeyEnded(Conflict):
    """The key is revoked, or its day has passed, so nothing of it can overlap. Issue another one."""

    code = "wrong-state"
    message = "This API key has ended; issue another one."


@use_case
def issue_key(locks: Locks, *, new: NewKey, actor: Actor, now: datetime) -> IssuedKey:
    """A key for another system; what it is, only this answer knows. Raises ValidationFailed."""
    _refuse_unfit(new, now)
    issued = make_key(locks, new, now=now)
    record_audit(locks, [Audit("issue_api_key", SUBJECT, issued.row.id, made_text(issued.row))], actor=actor, now=now)
    return issued


@use_case
def rotate_key(
    locks: Locks,
    *,
    key_id: UUID,
    actor: Actor,
    now: datetime,
    overlap_hours: int = DEFAULT_OVERLAP_HOURS,
    expires_at: datetime | None = None,
    expected_version: int | None = None,
) -> IssuedKey:
    """Another key that may do the same; the old one ends after the overlap, or sooner if that was its day.

    The new one is good until `expires_at`, else for as long as the old one was made for. Locks MEMBERSHIP (the key).
    Raises NotFound, Stale, ApiKeyEnded (409), ValidationFailed.
    """
    old = _lock_key(locks, key_id)
    require_version(old.version, expected_version)
    if has_ended(old, now):
        raise ApiKeyEnded
    if expires_at is None and old.expires_at is not None:
        expires_at = now + (old.expires_at - old.created_at)
    new = NewKey(old.name, [Scope(scope) for scope in old.scopes], old.on_conflict, old.allowed_ips, expires_at)
    _refuse_unfit(new, now)
    issued = make_key(locks, new, now=now)
    ends_at = now + timedelta(hours=overlap_hours)
    before = old.expires_at
    if before is None or ends_at < before:
        old.expires_at = ends_at
        save_next_version(old, ["expires_at"])
    changes = changes_text({"expires_at": [before, old.expires_at], "rotated_to": [None, issued.row.id]})
    record_audit(locks, [Audit("rotate_api_key", SUBJECT, old.id, changes)], actor=actor, now=now)
    return issued


@use_case
def revoke_key(locks: Locks, *, key_id: UUID, actor: Actor, now: datetime, expected_version: int | None = None) -> ApiKey:
    """End a key for good; it stays in the table, because audit entries name it. Again: nothing happens.

    Every process refuses it within a second. Locks MEMBERSHIP (the key). Raises NotFound, Stale.
    """
    key = _lock_key(locks, key_id)
    if key.revoked_at is None:
        require_version(key.version, expected_version)
        key.revoked_at = now
        save_next_version(key, ["revoked_at"])
        record_audit(locks, [Audit("revoke_api_key", SUBJECT, key.id)], actor=actor, now=now)
    return key


def _lock_key(locks: Locks, key_id: UUID) -> ApiKey:
    found = locks.take(LockOrder.MEMBERSHIP, ApiKey.objects.of(locks).filter(id=key_id))
    if not found:
        raise NotFound("API key not found")
    return found[0]


def _refuse_unfit(new: NewKey, now: datetime) -> None:
    """Raise ValidationFailed for a key that could never be used."""
    errors: FieldErrors = {}
    if not new.scopes:
        errors["scopes"] = ["A key may do something: name a scope."]
    if any(not _is_address(address) for address in new.allowed_ips):
        errors["allowed_ips"] = ["IP addresses only, each in full: 203.0.113.7 or 2001:db8::7."]
    if new.expires_at is not None and not now < new.expires_at <= now + MAX_LIFE:
        errors["expires_at"] = ["Must lie in the future, and no more than a hundred years."]
    if errors:
        raise ValidationFailed(errors=errors)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # the zone of an address means something on one machine only
