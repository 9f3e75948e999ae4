"""Deciding what nobody but a person can: who is whom, or that nobody needs to be anybody."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from connectors.invoice_ninja.conflicts import is_here, open_conflicts
from connectors.invoice_ninja.linking import linked_with
from connectors.invoice_ninja.remote import Fetched
from connectors.models import Connection, ImportRow
from connectors.problems import AlreadyResolved
from connectors.states import RowState, RunKind, SkipReason
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import changes_text
from erp.locking import Locks, one_transaction
from erp.performing import use_case
from erp.problems import NotFound, ValidationFailed

SUBJECT = "conflict"
MISSING = "Conflict not found"


@dataclass(frozen=True, slots=True)
class Pair:
    """Who is to be whom."""

    connection: Connection
    customer_id: UUID
    external_id: str


@dataclass(frozen=True, slots=True)
class Resolved:
    conflict_id: UUID
    pair: Pair | None = None


def pair_of(conflict_id: UUID, *, actor: Actor, customer_id: UUID | None, external_id: str | None) -> Pair:
    """Who the two are: one is the conflict's, the other is given. Raises NotFound, AlreadyResolved, ValidationFailed."""
    with one_transaction(company_id=actor.company_id) as locks:
        row = _open(locks, conflict_id)
        needed, given, other = ("external_id", external_id, customer_id) if is_here(row) else (
            "customer_id", customer_id, external_id,
        )  # fmt: skip
        if given is None:
            raise ValidationFailed(errors={needed: ["This field is required."]})
        if other is not None:
            unwanted = "customer_id" if needed == "external_id" else "external_id"
            raise ValidationFailed(errors={unwanted: ["The conflict says that itself."]})
        connection = row.run.connection
        if is_here(row):
            return Pair(connection, UUID(row.external_id), str(external_id))
        assert customer_id is not None
        return Pair(connection, customer_id, row.external_id)


@use_case
def link_conflict(locks: Locks, *, conflict_id: UUID, pair: Pair, fetched: Fetched, actor: Actor, now: datetime) -> Resolved:
    """Link the two, and the conflict is decided. Locks PARTY, then the conflict's row, as every link does.

    Raises NotFound, AlreadyResolved, AlreadyLinked when one of the two is somebody else's meanwhile.
    """
    _open(locks, conflict_id)
    linked_with(
        locks,
        connection=pair.connection,
        customer_id=pair.customer_id,
        fetched=fetched,
        actor=actor,
        now=now,
    )
    _rows(locks, conflict_id).update(
        state=RowState.DONE.value,
        code="",
        message="",
        target_id=pair.customer_id,
        target_external_id=pair.external_id,
    )
    changes = changes_text({"external_id": [None, pair.external_id], "customer": [None, str(pair.customer_id)]})
    record_audit(locks, [Audit("resolve_conflict", SUBJECT, conflict_id, changes)], actor=actor, now=now)
    return Resolved(conflict_id, pair)


@use_case
def dismiss_conflict(locks: Locks, *, conflict_id: UUID, actor: Actor, now: datetime) -> Resolved:
    """Leave both as they are; a customer is not tried again. Raises NotFound, AlreadyResolved."""
    state = _open(locks, conflict_id).state
    rows = _rows(locks, conflict_id).filter(state=state)
    if not rows.update(state=RowState.SKIPPED.value, code=SkipReason.DISMISSED.value):
        raise AlreadyResolved
    changes = changes_text({"state": [state, RowState.SKIPPED.value]})
    record_audit(locks, [Audit("resolve_conflict", SUBJECT, conflict_id, changes)], actor=actor, now=now)
    return Resolved(conflict_id)


def _rows(locks: Locks, conflict_id: UUID) -> QuerySet[ImportRow]:
    return ImportRow.objects.of(locks).filter(id=conflict_id)


def _open(locks: Locks, conflict_id: UUID) -> ImportRow:
    found = open_conflicts(locks).select_related("run__connection").filter(id=conflict_id).first()
    if found is not None:
        return found
    decided = [RowState.DONE.value, RowState.SKIPPED.value, RowState.CONFLICT.value]
    kinds = [RunKind.NINJA_CREATE.value, RunKind.NINJA_IMPORT.value]
    if _rows(locks, conflict_id).filter(run__kind__in=kinds, state__in=decided).exists():
        raise AlreadyResolved
    raise NotFound(MISSING)
