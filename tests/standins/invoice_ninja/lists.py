"""Lists of an Invoice Ninja: an envelope with a page, and filters of which an unknown one is simply not heard."""

import re
from collections.abc import Callable, Iterable
from typing import Any

Row = dict[str, Any]
Query = dict[str, list[str]]

MOST_PER_PAGE = 5000
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "gt": lambda a, b: a > b, "gte": lambda a, b: a >= b, "lt": lambda a, b: a < b, "lte": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
}  # fmt: skip
_EXACT = {
    "clients": {"name", "id_number", "number"},
    "invoices": {"client_id", "number", "status_id", "date", "due_date"},
    "payments": {"client_id", "number"},
    "webhooks": set[str](),
}
_SHELVES: dict[str, Callable[[Row], bool]] = {
    "active": lambda row: not row["is_deleted"] and not row["archived_at"],
    "archived": lambda row: bool(row["archived_at"]) and not row["is_deleted"],
    "deleted": lambda row: bool(row["is_deleted"]),
}


def passing(table: str, rows: Iterable[Row], query: Query, *, today: str) -> list[Row]:
    """Deleted rows are among them, unless `status` says otherwise."""
    found = list(rows)
    for name, values in query.items():
        test = _test(table, name, values[-1], today)
        if test is not None:
            found = [row for row in found if test(row)]
    column, _, way = (query.get("sort") or ["id|desc"])[-1].partition("|")
    order = (lambda row: row.get(column, 0)) if column != "id" else None
    if order is not None:
        found.sort(key=order)
    return found[::-1] if way == "desc" else found


def page_of(rows: list[Row], query: Query) -> Row:
    size = min(_whole(query, "per_page", 20), MOST_PER_PAGE)
    page, total = _whole(query, "page", 1), len(rows)
    some = rows[(page - 1) * size : page * size]
    pagination = {"total": total, "count": len(some), "per_page": size, "current_page": page, "links": {}}
    return {"data": some, "meta": {"pagination": pagination | {"total_pages": max(1, -(-total // size))}}}


def _test(table: str, name: str, value: str, today: str) -> Callable[[Row], bool] | None:
    if name in {"updated_at", "created_at"}:
        return (lambda row: row[name] >= int(value)) if value.isdigit() else None
    if name == "status":
        shelves = [_SHELVES[one] for one in value.split(",") if one in _SHELVES]
        return (lambda row: any(one(row) for one in shelves)) if shelves else None
    if name == "email" and table == "clients":
        return lambda row: any(one["email"] == value for one in row["contacts"])
    if name == "balance" and table == "clients":
        found = re.fullmatch(r"(gt|gte|lt|lte|eq):(-?\d+(?:\.\d+)?)", value)
        return (lambda row: _COMPARED[found[1]](row["balance"], float(found[2]))) if found else None
    if name == "overdue" and table == "invoices":
        return lambda row: row["balance"] > 0 and bool(row["due_date"]) and row["due_date"] < today
    if name in _EXACT[table]:
        return lambda row: str(row[name]) == value
    return None


def _whole(query: Query, name: str, default: int) -> int:
    text = (query.get(name) or [""])[-1]
    return max(1, int(text)) if text.isdigit() else default
