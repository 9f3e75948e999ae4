"""Warnings: what an import accepted, and its sender should know. Shown beside `data`, never stored."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

WarningEntry = dict[str, Any]
"""``{code, message, field?, …}``"""


def total_mismatch(given: str, items_total: str) -> WarningEntry:
    return {
        "code": "total-mismatch",
        "message": f"The given Total {given} differs from the sum of the items, {items_total}; the given one was kept.",
        "field": "Total",
        "given": given,
        "items_total": items_total,
    }


def total_kept(given: str, items_total: str) -> WarningEntry:
    return {
        "code": "total-kept",
        "message": f"The items changed and come to {items_total} now; the Total given before, {given}, was kept.",
        "field": "Total",
        "given": given,
        "items_total": items_total,
    }


def in_progress(status: str) -> WarningEntry:
    return {
        "code": "in-progress",
        "message": f"The invoice is already {status}; the warehouse may be working on it.",
        "status": status,
    }


def goods_changed(status: str) -> WarningEntry:
    return {
        "code": "goods-changed",
        "message": f"Lines, quantities or batches changed while the invoice is {status}.",
        "status": status,
    }


def reposted(reversed_number: str, posted_number: str, released: Decimal) -> WarningEntry:
    """`released` is what of the money that had settled it is the customer's credit again."""
    text = f"The invoice was posted: {reversed_number} was reversed, and {posted_number} stands for it now."
    entry = {"code": "reposted", "message": text, "reversed": reversed_number, "posted": posted_number}
    if released:
        entry |= {"message": f"{text} {released:.2f} of what was paid is open credit.", "released": f"{released:.2f}"}
    return entry


def rounded(field: str, sent: str, kept: str) -> WarningEntry:
    return {"code": "rounded", "message": f"{field} was rounded from {sent} to {kept}.", "field": field}


def zero_price(field: str) -> WarningEntry:
    return {"code": "zero-price", "message": f"{field} is zero.", "field": field}


MAX_UNKNOWN_FIELDS = 100
MAX_SHOWN_CHARACTERS = 200


def unknown_fields(fields: Sequence[str]) -> list[WarningEntry]:
    """One warning for each of the first hundred, one for all others: an answer must not outgrow its question."""
    found = [_unknown_field(field) for field in fields[:MAX_UNKNOWN_FIELDS]]
    if more := len(fields) - len(found):
        found.append(
            {"code": "unknown-field", "message": f"{more} more fields are not of this document; they were ignored."}
        )
    return found


def _unknown_field(field: str) -> WarningEntry:
    shown = field if len(field) <= MAX_SHOWN_CHARACTERS else field[:MAX_SHOWN_CHARACTERS] + "…"
    return {
        "code": "unknown-field",
        "message": f"{shown} is not a field of this document; it was ignored.",
        "field": shown,
    }
