"""``POST /api/sales/import/invoices/``: many invoices, one to a line."""

import gzip
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest
from django.conf import settings
from django.test import override_settings

from erp.admitting import admit
from erp.rights import Role, Scope
from erp.serving import Server
from invoices import bulk_lines
from tests.builders import Answer, World, _environ, _server, invoice_body, item_body, send
from tests.house.documented import undocumented
from tests.observing import audit_of, count_of, events_of, rows_of
from tests.serving import running_server

PATH = "/api/sales/import/invoices/"
NDJSON = {"Content-Type": "application/x-ndjson"}


def lines_of(bodies: Sequence[Any]) -> bytes:
    return b"\n".join(body if isinstance(body, bytes) else msgspec.json.encode(body) for body in bodies)


def post(world: World, bodies: Sequence[Any] | bytes, *, query: str = "", **headers: str) -> Answer:
    raw = bodies if isinstance(bodies, bytes) else lines_of(bodies)
    return send("POST", PATH + query, raw, **{"X-API-Key": world.api_key} | NDJSON | headers)


def test_each_line_is_answered_in_order_and_the_last_line_counts_them(world: World) -> None:
    good = invoice_body(invoice_no="A-1")
    world.import_invoice(invoice_body(invoice_no="A-0"))
    bodies = [good, invoice_body(invoice_no="A-2", items=[]), b"", invoice_body(invoice_no="A-0", remarks="x"), good]
    answer = post(world, bodies)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/x-ndjson")
    created, refused, updated, again, done = answer.body
    invoice = world.invoice("A-1")
    assert created == {
        "line": 1,
        "invoice_no": "A-1",
        "status": 201,
        "result": "created",
        "id": invoice.serial,
        "total_amount": 70.0,
        "created_at": created["created_at"],
    }
    assert refused == {
        "line": 2,
        "invoice_no": "A-2",
        "status": 400,
        "result": "error",
        "code": "validation",
        "message": "Validation failed",
        "errors": {"items": ["At least one item is required."]},
    }
    assert [updated["line"], updated["status"], updated["result"]] == [4, 200, "updated"], "blank lines are counted"
    assert [again["result"], again["id"]] == ["unchanged", invoice.serial]
    assert done == {"done": True, "lines": 4, "created": 1, "updated": 1, "unchanged": 1, "errors": 1}
    assert undocumented("POST", PATH, answer) == []
    assert undocumented("POST", PATH, replace(answer, body=[{"line": "1"}]))


def test_a_file_sent_again_changes_nothing(world: World) -> None:
    bodies = [invoice_body() for _ in range(5)]
    assert post(world, bodies).body[-1]["created"] == 5
    before = rows_of(world)
    assert post(world, bodies).body[-1] == {
        "done": True, "lines": 5, "created": 0, "updated": 0, "unchanged": 5, "errors": 0,
    }  # fmt: skip
    assert rows_of(world) == before


def test_events_and_audit_entries_name_the_request(world: World) -> None:
    post(world, [invoice_body(), invoice_body()], **{"X-Request-ID": "bulk-7"})
    assert [event["type"] for event in events_of(world)] == ["invoice_created"] * 2
    assert {(entry["action"], entry["request_id"]) for entry in audit_of(world)} == {("import_invoice", "bulk-7")}


def test_a_dry_run_stores_nothing(world: World) -> None:
    world.import_invoice(invoice_body(invoice_no="A-0"))
    before = rows_of(world)
    answer = post(world, [invoice_body(), invoice_body(invoice_no="A-0", remarks="x"), {}], query="?dry_run=true")
    new, changed, _, done = answer.body
    assert (new["result"], new["id"], new["dry_run"]) == ("created", None, True)
    assert (changed["result"], changed["id"]) == ("updated", world.invoice("A-0").serial)
    assert (done["created"], done["updated"], done["errors"], done["dry_run"]) == (1, 1, 1, True)
    assert rows_of(world) == before


def test_on_conflict_holds_for_every_line(world: World) -> None:
    body = invoice_body(invoice_no="A-0")
    first = world.import_invoice(body).data["id"]
    line, _ = post(world, [body], query="?on_conflict=reject").body
    assert (line["status"], line["code"], line["data"]["id"]) == (409, "invoice-exists", first)


@pytest.mark.parametrize("query", ["", "?atomic=true"])
def test_a_number_of_migrated_history_is_taken_in_its_line(world: World, query: str) -> None:
    body = invoice_body(invoice_no="A-0")
    first = world.import_invoice(body).data["id"]
    world.put_invoice("A-0", origin="HISTORY")
    line, _ = post(world, [body], query=query).body
    assert (line["status"], line["code"], line["data"]) == (409, "number-taken", {"id": first, "invoice_no": "A-0"})


def test_warnings_stand_on_their_lines(world: World) -> None:
    bodies = [invoice_body(Total="1.00"), invoice_body(colour="red"), invoice_body()]
    one, two, three, _ = post(world, bodies).body
    assert [warning["code"] for warning in one["warnings"]] == ["total-mismatch"]
    assert [warning["code"] for warning in two["warnings"]] == ["unknown-field"]
    assert "warnings" not in three


