"""Many invoices at once: what the bulk door makes of lines is what the single import makes of them, one after the other."""

import tracemalloc
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import pytest
from django.db import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st

from erp.api.rendering import as_problem
from erp.idempotency import Answer, RepeatKey
from erp.problems import Problem
from invoices import bulk_importing, documents, import_groups, importing
from invoices.bulk_importing import BulkTerms, NotAtomically, import_atomically, import_invoices
from invoices.bulk_lines import LineResult, in_chunks, read_line
from invoices.drafts import InvoiceDraft
from invoices.importing import Imported, OnConflict, import_invoice
from tests.builders import World, invoice_body, item_body, new_world
from tests.cluster import owner_connection
from tests.observing import events_of, rows_of
from tests.parallel import at_once
from tests.trade import DAY, Trade

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
    """Rows as JSON; ids, serials, actors and their keys replaced by their first appearance within the company."""
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


_OWN = {
    "id",
    "serial",
    "uuid",
    "company_id",
    "customer_id",
    "salesman_id",
    "invoice_id",
    "subject_id",
    "actor_id",
    "key_prefix",
}
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
            "quantity": st.sampled_from([1, "2.5", 3, 4, 5, 6, 7, 0]),
            "mrp": st.sampled_from([0, "3.33", "1.00005", 10]),
        }
    ),
    _sometimes({"barcode": st.sampled_from(["", "X1", "X2"]), "colour": st.just("red")}),
)
BODIES = st.builds(
    lambda base, more: base | more,
    st.fixed_dictionaries(
        {
            "invoice_no": st.sampled_from([f"N-{number}" for number in range(4)]),
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk_importing, "import_invoice", needless)
        told = in_bulk(bulk, bodies, on_conflict=mode)
    assert told == one_by_one(single, bodies, on_conflict=mode)
    assert_same_tables(bulk, single)


def needless(**_: Any) -> None:
    raise AssertionError("nobody is in the way, so all of this is written together")


def test_what_comes_again_and_again_in_a_chunk_is_still_written_together(
    world: World, other_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that changes each time, a customer that is new and changes, one that was there and changes."""
    bodies = [invoice_body(invoice_no="A", remarks=str(turn)) for turn in range(4)]
    bodies += 2 * [
        invoice_body(invoice_no=f"B{turn}", customer={"code": "X", "name": f"{turn}"}, salesman=f"{turn}")
        for turn in range(4)
    ]
    single = one_by_one(other_world, bodies)
    monkeypatch.setattr(bulk_importing, "import_invoice", needless)
    assert in_bulk(world, bodies) == single
    assert_same_tables(world, other_world)


# ── What needs care ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_posted_invoice_among_others_is_corrected_in_its_turn(world: World) -> None:
    trade = Trade(world)
    trade.item(stock="50")
    posted = {"invoice_date": DAY, "items": [item_body(item_code="SKU001", quantity=5, mrp=100)]}
    world.import_invoice(invoice_body(invoice_no="P-1", **posted))
    trade.done(f"/api/invoices/{world.invoice('P-1').id}/post_voucher/")
    other = {"items": [item_body(item_code="SKU001", quantity=8, mrp=90)]}
    bodies = [
        invoice_body(invoice_no="A-1"),
        invoice_body(invoice_no="P-1", **posted | {"remarks": "only a text"}),
        invoice_body(invoice_no="P-1", **posted | other),
        invoice_body(invoice_no="A-2"),
        invoice_body(invoice_no="P-1", **posted | {"items": [item_body(item_code="SKU001", quantity=999)]}),
        invoice_body(invoice_no="A-3"),
    ]
    told = in_bulk(world, bodies)
    assert [one.get("result") or one["code"] for one in told] == [
        "created", "updated", "updated", "created", "insufficient-stock", "created",
    ]  # fmt: skip
    assert told[2]["warnings"] == ["reposted"]
    corrected = world.invoice("P-1")
    assert (f"{corrected.total_value}", corrected.revision) == ("720.00", 2)
    trade.holds_the_law()
    before = rows_of(world)
    actor = world.key_actor
    answer = import_atomically(
        lines=as_lines([invoice_body(), invoice_body(invoice_no="P-1", **posted)]), actor=actor, terms=terms()
    )
    assert [one.problem and one.problem.code for one in answer.results] == [None, NotAtomically.code]
    assert rows_of(world) == before


def test_a_chunk_that_cannot_be_written_together_is_imported_line_by_line(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise IntegrityError("the database refuses the whole")

    monkeypatch.setattr(import_groups, "insert_documents", refuse)
    bodies = [invoice_body(), b"{", invoice_body(), invoice_body()]
    assert [one.get("result") or one["code"] for one in in_bulk(world, bodies)] == [
        "created", "parse-error", "created", "created",
    ]  # fmt: skip


def test_a_line_that_fails_for_a_bug_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = importing.plan_import

    def buggy(draft: InvoiceDraft, *args: Any, **kwargs: Any) -> Any:
        if draft.invoice_no == "BUG":
            raise ZeroDivisionError
        return plan(draft, *args, **kwargs)

    monkeypatch.setattr(importing, "plan_import", buggy)
    monkeypatch.setattr(import_groups, "plan_import", buggy)
    bodies = [invoice_body(), invoice_body(invoice_no="BUG"), invoice_body()]
    failure = partial(as_problem, path="/api/sales/import/invoices/")
    told = in_bulk(world, bodies, failure=failure)
    assert [one.get("result") or one["code"] for one in told] == ["created", "internal", "created"]


def test_who_is_overtaken_by_another_writer_reads_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody imports one of the numbers between the reading and the writing, once."""
    bodies = [invoice_body(invoice_no="A-1", remarks="ours"), invoice_body(invoice_no="A-2")]
    insert = documents.insert_documents
    overtaken: list[bool] = []

    def overtaken_once(*args: Any, **kwargs: Any) -> None:
        if not overtaken:
            overtaken.append(True)
            at_once([lambda: world.import_invoice(bodies[0] | {"remarks": "theirs"})])
        insert(*args, **kwargs)

    monkeypatch.setattr(import_groups, "insert_documents", overtaken_once)
    assert [one["result"] for one in in_bulk(world, bodies)] == ["updated", "created"]
    assert world.invoice("A-1").version == 2


def test_two_bulk_imports_of_the_same_lines_at_once_store_each_invoice_once(world: World) -> None:
    bodies = [
        invoice_body(invoice_no=f"N-{number}", customer={"code": f"C{number % 5}", "name": "x"}) for number in range(60)
    ]
    assert world.key_actor
    forwards, backwards = at_once([partial(in_bulk, world, bodies), partial(in_bulk, world, bodies[::-1])])
    words = Counter(one["result"] for one in forwards + backwards)
    assert words == {"created": 60, "unchanged": 60}
    assert len(events_of(world)) == 60


def test_a_twin_that_holds_the_key_is_waited_for_politely(world: World) -> None:
    repeat = RepeatKey.of(route="POST x", key="k", body=b"", query="")
    lines = as_lines([invoice_body()])
    holder = terms(repeat=repeat)

    def while_held(results: Sequence[LineResult]) -> str:
        (twin,) = at_once([lambda: list(import_invoices(lines=lines, actor=world.key_actor, terms=terms(repeat=repeat)))])
        assert [one.problem and one.problem.code for answer in twin for one in answer.results] == ["idempotency-in-flight"]
        return show(results)

    assert world.key_actor
    (answer,) = import_invoices(lines=lines, actor=world.key_actor, terms=replace(holder, show=while_held))
    assert answer.counts == {"created": 1}
    (again,) = import_invoices(lines=lines, actor=world.key_actor, terms=holder)
    assert (again.text, again.results) == (answer.text, ())


# ── Whatever the size ────────────────────────────────────────────────────────────────────────────────────────────────
def test_chunks_are_bounded_in_lines_and_in_bytes() -> None:
    assert [len(chunk) for chunk in in_chunks([b"{}"] * 2500)] == [1000, 1000, 500]
    long = b"x" * (1024 * 1024)
    assert [len(chunk) for chunk in in_chunks([long] * 20)] == [8, 8, 4]
    assert [chunk[0][0] for chunk in in_chunks([b"", b" ", b"{}"], first=7)] == [9]


def test_memory_does_not_grow_with_the_lines(world: World) -> None:
    """Lines that are refused go the same way, and quickly."""

    def peak(lines: int) -> int:
        tracemalloc.reset_peak()
        made = (b'{"invoice_no":"N-%d","items":[]}' % number for number in range(lines))
        told = sum(answer.counts["error"] for answer in import_invoices(lines=made, actor=world.key_actor, terms=terms()))
        assert told == lines
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        peak(1000)
        few, many = peak(2000), peak(8000)
    finally:
        tracemalloc.stop()
    assert many < 1.2 * few, (few, many)
