"""Ageing: what customers owe, or suppliers are owed, by how long it has been due, and what money is not applied yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db import connection

from erp.access import Actor
from erp.money import add
from invoices.report_statements import open_items
from invoices.status import InvoiceType

DEFAULT_BUCKETS = (30, 60, 90)
AgedBy = Literal["due_date", "invoice_date"]
_UNALLOCATED = -1


@dataclass(slots=True)
class OpenParty:
    """A party's open invoices, bucket by bucket, the youngest first, in base currency; `unallocated` is on his side."""

    id: UUID
    code: str
    name: str
    buckets: list[Decimal]
    unallocated: Decimal = field(default=Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        return add(self.buckets)


def age_open_items(
    actor: Actor,
    invoice_type: InvoiceType,
    *,
    as_of: date,
    by: AgedBy,
    ends: Sequence[int],
    party: UUID | None = None,
) -> list[OpenParty]:
    """The parties that have something open at the end of a day by the dates of the books, by their names.

    Bucket 0 is what is not due, or as young as the day itself; then 1 to the first of `ends` in days, and so on; the last
    has no end. The totals less what is unallocated are the balance of the control account of that day. Two places.
    """
    starts = _starts(ends)
    values: dict[str, UUID | date | bool | list[int] | None] = {
        "company": actor.company_id,
        "base_currency": actor.company.base_currency_id,
        "as_of": as_of,
        "by_due_date": by == "due_date",
        "starts": starts,
        "party": party,
    }
    parties: dict[UUID, OpenParty] = {}
    with connection.cursor() as cursor:
        cursor.execute(open_items(invoice_type), values)
        for party_id, code, name, bucket, amount in cursor.fetchall():
            row = parties.setdefault(party_id, OpenParty(party_id, code, name, [Decimal("0.00")] * (len(starts) + 1)))
            if bucket == _UNALLOCATED:
                row.unallocated = amount
            else:
                row.buckets[bucket] = amount
    return list(parties.values())


def bucket_names(ends: Sequence[int]) -> list[str]:
    """``not_due, 1-30, 31-60, over_60`` for ends 30 and 60."""
    return ["not_due", *(f"{first}-{end}" for first, end in zip(_starts(ends), ends, strict=False)), f"over_{ends[-1]}"]


def _starts(ends: Sequence[int]) -> list[int]:
    """Where the buckets begin that follow what is not due, in days."""
    return [1, *(end + 1 for end in ends)]
