"""Telling other systems of the company's events: where to, which, signed with what; and telling them again."""

import secrets as randomness
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, require_version, save_next_version
from erp.ciphers import encrypt
from erp.events import read_event_id, read_types
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.models import EventChannel, WebhookDelivery, WebhookEndpoint
from erp.performing import use_case
from erp.problems import Conflict, NotFound, ValidationFailed
from erp.webhooks.addresses import AddressRefused, read_url
from erp.webhooks.deliveries import replay_since
from erp.webhooks.states import DeliveryState, PauseReason

SUBJECT = "webhook"
MISSING, MISSING_DELIVERY = "Webhook not found", "Delivery not found"
MOST_ENDPOINTS = 20
DEFAULT_OVERLAP_HOURS = 24
MAX_OVERLAP_HOURS = 720
_SECRET_BYTES = 32


class TooManyWebhooks(Conflict):
    """The company has as many webhooks as it may have. Remove one."""

    code = "too-many"
    message = f"A company may have {MOST_ENDPOINTS} webhooks; remove one."


class SharedEndpoint(NamedTuple):
    """The row, and the new secret, which only this answer shows."""

    row: WebhookEndpoint
    secret: str


class Replayed(NamedTuple):
    """The endpoint, and how many events are on their way to it again."""

    row: WebhookEndpoint
    queued: int


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """`types` as the stream's ``?types=`` takes them; none: the kinds about sales invoices."""

    url: str
    types: Sequence[str] = ()
    is_active: bool = True


@use_case
def create_webhook(locks: Locks, *, new: NewEndpoint, actor: Actor, now: datetime) -> SharedEndpoint:
    """A new endpoint, which gets what happens from now on. Raises ValidationFailed, TooManyWebhooks (409)."""
    _refuse_unfit(new.url, new.types)
    if WebhookEndpoint.objects.of(locks).filter(removed_at=None).count() >= MOST_ENDPOINTS:
        raise TooManyWebhooks
    secret = _new_secret()
    channel = EventChannel.objects.filter(company_id=locks.company_id).first()
    row = WebhookEndpoint(
        id=new_id(),
        company_id=locks.company_id,
        url=new.url,
        types=list(dict.fromkeys(new.types)),
        secret=encrypt(secret),
        position=channel.last_number if channel is not None else 0,
        paused_at=None if new.is_active else now,
        pause_reason="" if new.is_active else PauseReason.REQUESTED.value,
        created_at=now,
    )
    row.save(force_insert=True)
    changes = changes_text({"url": [None, row.url], "types": [None, row.types]})
    record_audit(locks, [Audit("create_webhook", SUBJECT, row.id, changes)], actor=actor, now=now)
    return SharedEndpoint(row, secret)


@use_case
def change_webhook(
    locks: Locks, *, endpoint_id: UUID, wanted: Mapping[str, Any], version: int | None, actor: Actor, now: datetime
) -> WebhookEndpoint:
    """Another URL, other types, paused or resumed (`is_active`). Locks MEMBERSHIP (the endpoint).

    A paused one gets nothing; resumed it gets what happened meanwhile, as far as events are kept. Another URL makes what is
    pending due at once. Raises NotFound, Stale (412), ValidationFailed.
    """
    row = _lock_endpoint(locks, endpoint_id)
    require_version(row.version, version)
    columns = {name: wanted[name] for name in ("url", "types") if name in wanted}
    if "types" in columns:
        columns["types"] = list(dict.fromkeys(columns["types"]))
    _refuse_unfit(columns.get("url", row.url), columns.get("types", row.types))
    is_active = wanted.get("is_active", row.paused_at is None)
    if is_active != (row.paused_at is None):
        columns |= {"paused_at": None if is_active else now}
        columns |= {"pause_reason": "" if is_active else PauseReason.REQUESTED.value}
    changes = apply_changes(row, columns)
    if not changes:
        return row
    row.version += 1
    if "url" in changes or "paused_at" in changes:
        row.failures_in_a_row, row.wait_until = 0, None
        pending = WebhookDelivery.objects.of(locks).filter(endpoint_id=row.id, state=DeliveryState.PENDING.value)
        pending.update(next_attempt_at=now, first_attempt_at=None, attempts=0)
    row.save()
    record_audit(locks, [Audit("change_webhook", SUBJECT, row.id, changes_text(changes))], actor=actor, now=now)
    return row