# ── Hostile lines ────────────────────────────────────────────────────────────────────────────────────────────────────
HOSTILE = [
    b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"a":1,"a":1}', b"[" * 3000, b'{"x":NaN}',
    b'{"invoice_no":"\\ud800"}', b'{"invoice_no":"a\\u0000b"}', b'{"invoice_no":5}', b'{"items":[[[[[[[[[[[[]]]]]]]]]]]]}',
    b"\x00", b'{"invoice_no":"' + b"x" * 5000 + b'"}',
]  # fmt: skip


def test_hostile_lines_are_refused_one_by_one_and_stop_nobody(world: World) -> None:
    bodies = [one for line in HOSTILE for one in (line, invoice_body())]
    answer = post(world, bodies)
    assert answer.status == 200
    assert [line["status"] for line in answer.body[:-1]] == [400, 201] * len(HOSTILE)
    assert count_of(world, "invoices_invoice") == len(HOSTILE)


# ── Refused as a whole ───────────────────────────────────────────────────────────────────────────────────────────────
def test_packed_lines_are_unpacked(world: World) -> None:
    raw = lines_of([invoice_body(), invoice_body()])
    two_members = gzip.compress(raw[:100]) + gzip.compress(raw[100:])
    for packed in (gzip.compress(raw), two_members):
        assert post(world, packed, **{"Content-Encoding": "gzip"}).body[-1]["lines"] == 2
    assert count_of(world, "invoices_invoice") == 2


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json"}, b"{}", 415),
        ({"Content-Encoding": "br"}, b"{}", 415),
        ({"Content-Encoding": "gzip"}, b"{}", 400),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"{}\n" * 50)[:-9], 400),
        ({}, b"x" * (1024 * 1024 + 1), 413),
        ({}, b"{}\n" * 100_001, 413),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"x" * (1024 * 1024 + 1)), 413),
    ],
    ids=["json", "br", "no gzip", "cut off", "long line", "many lines", "long line, packed"],
)
def test_what_is_no_body_of_lines_is_refused_as_a_whole(
    world: World, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = post(world, body, **headers)
    assert answer.status == status
    assert answer.body["success"] is False
    assert undocumented("POST", PATH, answer) == []


@override_settings(MAX_BULK_BYTES=1024 * 1024)
def test_a_bomb_is_refused_while_it_is_unpacked(world: World) -> None:
    bomb = gzip.compress((b" " * 999 + b"\n") * 2000)
    assert len(bomb) < 20_000
    assert post(world, bomb, **{"Content-Encoding": "gzip"}).status == 413
    assert post(world, (b" " * 999 + b"\n") * 2000).status == 413


def test_who_may_import_one_may_import_many_and_nobody_else(world: World) -> None:
    raw = lines_of([invoice_body()])
    assert send("POST", PATH, raw, **NDJSON).status == 401
    assert post(world, raw, **{"X-API-Key": world.key(Scope.EVENTS_READ)}).status == 403
    for role, status in ((Role.VIEWER, 403), (Role.BILLER, 200)):
        token = {"Authorization": f"Bearer {world.token(role)}"}
        assert send("POST", PATH, raw, **NDJSON, **token).status == status
    world.decide(jwt_import_roles=[Role.OWNER])
    assert send("POST", PATH, raw, **NDJSON, **token).status == 403


def test_a_third_at_the_same_time_has_to_wait(world: World, other_world: World) -> None:
    places = [admit(world.company.id, "import_invoices", at_most=2) for _ in range(2)]
    answer = post(world, [invoice_body()])
    assert (answer.status, answer.body["code"], answer.headers["Retry-After"]) == (429, "throttled", "5")
    assert post(other_world, [invoice_body()]).status == 200, "another company's places are its own"
    for place in places:
        place.close()
    for _ in range(3):
        assert post(world, [invoice_body()]).status == 200, "an answer that has ended gives its place back"
        assert post(world, b"x" * 2_000_000).status == 413, "and so does a refusal"


# ── Once ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_same_request_again_gets_the_same_lines(world: World) -> None:
    bodies = [invoice_body(), {}, invoice_body()]
    first = post(world, bodies, **{"Idempotency-Key": "k"})
    before = rows_of(world)
    again = post(world, bodies, **{"Idempotency-Key": "k"})
    assert again.raw == first.raw
    assert again.body[-1]["created"] == 2, "the answer of then"
    assert rows_of(world) == before
    third = post(world, [*bodies, invoice_body()], **{"Idempotency-Key": "k"})
    assert {line["code"] for line in third.body[:-1]} == {"idempotency-mismatch"}
    assert {line["status"] for line in third.body[:-1]} == {422}
    assert rows_of(world) == before


def test_a_key_remembers_each_chunk_by_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_lines, "CHUNK_LINES", 2)
    bodies = [invoice_body() for _ in range(5)]
    first = post(world, bodies, **{"Idempotency-Key": "k"})
    assert first.body[-1]["created"] == 5
    assert count_of(world, "erp_idempotencykey") == 3
    before = rows_of(world)
    assert post(world, bodies, **{"Idempotency-Key": "k"}).raw == first.raw
    bodies[3] |= {"remarks": "another"}
    lines = post(world, bodies, **{"Idempotency-Key": "k"}).body[:-1]
    assert [line["status"] for line in lines] == [201, 201, 422, 422, 201]
    assert rows_of(world) == before


