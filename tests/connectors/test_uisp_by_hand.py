"""Rows made by hand: what depends on what, whose money is whose, and one bad row among good ones."""

from decimal import Decimal
from typing import Any

import pytest

from connectors.models import ImportRow
from erp.models import Within
from erp.rights import Role
from erp.verifying import verify
from invoices.models import Invoice, Payment
from sales.models import Customer
from tests.builders import World, invoice_body
from tests.migrated import carried

pytestmark = pytest.mark.db_heavy
AT = "2025-12-03T10:00:00+0530"


def client(key: int, ident: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": key, "firstName": f"Client {key}", "userIdent": ident or f"C-{key}"} | more


def bill(key: int, of: int, total: Any = 100, *, paid: Any = 0, **more: Any) -> dict[str, Any]:
    status = 3 if paid == total else 2 if paid else 1
    item = {"type": "service", "label": "Plan", "price": total, "quantity": 1}
    return {
        "id": key, "clientId": of, "number": f"N-{key}", "status": status, "createdDate": AT, "maturityDays": 14,
        "total": total, "amountPaid": paid, "taxes": [], "items": [item], "paymentCovers": [],
    } | more  # fmt: skip


def money(key: int, of: int | None, amount: Any, *covers: tuple[int, Any], credit: Any = 0) -> dict[str, Any]:
    return {
        "id": key, "clientId": of, "amount": amount, "creditAmount": credit, "createdDate": AT,
        "methodId": "6efe0fa8-36b2-4dd1-b049-427bffc7d369",
        "paymentCovers": [{"invoiceId": invoice, "amount": part} for invoice, part in covers],
    }  # fmt: skip


def codes(world: World) -> dict[str, str]:
    """What was not brought, by entity and id, and why."""
    rows = ImportRow.objects.of(Within(world.company.id)).exclude(code="")
    return {f"{row.entity} {row.external_id}": row.code for row in rows}


def booked(world: World) -> set[str]:
    return set(Invoice.objects.of(Within(world.company.id)).values_list("invoice_no", flat=True))


def test_what_was_refused_takes_along_what_depends_on_it_and_nothing_else(world: World) -> None:
    outcome = carried(
        world,
        clients=[client(1), client(2), client(3, isLead=True), client(4, firstName="a\x00")],
        invoices=[
            bill(10, 1, paid=100), bill(11, 1, paid=100, status=9), bill(12, 1, currencyCode="USD"), bill(20, 2),
            bill(30, 3), bill(40, 4), bill(13, 1, number="N-10"), bill(14, 1, status=4), bill(15, 1, 50, paid=50),
        ],
        payments=[
            money(100, 1, 100, (10, 100)),
            money(101, 1, 100, (11, 100)),
            money(102, 1, 5, (20, 5)),
            money(103, 1, 5, (14, 5)),
            money(104, 1, 60, (15, 60)),
            money(105, 1, 50, (15, 50)),
            money(106, 4, 5, credit=5),
        ],
    )  # fmt: skip
    assert outcome.code == 1
    assert codes(world) == {
        "client 3": "lead", "client 4": "bad-text",
        "invoice 11": "unknown-status", "invoice 12": "currency-unknown", "invoice 30": "blocked-by",
        "invoice 40": "blocked-by", "invoice 13": "duplicate-number", "invoice 14": "void",
        "payment 101": "blocked-by", "payment 102": "cross-client-cover", "payment 103": "cover-mismatch",
        "payment 104": "cover-mismatch", "payment 106": "blocked-by",
    }  # fmt: skip
    assert booked(world) == {"N-10", "N-20", "N-15"}
    assert verify(company_code=world.company.code).broken == []


def test_money_of_nobody_is_kept_on_suspense_and_credit_stays_credit(world: World) -> None:
    outcome = carried(world, clients=[client(1)], payments=[money(1, None, 70, credit=70), money(2, 1, 30, credit=30)])
    assert outcome.code == 0, outcome
    paid = {one.customer_id: one for one in Payment.objects.of(Within(world.company.id)).select_related("voucher")}
    assert paid[None].amount == Decimal("70.00")
    assert {one.allocated_amount for one in paid.values()} == {Decimal("0.00")}
    assert verify(company_code=world.company.code).broken == []


def test_a_number_that_is_used_here_is_refused_and_what_is_ours_stays(world: World) -> None:
    world.import_invoice(invoice_body(invoice_no="N-10"))
    outcome = carried(world, clients=[client(1)], invoices=[bill(10, 1), bill(11, 1)])
    assert (outcome.code, codes(world)) == (1, {"invoice 10": "duplicate-number"})
    assert booked(world) == {"N-10", "N-11"}


def test_who_is_there_with_that_code_is_that_client_and_a_code_of_two_is_nobodys(world: World) -> None:
    world.import_invoice(invoice_body(customer={"code": "C-1", "name": "Here before"}))
    outcome = carried(world, clients=[client(1), client(2, "TWIN"), client(3, "TWIN")], invoices=[bill(10, 1)])
    assert outcome.code == 0, outcome
    found = dict(Customer.objects.of(Within(world.company.id)).values_list("code", "name"))
    assert found == {"C-1": "Here before", "UISP-2": "Client 2", "UISP-3": "Client 3"}


def test_what_only_the_database_refuses_costs_its_client_alone(world: World) -> None:
    outcome = carried(
        world,
        clients=[client(1), client(5, " "), client(6, "UISP-5"), client(7)],
        invoices=[bill(10, 1), bill(50, 5), bill(60, 6), bill(70, 7)],
    )
    assert outcome.code == 1
    assert codes(world) == {"client 6": "duplicate-client", "invoice 60": "blocked-by"}
    assert booked(world) == {"N-10", "N-50", "N-70"}


def test_a_payment_that_comes_later_settles_what_an_earlier_run_brought(world: World) -> None:
    carried(world, clients=[client(1)], invoices=[bill(10, 1)])
    cover = {"invoiceId": 10, "paymentId": 1, "amount": 100}
    later = carried(
        world,
        clients=[client(1)],
        invoices=[bill(10, 1, paid=100, paymentCovers=[cover])],
        payments=[money(1, 1, 100, (10, 100))],
    )
    assert later.code == 0, later
    assert Invoice.objects.of(Within(world.company.id)).get().status == "PAID"
    assert verify(company_code=world.company.code).broken == []


def test_money_that_was_changed_there_is_a_matter_for_a_person(world: World) -> None:
    carried(world, clients=[client(1)], invoices=[bill(10, 1)])
    changed = carried(world, clients=[client(1)], invoices=[bill(10, 1, 120)])
    assert changed.code == 1
    assert Invoice.objects.of(Within(world.company.id)).get().total_value == Decimal("100.00")
    assert "invoice 10" in codes(world)


def test_a_tax_stands_on_its_own_account_and_drafts_and_voids_come_without_vouchers(world: World) -> None:
    outcome = carried(
        world,
        clients=[client(1)],
        invoices=[bill(10, 1, 112, items=[{"type": "product", "label": "Router", "price": 100, "quantity": 1}],
                       taxes=[{"name": "VAT", "totalValue": 12}])],
    )  # fmt: skip
    assert outcome.code == 0, outcome
    (invoice,) = Invoice.objects.of(Within(world.company.id)).select_related("voucher")
    detail = world.get(f"/api/invoices/{invoice.id}/?expand=voucher", role=Role.ACCOUNTANT).body
    legs = {entry["role"]: (entry["debit"], entry["credit"]) for entry in detail["entries"]}
    assert legs == {
        "RECEIVABLE": ("112.00", "0.00"), "SALES": ("0.00", "100.00"), "OUTPUT_OTHER": ("0.00", "12.00"),
    }  # fmt: skip
