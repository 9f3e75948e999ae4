"""Ids and kinds of events, and how they are put together for the wire."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.events import OTHER_KINDS, SALES_INVOICE_KINDS, event_id, read_event_id, read_types
from erp.problems import ValidationFailed
from erp.stream.frames import Frame, Ring, Run, View, keep_alive, opening, reset, view

COMPANY = UUID("01890000-0000-7000-8000-000000000001")
KINDS = sorted(SALES_INVOICE_KINDS)
EVERYTHING = view(None, False)


def frame(number: int, kind: str = "invoice_created", payload: str = "{}") -> Frame:
    return Frame(COMPANY, number, kind, payload)


def numbers_in(body: bytes) -> list[int]:
    return [int(line.rpartition(b":")[2]) for line in body.splitlines() if line.startswith(b"id: ")]


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_an_id_that_was_made_here_can_be_read_here(number: int) -> None:
    assert read_event_id(event_id(COMPANY, number), COMPANY, field="after") == number


@given(st.text())
def test_any_other_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(ValidationFailed):
        read_event_id(text, COMPANY, field="after")


def test_no_choice_means_the_kinds_about_sales_invoices() -> None:
    assert read_types([]) == read_types([""]) == SALES_INVOICE_KINDS
    assert not SALES_INVOICE_KINDS & OTHER_KINDS


def test_choices_are_names_and_groups_separated_or_repeated() -> None:
    chosen = read_types(["invoice_paid, payment_received", "order_confirmed"])
    assert chosen == frozenset({"invoice_paid", "payment_received", "order_confirmed"})
    assert "picking_started" in (read_types(["fulfilment_changed"]) or ())
    assert read_types(["all"]) is None
    for text in ("invoice_create", ",".join(KINDS * 3), "All"):
        with pytest.raises(ValidationFailed):
            read_types([text])


def test_an_event_is_one_block_with_its_name_its_id_and_its_payload() -> None:
    made = frame(7, payload='{"type":"invoice_created"}')
    assert made.body == f'event: message\nid: invoices-{COMPANY}:7\ndata: {{"type":"invoice_created"}}\n\n'.encode()
    assert made.named == made.body.replace(b"message", b"invoice_created", 1)


def test_line_breaks_in_a_payload_cannot_end_its_block() -> None:
    body = frame(1, payload='{\n"a": 1}\r\n\r\nevent: forged').body
    assert body.count(b"\n\n") == 1
    assert b"\nevent: forged" not in body
    assert all(line.startswith((b"event: message", b"id: ", b"data: ")) for line in body.rstrip().splitlines())


def test_the_opening_the_reset_and_the_keep_alive_carry_the_place_to_resume_from() -> None:
    assert opening(COMPANY, 4) == f"retry: 3000\nevent: stream-open\nid: invoices-{COMPANY}:4\ndata: \n\n".encode()
    lines = reset(COMPANY, oldest=3, head=9).decode().split("\n")
    assert lines[:2] == ["event: stream-reset", f"id: invoices-{COMPANY}:9"]
    assert json.loads(lines[2].removeprefix("data: ")) == {"reason": "expired", "oldest": f"invoices-{COMPANY}:3"}
    assert keep_alive(COMPANY, None) == b": keep-alive\n\n"
    assert keep_alive(COMPANY, 5) == f"id: invoices-{COMPANY}:5\n: keep-alive\n\n".encode()


@given(
    kinds=st.lists(st.sampled_from(KINDS), max_size=40),
    start=st.integers(0, 5),
    chosen=st.none() | st.frozensets(st.sampled_from(KINDS)),
    limit=st.integers(1, 3000),
    data=st.data(),
)
def test_however_it_is_cut_a_listener_gets_every_event_he_chose_once_and_in_order(
    kinds: list[str], start: int, chosen: frozenset[str] | None, limit: int, data: st.DataObject
) -> None:
    run = Run(start, [frame(start + place, kind) for place, kind in enumerate(kinds, 1)])
    position = first = data.draw(st.integers(run.start, run.end))
    wish = View(chosen, False)
    got: list[int] = []
    while position < run.end:
        body, position = run.after(position, wish, limit=limit)
        got += numbers_in(body)
        assert len(body) < limit + 200
    wanted = [one.number for one in run.frames if one.number > first and (chosen is None or one.kind in chosen)]
    assert got == wanted


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), max_size=30))
def test_a_ring_stays_bounded_and_gapless_whatever_is_added(steps: list[tuple[int, int]]) -> None:
    ring = Ring(10)
    for count, skipped in steps:
        begin = ring.end + 1 + (skipped if skipped == 3 else 0)
        ring.extend([frame(number, payload="x" * 50) for number in range(begin, begin + count)])
        ring.trim(events=5, size=400)
        assert [one.number for one in ring.frames] == list(range(ring.start + 1, ring.end + 1))
        assert ring.size == sum(len(one.body) for one in ring.frames) <= 400
        assert len(ring.frames) <= 5
        assert ring.covers(ring.end)
        if ring.frames:
            body, position = ring.after(ring.start, EVERYTHING, limit=10**6)
            assert (numbers_in(body), position) == ([one.number for one in ring.frames], ring.end)
