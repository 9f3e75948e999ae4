"""What an import makes of an invoice, without a database: the next version, or the same one."""

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.parsing import read_into, read_object
from invoices.content import CustomerContent, InvoiceContent, SalesmanContent, UserContent
from invoices.drafts import CustomerDraft, InvoiceDraft
from invoices.revision import Masters, books_of, goods_of, import_warnings, merge_customer, new_content, revised_content
from tests.builders import invoice_body, item_body

FIRST = datetime(2026, 1, 23, 10, tzinfo=UTC)
LATER = datetime(2026, 1, 24, 11, tzinfo=UTC)
_ids = itertools.count(1)

CUSTOMER = CustomerContent(id=UUID(int=1), version=1, code="CUST-889", name="LifeCare Pharmacy")
SALESMAN = SalesmanContent(id=UUID(int=2), name="Ajay")
MASTERS = Masters(CUSTOMER, SALESMAN)
PERSON = UserContent(id=UUID(int=3), email="a@example.com", name="A")


def next_id() -> UUID:
    return UUID(int=1000 + next(_ids))


def draft(**changes: Any) -> InvoiceDraft:
    body = msgspec.json.encode(invoice_body(invoice_no="A-1") | changes)
    return read_into(InvoiceDraft, read_object(body, max_bytes=len(body)))


def imported(**changes: Any) -> InvoiceContent:
    return new_content(draft(**changes), MASTERS, serial=7, created_user=None, new_id=next_id, now=FIRST)


def imported_again(
    present: InvoiceContent, masters: Masters = MASTERS, created_user: UserContent | None = None, **changes: Any
) -> InvoiceContent:
    return revised_content(draft(**changes), present, masters, created_user=created_user, new_id=next_id, now=LATER)


def codes(content: InvoiceContent) -> dict[str, UUID]:
    return {item.item_code: item.id for item in content.items}


# ── New ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_invoice_waits_for_the_warehouse_and_is_a_draft_in_the_books() -> None:
    new = imported()
    assert (new.fulfilment_status, new.billing_status, new.status, new.version) == ("INVOICED", "BILLED", "DRAFT", 1)
    assert (new.priority, new.origin, new.serial) == ("MEDIUM", "IMPORTED", 7)
    assert new.created_at == new.updated_at == FIRST
    assert new.items_total == new.total_value == Decimal("70.00")
    assert new.given_total is None


@pytest.mark.parametrize("given_total", [8725, "8725", "8725.0", Decimal("8725.00"), " 8725.00 "])
def test_the_given_total_rules_and_has_two_places(given_total: Any) -> None:
    new = imported(Total=given_total)
    assert (str(new.given_total), str(new.total_value), str(new.items_total)) == ("8725.00", "8725.00", "70.00")


def test_null_and_blank_and_not_sent_are_the_same_in_a_new_invoice() -> None:
    names = ("created_by", "temp_name", "remarks")
    for value in (None, ""):
        new = imported(**dict.fromkeys(names, value), priority=None, Total=None)
        assert [getattr(new, name) for name in names] == ["", "", ""]
        assert (new.priority, new.given_total) == ("MEDIUM", None)


# ── Again ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_again_is_the_same_object() -> None:
    new = imported(Total=100, remarks="x", priority="HIGH")
    assert imported_again(new, Total=Decimal("100.00"), remarks="x", priority="HIGH") is new


def test_a_number_written_differently_changes_nothing() -> None:
    new = imported(items=[item_body(quantity=20, mrp="3.5")])
    assert imported_again(new, items=[item_body(quantity="20.000", mrp="3.50000000")]) is new


def test_another_person_sending_the_same_changes_nothing() -> None:
    new = imported()
    assert imported_again(new, created_user=PERSON) is new


@pytest.mark.parametrize(
    ("field", "first", "then"),
    [
        ("created_by", "admin", "other"),
        ("priority", "HIGH", "LOW"),
        ("temp_name", "Downtown", "Uptown"),
        ("remarks", "Rush", "No rush"),
        ("created_by", "admin", ""),
        ("remarks", "Rush", None),
    ],
)
def test_an_optional_field_sent_overwrites_and_not_sent_stays(field: str, first: Any, then: Any) -> None:
    new = imported(**{field: first})
    changed = imported_again(new, **{field: then})
    assert getattr(changed, field) == (then or "")
    assert (changed.version, changed.updated_at, changed.created_at) == (2, LATER, FIRST)
    assert imported_again(new) is new


