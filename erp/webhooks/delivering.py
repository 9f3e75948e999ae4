"""Delivering an endpoint's events: round after round, until nothing is due.

Each document's events go out in their order, one after the other; different documents go side by side. A round is two
transactions with the sending between them, so whoever dies there sends the same again, under the same id. Source: the
events concept, and Standard Webhooks 1.0.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from erp.admitting import admit
from erp.audit import INSERT_AUDIT, Audit, audit_rows
from erp.changing import changes_text
from erp.ciphers import Unreadable, decrypt
from erp.clock import instant_text
from erp.events import event_id
from erp.locking import LockOrder, Locks, one_transaction, run_use_case
from erp.metrics import note_webhook
from erp.models import WebhookEndpoint
from erp.webhooks.deliveries import FAN_OUT_BATCH, Due, fan_out, read_due, record_attempts
from erp.webhooks.sending import Message, Outcome, Receiver, Rules, send_all
from erp.webhooks.states import DeliveryState, PauseReason, next_attempt, rest_until

log = logging.getLogger(__name__)

LANES = 8
"""How many documents' events go out side by side; one to an endpoint that took nothing in its last round."""
EXPIRED = "The event is no longer kept."
_SIGNATURE = {
    "actor_kind": "system",
    "actor_id": None,
    "actor_name": "webhooks",
    "key_prefix": "",
    "address": "",
    "request_id": "",
}


@dataclass(frozen=True, slots=True)
class Round:
    """What one round found to do."""

    looked_at: int
    due: int

    @property
    def more(self) -> bool:
        """Whether another one is worth while at once."""
        return self.due > 0 or self.looked_at >= FAN_OUT_BATCH


@dataclass(frozen=True, slots=True)
class _Work:
    receiver: Receiver
    due: Sequence[Due]
    looked_at: int


def deliver(*, company_id: UUID, endpoint_id: UUID, clock: Callable[[], datetime], rounds: int) -> bool:
    """Deliver what is due, in at most so many rounds; answers whether more may be.

    One process at a time delivers to an endpoint: raises Throttled while another does, and ends with its connection.
    """
    with admit(company_id, f"webhook {endpoint_id}", at_most=1):
        for _ in range(rounds):
            if not deliver_round(company_id=company_id, endpoint_id=endpoint_id, now=clock(), clock=clock).more:
                return False
    return True


def deliver_round(*, company_id: UUID, endpoint_id: UUID, now: datetime, clock: Callable[[], datetime]) -> Round:
    """Look at new events, send what is due, and record what became of it.

    Two transactions; the first locks MEMBERSHIP (the endpoint's row), the second as well.
    """
    work = _in_transaction(company_id, lambda locks: _take_up(locks, endpoint_id, now))
    if work is None:
        return Round(0, 0)
    outcomes = _send(company_id, work, now=clock())
    done_at = clock()
    if work.due:
        _in_transaction(company_id, lambda locks: _put_down(locks, endpoint_id, work.due, outcomes, done_at))
    return Round(work.looked_at, len(work.due))


def _in_transaction(company_id: UUID, work: Callable[[Locks], Any]) -> Any:
    def attempt(_careful: bool) -> Any:
        with one_transaction(company_id=company_id) as locks:
            return work(locks)

    return run_use_case(attempt)


def _take_up(locks: Locks, endpoint_id: UUID, now: datetime) -> _Work | None:
    """What to send; None for an endpoint that gets nothing now."""
    endpoint = WebhookEndpoint.objects.of(locks).filter(id=endpoint_id, paused_at=None, removed_at=None).first()
    if endpoint is None or (endpoint.wait_until is not None and endpoint.wait_until > now):
        return None
    secrets = [endpoint.secret]
    if endpoint.previous_until is not None and endpoint.previous_until > now:
        secrets.append(endpoint.previous_secret)
    try:
        receiver = Receiver(endpoint.url, [decrypt(secret) for secret in secrets])
    except Unreadable:
        locks.claim(LockOrder.MEMBERSHIP)
        _pause(locks, endpoint_id, PauseReason.UNREADABLE, now)
        return None
    looked_at = fan_out(locks, endpoint_id=endpoint_id, types=endpoint.types, now=now)
    lanes = 1 if endpoint.failures_in_a_row else LANES
    return _Work(receiver, read_due(locks, endpoint_id=endpoint_id, most=lanes, now=now), looked_at)


