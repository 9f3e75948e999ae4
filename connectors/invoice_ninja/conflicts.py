"""What waits for a person: customers here who may be several clients there or were refused, and clients there likewise."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from msgspec import Struct

from connectors.models import ExternalRef, ImportRow, ImportRun
from connectors.states import Entity, RowState, RunKind
from erp.identifiers import as_uuid
from erp.models.scoped import HasCompany
from sales.models import Customer

_LONGEST_NAME = 255


class CandidateNamedPayload(Struct, kw_only=True, frozen=True):
    external_id: str
    name: str


class ConflictPayload(Struct, kw_only=True, frozen=True):
    """`side` is where he comes from: `here`, and `customer` is set; `there`, and `external_id` is.

    `candidates` are the clients there who a customer here may be, as they were when he was looked for.
    """

    id: UUID
    side: str
    customer: UUID | None
    external_id: str | None
    name: str
    code: str
    message: str
    candidates: list[CandidateNamedPayload]


class ResolvedPayload(Struct, kw_only=True, frozen=True):
    """`result`: linked, dismissed. The two who are one now, where they are."""

    result: str
    conflict: UUID
    customer: UUID | None
    external_id: str | None


def open_conflicts(scope: HasCompany) -> QuerySet[ImportRow]:
    """Rows of customers, and of the newest import's clients, whom nobody has linked meanwhile."""
    runs = ImportRun.objects.of(scope)
    newer = runs.filter(
        connection=OuterRef("connection"), kind=RunKind.NINJA_IMPORT.value, created_at__gt=OuterRef("created_at")
    )
    newest = runs.filter(kind=RunKind.NINJA_IMPORT.value).exclude(Exists(newer))
    standing = runs.filter(kind=RunKind.NINJA_CREATE.value)
    linked = ExternalRef.objects.of(scope).filter(
        connection=OuterRef("run__connection"), entity=Entity.CLIENT.value, external_id=OuterRef("external_id")
    )
    rows = ImportRow.objects.of(scope).filter(entity=Entity.CLIENT.value).select_related("run")
    here = Q(run__in=standing, state__in=[RowState.CONFLICT.value, RowState.FAILED.value])
    there = Q(run__in=newest, state=RowState.CONFLICT.value) & ~Exists(linked)
    return rows.filter(here | there)


def is_here(row: ImportRow) -> bool:
    """Whether the row is a customer of ours; else it is a client there."""
    return bool(row.run.kind == RunKind.NINJA_CREATE)


def show_conflicts(scope: HasCompany, rows: Iterable[ImportRow]) -> list[ConflictPayload]:
    found = list(rows)
    ids = [as_uuid(row.external_id) for row in found if is_here(row)]
    names = dict(Customer.objects.of(scope).filter(id__in=[one for one in ids if one]).values_list("id", "name"))
    return [_shown(row, names) for row in found]


def _shown(row: ImportRow, names: Mapping[UUID, str]) -> ConflictPayload:
    payload: Mapping[str, Any] = row.payload or {}
    customer = as_uuid(row.external_id) if is_here(row) else None
    name = str(payload.get("name") or "")[:_LONGEST_NAME] if customer is None else names.get(customer, "")
    named = payload.get("clients", []) if customer is not None else []
    return ConflictPayload(
        id=row.id,
        side="there" if customer is None else "here",
        customer=customer,
        external_id=row.external_id if customer is None else None,
        name=name,
        code=row.code,
        message=row.message,
        candidates=[CandidateNamedPayload(external_id=one["external_id"], name=one["name"]) for one in named],
    )
