"""How webhooks and their deliveries are shown; of a webhook never its secret. Pure."""

from uuid import UUID

from msgspec import Struct

from erp.clock import instant_text
from erp.events import event_id
from erp.models import WebhookDelivery, WebhookEndpoint


class WebhookPayload(Struct, kw_only=True, frozen=True):
    """Where events go. `last_event` is the last one that was looked at for it."""

    id: UUID
    url: str
    types: list[str]
    is_active: bool
    pause_reason: str
    paused_at: str | None
    last_event: str
    last_success_at: str | None
    failures_in_a_row: int
    previous_secret_until: str | None
    created_at: str
    version: int


class SharedWebhookPayload(WebhookPayload, kw_only=True, frozen=True):
    """With its new secret, which is shown this once: a repeat and a dry run answer null."""

    secret: str | None


class ReplayedWebhookPayload(WebhookPayload, kw_only=True, frozen=True):
    """`queued` events are on their way again."""

    queued: int


class WebhookDeliveryPayload(Struct, kw_only=True, frozen=True):
    """One event on its way. `event` is its id, which the receiver sees as `webhook-id`."""

    id: UUID
    event: str
    type: str
    subject: UUID
    state: str
    attempts: int
    created_at: str
    last_attempt_at: str | None
    next_attempt_at: str | None
    delivered_at: str | None
    last_status: int | None
    last_error: str
    last_duration_ms: int | None


def webhook_payload(row: WebhookEndpoint) -> WebhookPayload:
    return WebhookPayload(
        id=row.id,
        url=row.url,
        types=list(row.types),
        is_active=row.paused_at is None,
        pause_reason=row.pause_reason,
        paused_at=instant_text(row.paused_at) if row.paused_at else None,
        last_event=event_id(row.company_id, row.position),
        last_success_at=instant_text(row.last_success_at) if row.last_success_at else None,
        failures_in_a_row=row.failures_in_a_row,
        previous_secret_until=instant_text(row.previous_until) if row.previous_until else None,
        created_at=instant_text(row.created_at),
        version=row.version,
    )


def shared_webhook_payload(row: WebhookEndpoint) -> SharedWebhookPayload:
    """As it is kept for a repeat: without the secret, which is nowhere in clear."""
    shown = webhook_payload(row)
    return SharedWebhookPayload(**{name: getattr(shown, name) for name in shown.__struct_fields__}, secret=None)


def replayed_webhook_payload(row: WebhookEndpoint, queued: int) -> ReplayedWebhookPayload:
    shown = webhook_payload(row)
    return ReplayedWebhookPayload(**{name: getattr(shown, name) for name in shown.__struct_fields__}, queued=queued)


def delivery_payload(row: WebhookDelivery) -> WebhookDeliveryPayload:
    return WebhookDeliveryPayload(
        id=row.id,
        event=event_id(row.company_id, row.number),
        type=row.type,
        subject=row.subject_id,
        state=row.state,
        attempts=row.attempts,
        created_at=instant_text(row.created_at),
        last_attempt_at=instant_text(row.last_attempt_at) if row.last_attempt_at else None,
        next_attempt_at=instant_text(row.next_attempt_at) if row.next_attempt_at else None,
        delivered_at=instant_text(row.delivered_at) if row.delivered_at else None,
        last_status=row.last_status,
        last_error=row.last_error,
        last_duration_ms=row.last_duration_ms,
    )
