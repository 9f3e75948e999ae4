"""How the posting of many invoices is told: one result per invoice, and how many there are of each kind. Pure."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from erp.cautions import Caution
from erp.problems import Problem
from invoices.batch_posting import BatchResult

Outcome = Literal["posted", "already_posted", "refused"]


class RefusalPayload(Struct, kw_only=True, frozen=True):
    """Why this invoice was not posted: what posting it alone would have answered, with that answer's status."""

    status: int
    code: str
    error: str
    fields: dict[str, Any] | UnsetType = UNSET
    data: dict[str, Any] | UnsetType = UNSET


class BatchRowPayload(Struct, kw_only=True, frozen=True):
    """`voucher_id` and `voucher_number` are null where nothing is booked; `error` is null where nothing was refused."""

    id: UUID
    result: Outcome
    voucher_id: UUID | None
    voucher_number: str | None
    error: RefusalPayload | None
    warnings: list[Caution] | UnsetType = UNSET


class BatchPayload(Struct, kw_only=True, frozen=True):
    """Results in the order asked for; those of a filter oldest first."""

    posted: int
    already_posted: int
    refused: int
    results: list[BatchRowPayload]


def batch_payload(results: Sequence[BatchResult]) -> BatchPayload:
    rows = [_row(one) for one in results]
    return BatchPayload(
        posted=sum(row.result == "posted" for row in rows),
        already_posted=sum(row.result == "already_posted" for row in rows),
        refused=sum(row.result == "refused" for row in rows),
        results=rows,
    )


def _row(one: BatchResult) -> BatchRowPayload:
    outcome: Outcome = "refused" if one.problem else "already_posted" if one.already else "posted"
    return BatchRowPayload(
        id=one.invoice_id,
        result=outcome,
        voucher_id=one.voucher_id,
        voucher_number=one.voucher_number,
        error=_refusal(one.problem) if one.problem else None,
        warnings=list(one.warnings) or UNSET,
    )


def _refusal(problem: Problem) -> RefusalPayload:
    return RefusalPayload(
        status=problem.status,
        code=problem.code,
        error=problem.message,
        fields=problem.errors if problem.errors is not None else UNSET,
        data=dict(problem.data) if problem.data is not None else UNSET,
    )
