"""What a row of UISP means here, row by row, traps first."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.foreign_rows import RowRefused
from connectors.states import Reason, SkipReason
from connectors.uisp.translation import (
    RowSkipped,
    Rules,
    translate_client,
    translate_invoice,
    translate_payment,
)
from erp.money import add
from invoices.status import BooksStatus, PaymentMode

RULES = Rules(zone="Asia/Manila", currency="PHP")
D = Decimal


HUNDRED, ONE = D("100"), D("1")


def item(price: Any = HUNDRED, quantity: Any = ONE, **more: Any) -> dict[str, Any]:
    return {"type": "service", "label": "Plan", "price": price, "quantity": quantity} | more


def invoice(**changes: Any) -> dict[str, Any]:
    return {
        "id": 17, "clientId": 3, "number": "116252", "status": 1, "createdDate": "2025-03-01T04:00:14+0800",
        "maturityDays": 14, "total": D("100"), "amountPaid": 0, "currencyCode": "PHP", "items": [item()], "taxes": [],
    } | changes  # fmt: skip


def payment(**changes: Any) -> dict[str, Any]:
    return {
        "id": 5, "clientId": 3, "methodId": "6efe0fa8-36b2-4dd1-b049-427bffc7d369", "amount": D("100"), "creditAmount": 0,
        "createdDate": "2025-03-01T04:00:14+0800", "currencyCode": "PHP",
        "paymentCovers": [{"invoiceId": 17, "amount": D("100")}],
    } | changes  # fmt: skip


def test_four_in_the_morning_in_manila_is_that_day_and_no_other() -> None:
    assert translate_invoice(invoice(), RULES).invoice_date == date(2025, 3, 1)
    assert translate_invoice(invoice(), Rules(zone="UTC", currency="PHP")).invoice_date == date(2025, 2, 28)
    assert translate_invoice(invoice(), RULES).due_date == date(2025, 3, 15)


def test_a_total_that_nobody_rounded_is_rounded_half_up_and_its_lines_make_it() -> None:
    price = D("799.00487804878")
    draft = translate_invoice(invoice(total=price, items=[item(price)], amountPaid=D("799")), RULES)
    assert (draft.total, draft.received, draft.round_off) == (D("799.00"), D("799.00"), D("0.00"))
    assert translate_invoice(invoice(total=D("0.125"), items=[item(D("0.125"))]), RULES).total == D("0.13")


@pytest.mark.parametrize(
    ("price", "quantity", "discount", "total"),
    [
        (D("799"), D("1"), D("12.5"), D("699.125")),
        (D("100"), D("1"), D("33.333"), D("66.667")),
        (D("10.12345678"), D("3"), None, D("30.37037034")),
        (D("9"), D("0.3333333"), None, D("2.9999997")),
        (D("0"), D("1"), None, D("0")),
    ],
)
def test_what_our_columns_cannot_hold_still_makes_the_same_total(
    price: Decimal, quantity: Decimal, discount: Decimal | None, total: Decimal
) -> None:
    draft = translate_invoice(invoice(total=total, discount=discount, items=[item(price, quantity)]), RULES)
    assert abs(draft.round_off) <= D("0.01")
    assert add([line.line_total for line in draft.lines]) + draft.round_off == draft.total


def test_a_discount_of_an_item_goes_into_its_rate() -> None:
    draft = translate_invoice(invoice(total=D("80"), items=[item(discountTotal=D("-20"))]), RULES)
    assert [(line.rate, line.line_total) for line in draft.lines] == [(D("80.0000"), D("80.00"))]


def test_a_tax_is_a_line_of_its_own_and_is_taken_out_of_prices_that_include_it() -> None:
    taxes = [{"name": "VAT", "totalValue": D("12")}]
    beside = translate_invoice(invoice(total=D("112"), taxes=taxes), RULES)
    inside = translate_invoice(invoice(total=D("100"), taxes=taxes, items=[item(D("60")), item(D("40"))]), RULES)
    assert [(line.line_total, line.is_tax) for line in beside.lines] == [(D("100.00"), False), (D("12"), True)]
    assert [line.line_total for line in inside.lines] == [D("52.80"), D("35.20"), D("12")]
    assert inside.round_off == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": 5}, SkipReason.PROFORMA),
        ({"proforma": True}, SkipReason.PROFORMA),
        ({"status": 0, "number": None}, SkipReason.DRAFT),
        ({"status": 4}, SkipReason.VOID),
    ],
)
def test_the_rules_leave_out(changes: dict[str, Any], reason: SkipReason) -> None:
    with pytest.raises(RowSkipped) as skipped:
        translate_invoice(invoice(**changes), RULES)
    assert skipped.value.reason is reason


def test_drafts_and_voids_come_where_they_are_wanted() -> None:
    rules = Rules(zone="Asia/Manila", currency="PHP", include_drafts=True, include_void=True, number_prefix="OLD-")
    assert translate_invoice(invoice(status=4), rules).status is BooksStatus.CANCELLED
    draft = translate_invoice(invoice(status=0, number=None), rules)
    assert (draft.status, draft.number) == (BooksStatus.DRAFT, "UISP-17")
    assert translate_invoice(invoice(), rules).number == "OLD-116252"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": 9}, Reason.UNKNOWN_STATUS),
        ({"status": None}, Reason.UNKNOWN_STATUS),
        ({"total": D("105")}, Reason.TOTAL_MISMATCH),
        ({"items": [item(D("-5")), item(D("105"))]}, Reason.NEGATIVE_LINE),
        ({"items": [item(quantity=D("-1"))]}, Reason.NEGATIVE_LINE),
        ({"items": []}, Reason.BAD_ROW),
        ({"total": None}, Reason.BAD_ROW),
        ({"total": "100"}, Reason.BAD_ROW),
        ({"total": True}, Reason.BAD_ROW),
        ({"total": D("1E+17"), "items": [item(D("1E+17"))]}, Reason.BAD_ROW),
        ({"currencyCode": "USD"}, Reason.CURRENCY_UNKNOWN),
        ({"createdDate": "2025-03-01"}, Reason.BAD_DATE),
        ({"createdDate": None}, Reason.BAD_DATE),
        ({"createdDate": "2025-02-30T04:00:14+0800"}, Reason.BAD_DATE),
        ({"createdDate": "0001-01-01T00:00:00+0800"}, Reason.BAD_DATE),
        ({"notes": "a\x00b"}, Reason.BAD_TEXT),
        ({"number": "1" * 91}, Reason.BAD_TEXT),
        ({"items": [item(label="x" * 2001)]}, Reason.BAD_TEXT),
    ],
)
def test_what_cannot_be_brought_is_refused_for_its_reason(changes: dict[str, Any], reason: Reason) -> None:
    with pytest.raises(RowRefused) as refused:
        translate_invoice(invoice(**changes), RULES)
    assert refused.value.reason is reason


def test_what_is_derived_there_is_no_change_and_money_is() -> None:
    assert (
        translate_invoice(invoice(), RULES).hash() == translate_invoice(invoice(status=3, amountPaid=D("100")), RULES).hash()
    )
    changed = invoice(total=D("101"), items=[item(D("101"))])
    assert translate_invoice(invoice(), RULES).hash() != translate_invoice(changed, RULES).hash()


@pytest.mark.parametrize(
    ("changes", "mode", "gateway"),
    [
        ({}, PaymentMode.CASH, ""),
        ({"methodId": "11721cdf-a498-48be-903e-daa67552e4f6", "checkNumber": "77"}, PaymentMode.CHEQUE, ""),
        ({"methodId": None, "method": 3}, PaymentMode.BANK_TRANSFER, ""),
        ({"methodId": "d8c1eae9-d41d-479f-aeaf-38497975d7b3", "providerName": "GCash"}, PaymentMode.OTHER, "GCash"),
        ({"methodId": "00000000-0000-4000-8000-000000000001"}, PaymentMode.OTHER, "00000000-0000-4000-8000-000000000001"),
    ],
)
def test_how_somebody_paid(changes: dict[str, Any], mode: PaymentMode, gateway: str) -> None:
    draft = translate_payment(payment(**changes), RULES)
    assert (draft.mode, draft.gateway) == (mode, gateway)


def test_what_no_invoice_took_is_credit_and_money_of_nobody_is_kept() -> None:
    draft = translate_payment(payment(amount=D("150"), creditAmount=D("50"), clientId=None), RULES)
    assert (draft.client, draft.amount, list(draft.covers)) == ("", D("150.00"), [("17", D("100.00"))])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": D("99")}, Reason.COVER_MISMATCH),
        ({"amount": 0, "paymentCovers": []}, Reason.BAD_ROW),
        ({"paymentCovers": [{"refundId": 3, "amount": D("100")}]}, Reason.REFUND),
        ({"currencyCode": "USD"}, Reason.CURRENCY_UNKNOWN),
    ],
)
def test_money_that_cannot_be_brought_is_refused(changes: dict[str, Any], reason: Reason) -> None:
    with pytest.raises(RowRefused) as refused:
        translate_payment(payment(**changes), RULES)
    assert refused.value.reason is reason


def test_a_client_is_called_by_what_there_is() -> None:
    def name(**row: Any) -> str:
        return translate_client({"id": 9} | row, code="X").name

    assert name(companyName="Peña Trading", firstName="Ana") == "Peña Trading"
    assert name(firstName="Ana", lastName="Muñoz") == "Ana Muñoz"
    assert name(firstName=" ", companyName=None) == "Client 9"
    assert not translate_client({"id": 9, "isArchived": True}, code="X").is_active
    contacts = [{"email": "a@x.example"}, {"email": "b@x.example", "isBilling": True}]
    assert translate_client({"id": 9, "contacts": contacts}, code="X").email == "b@x.example"
    with pytest.raises(RowSkipped):
        translate_client({"id": 9, "isLead": True}, code="X")


_amounts = st.decimals(min_value=0, max_value=10_000, places=6)


@given(
    st.lists(st.tuples(_amounts, st.sampled_from([D("1"), D("2"), D("0.5")])), min_size=1, max_size=4), st.integers(0, 100)
)
def test_lines_and_rounding_always_make_the_total(lines: list[tuple[Decimal, Decimal]], discount: int) -> None:
    exact = sum((price * quantity for price, quantity in lines), D(0)) * (100 - discount) / 100
    draft = translate_invoice(
        invoice(total=exact, discount=D(discount) if discount else None, items=[item(*line) for line in lines]), RULES
    )
    assert add([line.line_total for line in draft.lines]) + draft.round_off == draft.total
    assert all(line.line_total >= 0 for line in draft.lines)
