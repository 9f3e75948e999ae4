"""Many invoices at once: what the bulk door makes of lines is what the single import makes of them, one after the other."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from erp.idempotency import Answer
from erp.problems import Problem
from invoices.bulk_importing import BulkTerms, import_invoices
from invoices.bulk_lines import LineResult, read_line
from invoices.importing import Imported, OnConflict, import_invoice
from tests.builders import World, item_body, new_world
from tests.cluster import owner_connection

NOW = datetime(2026, 2, 1, 9, 30, tzinfo=UTC)


def as_lines(bodies: Sequence[Any]) -> list[bytes]:
    return [body if isinstance(body, bytes) else msgspec.json.encode(body) for body in bodies]


def told(result: LineResult) -> dict[str, Any]:
    """What a line is told, without the ids, which are new each time."""
    if result.problem is not None:
        return {"line": result.line.number, "code": result.problem.code, "errors": result.problem.errors}
    shown = {"line": result.line.number, "result": result.word}
    if result.imported is not None:
        shown["warnings"] = [one["code"] for one in result.imported.warnings]
        shown["total"] = str(result.imported.content.total_value)
    return shown


def show(results: Sequence[LineResult]) -> str:
    return "".join(msgspec.json.encode(told(one) | {"result": one.word}).decode() + "\n" for one in results)


def as_it_is(exception: Exception) -> Problem:
    if isinstance(exception, Problem):
        return exception
    raise exception


def terms(**changes: Any) -> BulkTerms:
    return BulkTerms(**{"show": show, "failure": as_it_is, "clock": lambda: NOW} | changes)


def in_bulk(world: World, bodies: Sequence[Any], **changes: Any) -> list[dict[str, Any]]:
    answers = import_invoices(lines=as_lines(bodies), actor=world.key_actor, terms=terms(**changes))
    return [told(one) for answer in answers for one in answer.results]


def one_by_one(world: World, bodies: Sequence[Any], *, on_conflict: OnConflict | None = None) -> list[dict[str, Any]]:
    found = []
    for number, body in enumerate(as_lines(bodies), start=1):
        line = read_line(number, body)
        result = LineResult(line, problem=line.problem)
        if line.draft is not None:
            result = alone(world, line, on_conflict)
        found.append(told(result))
    return found


def alone(world: World, line: Any, on_conflict: OnConflict | None) -> LineResult:
    kept: list[Imported] = []

    def listen(imported: Imported) -> Answer:
        kept.append(imported)
        return Answer(200, "")

    try:
        import_invoice(draft=line.draft, actor=world.key_actor, now=NOW, answer=listen, on_conflict=on_conflict)
    except Problem as problem:
        return LineResult(line, problem=problem)
    return LineResult(line, kept[-1])


# ── What the tables hold, comparable between two companies: ids are named by their place ─────────────────────────────
TABLES = {
    "sales_salesman": "name",
    "sales_customer": "code",
    "invoices_invoice": "invoice_no",
    "invoices_invoiceitem": "(SELECT invoice_no FROM invoices_invoice i WHERE i.id = t.invoice_id), line_no",
    "erp_outboxevent": "(SELECT invoice_no FROM invoices_invoice i WHERE i.id = t.subject_id), id",
    "erp_auditentry": "(SELECT invoice_no FROM invoices_invoice i WHERE i.id = t.subject_id), id",
}


def tables_of(world: World) -> dict[str, list[Any]]:
    """Rows as JSON; ids, serials and actors replaced by their first appearance within the company."""
    names: dict[str, str] = {}
    with owner_connection() as connection:
        found = {
            table: connection.execute(
                f"SELECT to_jsonb(t){numbered} FROM {table} t WHERE company_id = %s ORDER BY {order}".encode(),
                (world.company.id,),
            ).fetchall()
            for table, order in TABLES.items()
            # Events and entries are numbered by the order in which they come, which is no part of them.
            for numbered in [" - 'id'" if table.startswith("erp_") else ""]
        }
    return {table: [_anonymous(row, names) for (row,) in rows] for table, rows in found.items()}


_OWN = {"id", "serial", "uuid", "company_id", "customer_id", "salesman_id", "invoice_id", "subject_id", "actor_id"}
_DROPPED = {"number", "search_text"}


def _anonymous(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _named(one, names) if key in _OWN and one is not None else _anonymous(one, names)
            for key, one in value.items()
            if key not in _DROPPED
        }
    if isinstance(value, list):
        return [_anonymous(one, names) for one in value]
    if isinstance(value, str) and value.startswith("{"):
        return _anonymous(msgspec.json.decode(value), names)
    return value


def _named(value: Any, names: dict[str, str]) -> str:
    return names.setdefault(str(value), f"#{len(names)}")


def assert_same_tables(one: World, other: World) -> None:
    left, right = tables_of(one), tables_of(other)
    for table in TABLES:
        assert left[table] == right[table], table


# ── Generated files ──────────────────────────────────────────────────────────────────────────────────────────────────
def _sometimes(values: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=values)


ITEMS = st.builds(
    lambda base, more: item_body(**base | more),
    st.fixed_dictionaries(
        {
            "item_code": st.sampled_from(["A", "B", "C"]),
            "quantity": st.sampled_from([1, "2.5", 3, 0]),
            "mrp": st.sampled_from([0, "3.33", "1.00005", 10]),
        }
    ),
    _sometimes({"barcode": st.sampled_from(["", "X1", "X2"]), "colour": st.just("red")}),
)
BODIES = st.builds(
    lambda base, more: base | more,
    st.fixed_dictionaries(
        {
            "invoice_no": st.sampled_from([f"N-{number}" for number in range(6)]),
            "invoice_date": st.sampled_from(["2026-01-23", "2026-01-24"]),
            "salesman": st.sampled_from(["Ajay", "Biju"]),
            "customer": st.builds(
                lambda base, more: base | more,
                st.fixed_dictionaries(
                    {"code": st.sampled_from(["C1", "C2", "C3"]), "name": st.sampled_from(["One", "Two"])}
                ),
                _sometimes({"area": st.sampled_from(["", "North", None])}),
            ),
            "items": st.lists(ITEMS, min_size=1, max_size=3),
        }
    ),
    _sometimes({"Total": st.sampled_from([None, "10.00", "3.33"]), "remarks": st.sampled_from(["", "x", None])}),
)
NONSENSE = st.sampled_from([b"{", b"[]", b'{"a":1,"a":2}', b"\xff", b'{"invoice_no":5}', b"nothing"])


@settings(max_examples=30)
@given(data=st.data())
def test_lines_in_bulk_leave_what_single_imports_leave(data: st.DataObject) -> None:
    before = data.draw(st.lists(BODIES, max_size=4))
    bodies = data.draw(st.lists(BODIES | BODIES | BODIES | NONSENSE, min_size=1, max_size=14))
    mode: OnConflict | None = data.draw(st.sampled_from([None, None, "reject"]))
    policies = {"total_mismatch": data.draw(st.sampled_from(["accept", "reject"]))}
    worlds = [new_world(), new_world()]
    for world in worlds:
        world.decide(**policies)
        one_by_one(world, before)
    bulk, single = worlds
    assert in_bulk(bulk, bodies, on_conflict=mode) == one_by_one(single, bodies, on_conflict=mode)
    assert_same_tables(bulk, single)