def test_a_key_is_kept_for_a_chunk_that_takes_several_transactions(world: World) -> None:
    bodies = [invoice_body(invoice_no="A-1", remarks=str(turn)) for turn in range(3)]
    first = post(world, bodies, **{"Idempotency-Key": "k"})
    assert [line["result"] for line in first.body[:-1]] == ["created", "updated", "updated"]
    assert post(world, bodies, **{"Idempotency-Key": "k"}).raw == first.raw
    assert world.invoice("A-1").version == 3


# ── All or none ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_atomic_import_keeps_all(world: World) -> None:
    bodies = [
        invoice_body(invoice_no="A-1"),
        invoice_body(invoice_no="A-1", remarks="again"),
        invoice_body(invoice_no="A-2", customer={"code": "CUST-889", "name": "Another name"}),
        invoice_body(invoice_no="A-3", customer={"code": "CUST-889", "name": "A third name"}),
    ]
    answer = post(world, bodies, query="?atomic=true")
    assert [line.get("result") for line in answer.body] == ["created", "updated", "created", "created", None]
    assert (answer.status, count_of(world, "invoices_invoice")) == (200, 3)
    assert [event["type"] for event in events_of(world)].count("invoice_created") == 3


def test_an_atomic_import_with_a_refused_line_keeps_nothing(world: World) -> None:
    world.import_invoice(invoice_body(invoice_no="A-0"))
    before = rows_of(world)
    bodies = [invoice_body(), invoice_body(invoice_no="A-0"), invoice_body(items=[]), invoice_body(salesman="New")]
    answer = post(world, bodies, query="?atomic=true&on_conflict=reject", **{"Idempotency-Key": "k"})
    assert [line.get("result") for line in answer.body] == ["rolled-back", "error", "error", "rolled-back", None]
    assert answer.status == 409, "that of the first refusal"
    assert answer.body[-1] == {
        "done": True, "lines": 4, "created": 0, "updated": 0, "unchanged": 0, "errors": 2, "rolled_back": 2,
    }  # fmt: skip
    assert rows_of(world) == before


def test_an_atomic_import_takes_ten_thousand_lines(world: World) -> None:
    assert post(world, b"{}\n" * 10_001, query="?atomic=true").status == 413


def test_lines_of_a_hundred_items_are_stored(world: World) -> None:
    bodies = [invoice_body(items=[item_body(item_code=f"I{number}") for number in range(100)]) for _ in range(3)]
    assert post(world, bodies).body[-1]["created"] == 3
    assert count_of(world, "invoices_invoiceitem") == 300


# ── Through the asynchronous server ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.db_heavy
def test_the_asynchronous_server_takes_long_bodies_here_and_from_nobody_without_a_credential(world: World) -> None:
    padded = [msgspec.json.encode(invoice_body()) + b" " * 1_000_000 for _ in range(7)]
    raw = lines_of(padded)
    assert len(raw) > settings.MAX_BODY_BYTES
    with running_server() as server, httpx.Client(base_url=server.base_url, timeout=30) as client:
        key = {"X-API-Key": world.api_key}
        with client.stream("POST", PATH, content=raw, headers=NDJSON | key) as answer:
            lines = [msgspec.json.decode(line) for line in answer.iter_lines()]
        assert answer.status_code == 200
        assert "content-length" not in answer.headers, "it is sent while it is made"
        assert lines[-1] == {"done": True, "lines": 7, "created": 7, "updated": 0, "unchanged": 0, "errors": 0}
        assert "synchronous iterators" not in server.said(), "Django would gather the whole answer"
        assert {entry["request_id"] for entry in audit_of(world)} == {answer.headers["x-request-id"]}
        assert client.post("/api/sales/import/invoice/", content=raw, headers=key).status_code == 413
        assert client.post(PATH, content=raw, headers=NDJSON).status_code == 401


def test_a_long_body_is_cut_for_whoever_shows_no_credential() -> None:
    server = Server(django=None, streams={}, long_bodies={PATH: 10**9})  # type: ignore[arg-type]
    with_key = {"path": PATH, "headers": [(b"x-api-key", b"k")]}
    assert server._most_bytes(with_key) == 10**9
    assert server._most_bytes(with_key | {"headers": [(b"accept", b"*/*")]}) == settings.MAX_BODY_BYTES
    assert server._most_bytes(with_key | {"path": "/api/sales/import/invoice/"}) == settings.MAX_BODY_BYTES


def test_a_client_that_goes_away_gives_its_place_back(world: World) -> None:
    """The server closes an answer that nobody reads on."""
    for _ in range(3):
        environ = _environ("POST", PATH, lines_of([invoice_body()]), {"X-API-Key": world.api_key} | NDJSON)
        response = _server(environ, lambda status, headers: None)
        assert response.status_code == 200
        response.close()
    assert count_of(world, "invoices_invoice") == 0