def _send(company_id: UUID, work: _Work, *, now: datetime) -> list[Outcome]:
    """An outcome for each that is due; one whose event has expired is not sent."""
    rules = Rules(settings.WEBHOOK_ALLOWED_NETWORKS, settings.WEBHOOK_TIMEOUT_S)
    messages = [_message(company_id, due) for due in work.due if due.payload is not None]
    sent = iter(asyncio.run(send_all(messages, work.receiver, rules, now=now)) if messages else [])
    return [next(sent) if due.payload is not None else Outcome(None, EXPIRED, 0) for due in work.due]


def _message(company_id: UUID, due: Due) -> Message:
    """The body of Standard Webhooks; `data` is the event exactly as the stream sends it."""
    assert due.payload is not None
    assert due.happened_at is not None
    head = msgspec.json.encode({"type": due.type, "timestamp": instant_text(due.happened_at)}).decode()
    return Message(event_id(company_id, due.number), f'{head[:-1]},"data":{due.payload}}}')


def _put_down(locks: Locks, endpoint_id: UUID, dues: Sequence[Due], outcomes: Sequence[Outcome], now: datetime) -> None:
    """Record the attempts, and how the endpoint does."""
    (endpoint,) = locks.take(LockOrder.MEMBERSHIP, WebhookEndpoint.objects.of(locks).filter(id=endpoint_id))
    gone = any(outcome.gone for outcome in outcomes)
    rows, exhausted = [], False
    for due, outcome in zip(dues, outcomes, strict=True):
        note_webhook(taken=outcome.taken)
        row = _attempted(due, outcome, now)
        if row["state"] == DeliveryState.FAILED and due.payload is not None and _nothing_got_through(endpoint, due):
            exhausted = True
            row |= {"state": DeliveryState.PENDING.value, "next_attempt_at": now}
        rows.append(row)
    record_attempts(locks, rows)
    real = [outcome for due, outcome in zip(dues, outcomes, strict=True) if due.payload is not None]
    if any(outcome.taken for outcome in real):
        endpoint.failures_in_a_row, endpoint.wait_until, endpoint.last_success_at = 0, None, now
    elif real:
        endpoint.failures_in_a_row += 1
        endpoint.wait_until = rest_until(failures=endpoint.failures_in_a_row, now=now)
    endpoint.save(update_fields=["failures_in_a_row", "wait_until", "last_success_at"])
    if (gone or exhausted) and endpoint.paused_at is None:
        _pause(locks, endpoint_id, PauseReason.GONE if gone else PauseReason.FAILING, now)


def _attempted(due: Due, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """The delivery's row after this attempt."""
    attempts, first_at = due.attempts + 1, due.first_attempt_at or now
    state, next_at = DeliveryState.DELIVERED, None
    if not outcome.taken:
        if due.payload is not None:
            next_at = next_attempt(attempts=attempts, first_at=first_at, now=now, asked_s=outcome.asked_s)
        state = DeliveryState.PENDING if next_at is not None else DeliveryState.FAILED
    return {
        "id": due.id,
        "seen": due.next_attempt_at,
        "state": state.value,
        "attempts": attempts,
        "first_attempt_at": first_at,
        "last_attempt_at": now,
        "next_attempt_at": next_at,
        "delivered_at": now if outcome.taken else None,
        "last_status": outcome.status,
        "last_error": outcome.error,
        "last_duration_ms": outcome.duration_ms,
    }


def _nothing_got_through(endpoint: WebhookEndpoint, due: Due) -> bool:
    """Whether it is the receiver that is dead, and not this one event that it will not take."""
    last, first = endpoint.last_success_at, due.first_attempt_at
    return last is None or first is None or last < first


def _pause(locks: Locks, endpoint_id: UUID, reason: PauseReason, now: datetime) -> None:
    """Rest it until somebody resumes it; what is pending stays so. Its row is locked."""
    WebhookEndpoint.objects.of(locks).filter(id=endpoint_id).update(paused_at=now, pause_reason=reason.value)
    audit = Audit("pause_webhook", "webhook", endpoint_id, changes_text({"pause_reason": ["", reason.value]}))
    parameters: dict[str, Any] = {"company": locks.company_id, "now": now, "audit": audit_rows([audit], _SIGNATURE)}
    with connection.cursor() as cursor:
        cursor.execute(INSERT_AUDIT, parameters)
    log.warning("webhook endpoint paused", extra={"endpoint": str(endpoint_id), "reason": reason.value})