@use_case
def rotate_webhook_secret(
    locks: Locks, *, endpoint_id: UUID, actor: Actor, now: datetime, overlap_hours: int = DEFAULT_OVERLAP_HOURS
) -> SharedEndpoint:
    """Another secret; until the overlap ends, events are signed with both. Locks MEMBERSHIP. Raises NotFound."""
    row = _lock_endpoint(locks, endpoint_id)
    secret = _new_secret()
    ends_at = now + timedelta(hours=overlap_hours)
    row.previous_secret, row.previous_until = (row.secret, ends_at) if overlap_hours else ("", None)
    row.secret = encrypt(secret)
    save_next_version(row, ["secret", "previous_secret", "previous_until"])
    changes = changes_text({"previous_until": [None, row.previous_until]})
    record_audit(locks, [Audit("rotate_webhook_secret", SUBJECT, row.id, changes)], actor=actor, now=now)
    return SharedEndpoint(row, secret)


@use_case
def remove_webhook(locks: Locks, *, endpoint_id: UUID, version: int | None, actor: Actor, now: datetime) -> None:
    """Take it out of use for good, with what was on its way to it. Its row stays, because audit entries name it.

    Locks MEMBERSHIP. Raises NotFound, Stale (412).
    """
    row = _lock_endpoint(locks, endpoint_id)
    require_version(row.version, version)
    row.removed_at = now
    save_next_version(row, ["removed_at"])
    WebhookDelivery.objects.of(locks).filter(endpoint_id=row.id, state=DeliveryState.PENDING.value).update(
        state=DeliveryState.FAILED.value, next_attempt_at=None, last_error="The webhook was removed."
    )
    record_audit(locks, [Audit("remove_webhook", SUBJECT, row.id)], actor=actor, now=now)


@use_case
def replay_delivery(locks: Locks, *, endpoint_id: UUID, delivery_id: UUID, actor: Actor, now: datetime) -> WebhookDelivery:
    """Send one event again, under its old id. Locks MEMBERSHIP (the endpoint). Raises NotFound."""
    row = _lock_endpoint(locks, endpoint_id)
    delivery = WebhookDelivery.objects.of(locks).filter(endpoint_id=row.id, id=delivery_id).first()
    if delivery is None:
        raise NotFound(MISSING_DELIVERY)
    before = delivery.state
    delivery.state, delivery.attempts = DeliveryState.PENDING.value, 0
    delivery.first_attempt_at, delivery.next_attempt_at = None, now
    delivery.save(update_fields=["state", "attempts", "first_attempt_at", "next_attempt_at"])
    changes = changes_text({"number": [delivery.number, delivery.number], "state": [before, delivery.state]})
    record_audit(locks, [Audit("replay_delivery", SUBJECT, row.id, changes)], actor=actor, now=now)
    return delivery


@use_case
def replay_events(locks: Locks, *, endpoint_id: UUID, after: str, actor: Actor, now: datetime) -> Replayed:
    """Send everything again that came after the event with this id, as far as events are kept, also what it never got.

    Locks MEMBERSHIP (the endpoint). Raises NotFound, ValidationFailed.
    """
    row = _lock_endpoint(locks, endpoint_id)
    number = read_event_id(after, locks.company_id, field="after")
    queued = replay_since(locks, endpoint_id=row.id, types=row.types, after=number, now=now)
    changes = changes_text({"after": [None, after], "queued": [None, queued]})
    record_audit(locks, [Audit("replay_events", SUBJECT, row.id, changes)], actor=actor, now=now)
    return Replayed(row, queued)


def _lock_endpoint(locks: Locks, endpoint_id: UUID) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.of(locks).filter(id=endpoint_id, removed_at=None)
    found = locks.take(LockOrder.MEMBERSHIP, rows)
    if not found:
        raise NotFound(MISSING)
    return found[0]


def _refuse_unfit(url: str, types: Sequence[str]) -> None:
    """Raise ValidationFailed for a URL that webhooks may not go to, and for types that there are not."""
    read_types(list(types))
    try:
        read_url(url, allowed=settings.WEBHOOK_ALLOWED_NETWORKS)
    except AddressRefused as refused:
        raise ValidationFailed(errors={"url": [str(refused)]}) from None


def _new_secret() -> str:
    """As Standard Webhooks writes them; of 256 bits, which is what HMAC-SHA256 can make use of."""
    return "whsec_" + b64encode(randomness.token_bytes(_SECRET_BYTES)).decode()