def test_a_total_not_sent_means_the_sum_again() -> None:
    new = imported(Total=8725)
    changed = imported_again(new)
    assert (changed.given_total, changed.total_value) == (None, Decimal("70.00"))


def test_id_serial_states_and_time_of_making_stay() -> None:
    new = msgspec.structs.replace(
        imported(), fulfilment_status="PACKED", billing_status="RE_INVOICED", status="POSTED", handling={"tray_codes": ["T"]}
    )
    changed = imported_again(new, remarks="x", invoice_date="2026-02-01", items=[item_body(quantity=1)])
    kept = (
        "id",
        "serial",
        "origin",
        "fulfilment_status",
        "billing_status",
        "status",
        "handling",
        "created_at",
        "invoice_no",
    )
    assert [getattr(changed, name) for name in kept] == [getattr(new, name) for name in kept]
    assert changed.invoice_date == date(2026, 2, 1)


def test_the_person_is_noted_when_something_changes_and_a_key_leaves_him_there() -> None:
    new = imported()
    by_person = imported_again(new, created_user=PERSON, remarks="x")
    assert by_person.created_user == PERSON
    assert imported_again(by_person, remarks="y").created_user == PERSON


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_line_keeps_its_id_by_item_code_and_nothing_else_of_its_content() -> None:
    new = imported(items=[item_body(batch_no="B1", packing="Box", remarks="cold", expiry_date="2027-01-01")])
    changed = imported_again(new, items=[item_body(quantity=1)])
    (line,) = changed.items
    assert line.id == new.items[0].id
    assert (line.batch_no, line.packing, line.remarks, line.expiry_date) == ("", "", "", None)


def test_a_line_keeps_its_id_by_barcode_when_its_code_is_corrected() -> None:
    new = imported(items=[item_body(item_code="A", barcode="1"), item_body(item_code="B", barcode="2")])
    changed = imported_again(new, items=[item_body(item_code="B2", barcode="2"), item_body(item_code="A2", barcode="1")])
    assert codes(changed) == {"B2": codes(new)["B"], "A2": codes(new)["A"]}
    assert [item.line_no for item in changed.items] == [1, 2]


def test_a_barcode_outranks_a_code_that_comes_earlier() -> None:
    new = imported(items=[item_body(item_code="A", barcode="1"), item_body(item_code="A", barcode="2")])
    changed = imported_again(new, items=[item_body(item_code="A"), item_body(item_code="A", barcode="1")])
    assert [item.id for item in changed.items] == [new.items[1].id, new.items[0].id]


def test_equal_lines_keep_their_ids_in_order_each_once() -> None:
    new = imported(items=[item_body(), item_body(), item_body()])
    assert imported_again(new, items=[item_body(), item_body(), item_body()]) is new
    more = imported_again(new, items=[item_body()] * 4)
    assert [item.id for item in more.items[:3]] == [item.id for item in new.items]
    assert more.items[3].id not in codes(new).values()


