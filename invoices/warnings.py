"""Warnings: what an import accepted, and its sender should know. Shown beside `data`, never stored."""

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


def rounded(field: str, sent: str, kept: str) -> WarningEntry:
    return {"code": "rounded", "message": f"{field} was rounded from {sent} to {kept}.", "field": field}


def zero_price(field: str) -> WarningEntry:
    return {"code": "zero-price", "message": f"{field} is zero.", "field": field}


def unknown_field(field: str) -> WarningEntry:
    return {
        "code": "unknown-field",
        "message": f"{field} is not a field of this document; it was ignored.",
        "field": field,
    }