bodies = st.lists(
    st.builds(
        lambda code, barcode, quantity: item_body(item_code=code, barcode=barcode, quantity=quantity),
        st.sampled_from("ABC"),
        st.sampled_from(["", "1", "2"]),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=8,
)


@given(bodies, bodies)
def test_no_id_is_used_twice_and_every_line_that_can_continue_does(first: list[Any], then: list[Any]) -> None:
    new = imported(items=first)
    changed = imported_again(new, items=then)
    ids = [item.id for item in changed.items]
    assert len(set(ids)) == len(ids)
    left_over = {item.item_code for item in new.items if item.id not in ids}
    assert not left_over & {item.item_code for item in changed.items if item.id not in codes_ids(new)}


def codes_ids(content: InvoiceContent) -> set[UUID]:
    return {item.id for item in content.items}


@given(bodies, bodies)
def test_after_an_import_the_same_import_changes_nothing(first: list[Any], then: list[Any]) -> None:
    changed = imported_again(imported(items=first), items=then)
    assert imported_again(changed, items=then) is changed


# ── Customer ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def customer(**changes: Any) -> CustomerDraft:
    return read_into(CustomerDraft, {"code": "CUST-889", "name": "LifeCare Pharmacy"} | changes)


def test_customer_fields_not_sent_stay() -> None:
    known = merge_customer(customer(area="Kozhikode", phone1="98765"), None, new_id=next_id)
    merged = merge_customer(customer(name="New name"), known, new_id=next_id)
    assert (merged.name, merged.area, merged.phone1) == ("New name", "Kozhikode", "98765")
    assert (merged.id, merged.version) == (known.id, 2)


def test_customer_fields_sent_blank_or_null_are_emptied() -> None:
    known = merge_customer(customer(area="Kozhikode", phone1="98765"), None, new_id=next_id)
    merged = merge_customer(customer(area="", phone1=None), known, new_id=next_id)
    assert (merged.area, merged.phone1) == ("", "")


def test_a_customer_sent_as_he_is_is_the_same_object() -> None:
    known = merge_customer(customer(area="Kozhikode"), None, new_id=next_id)
    assert known.version == 1
    assert merge_customer(customer(area="Kozhikode"), known, new_id=next_id) is known
    assert merge_customer(customer(), known, new_id=next_id) is known


# ── Warnings and guards ──────────────────────────────────────────────────────────────────────────────────────────────


def warned(before: InvoiceContent | None = None, **changes: Any) -> list[str]:
    after = imported(**changes) if before is None else imported_again(before, **changes)
    return [entry["code"] for entry in import_warnings(draft(**changes), before, after)]


def test_warnings_come_in_the_order_of_the_document() -> None:
    assert warned(Total=1, items=[item_body(mrp="0.00001"), item_body(mrp=0)]) == [
        "total-mismatch",
        "rounded",
        "zero-price",
        "zero-price",
    ]


def test_a_price_rounded_away_is_a_zero_price() -> None:
    assert warned(items=[item_body(mrp="0.00004")]) == ["rounded", "zero-price"]


@pytest.mark.parametrize("mrp", ["3.5", "3.50000", "3.1234", 0.5])
def test_a_price_of_four_places_is_not_warned_of(mrp: Any) -> None:
    assert warned(items=[item_body(mrp=Decimal(str(mrp)))]) == []


@pytest.mark.parametrize("status", ["PICKING", "PICKED", "PACKING", "BOXING", "PACKED", "DISPATCHED", "DELIVERED", "REVIEW"])
def test_once_picking_began_a_change_is_warned_of_and_goods_twice(status: str) -> None:
    before = msgspec.structs.replace(imported(), fulfilment_status=status)
    assert warned(before, remarks="x") == ["in-progress"]
    assert warned(before, items=[item_body(mrp=9)]) == ["in-progress"]
    for goods in ({"quantity": 1}, {"batch_no": "B"}, {"barcode": "1"}):
        assert warned(before, items=[item_body(**goods)]) == ["in-progress", "goods-changed"], goods
    assert warned(before, items=[item_body(), item_body(item_code="B")]) == ["in-progress", "goods-changed"]


def test_before_picking_nothing_is_warned_of() -> None:
    assert warned(imported(), items=[item_body(quantity=1)]) == []


def test_the_books_rest_on_money_customer_date_and_items() -> None:
    new = imported()
    soft: list[dict[str, Any]] = [{"remarks": "x"}, {"temp_name": "x"}, {"created_by": "x"}, {"priority": "LOW"}]
    for texts in soft:
        assert books_of(imported_again(new, **texts)) == books_of(new)
    for hard in ({"Total": 70}, {"invoice_date": "2026-01-24"}, {"items": [item_body(remarks="x")]}):
        assert books_of(imported_again(new, **hard)) != books_of(new)
    other = Masters(msgspec.structs.replace(CUSTOMER, id=UUID(int=9)), SALESMAN)
    assert books_of(imported_again(new, other)) != books_of(new)
    renamed = Masters(msgspec.structs.replace(CUSTOMER, name="B", version=2), SALESMAN)
    assert books_of(imported_again(new, renamed)) == books_of(new)


def test_the_order_of_lines_is_not_a_change_of_goods() -> None:
    new = imported(items=[item_body(item_code="A"), item_body(item_code="B")])
    turned = imported_again(new, items=[item_body(item_code="B"), item_body(item_code="A")])
    assert turned is not new
    assert goods_of(turned) == goods_of(new)
