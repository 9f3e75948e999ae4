"""Calls of the books' surface. Each company has one scene; a call that uses a row up makes one of its own."""

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounting.gst import gstin_check_character
from accounting.models import LedgerAccount
from companies.keying import issue_key
from companies.keys import NewKey
from companies.staffing import add_member
from companies.subscribing import NewEndpoint, create_webhook
from erp.locking import one_transaction
from erp.models import AuditEntry, Currency, Registration, WebhookDelivery, WebhookEndpoint
from erp.rights import Right, Role, Scope
from erp.webhooks.deliveries import fan_out
from inventory.models import StockDocument, Uom, Warehouse
from invoices.models import PaymentAllocation
from sales.enrolling import create_salesman
from tests.books.scene import DAY, Scene
from tests.builders import World, new_world
from tests.house.calling import Asker, Call, Ids
from tests.stream.relaying import number_everything

_numbers = itertools.count(1)
_scenes: dict[UUID, Scene] = {}
_kept: dict[tuple[UUID, Any], Ids] = {}


def scene_of(world: World) -> Scene:
    """The scene of the company, with stock enough for every call."""
    return _scenes.setdefault(world.company.id, Scene(world, stock=Decimal(100_000), value=Decimal(6_000_000)))


def once(make: Callable[[Scene], Ids]) -> Callable[[World], Ids]:
    """One row for all calls of a company, which leave it fit for the next."""

    def ids(world: World) -> Ids:
        known = world.company.id, make
        if known not in _kept:
            _kept[known] = make(scene_of(world))
        return _kept[known]

    return ids


def anew(make: Callable[[Scene], Ids]) -> Callable[[World], Ids]:
    """A row for each call, which uses it up."""
    return lambda world: make(scene_of(world))


def _draft_order(scene: Scene) -> Ids:
    return {"order_id": str(scene.draft_order().id)}


def _confirmed_order(scene: Scene) -> Ids:
    return {"order_id": str(scene.confirmed_order().id)}


def _begun_order(scene: Scene) -> Ids:
    return {"order_id": str(scene.begun_order().id)}


def _line(scene: Scene) -> Ids:
    order = scene.draft_order()
    return {"order_id": str(order.id), "line_id": str(scene.line_of(order))}


def _customer(scene: Scene) -> Ids:
    return {"customer_id": str(scene.customer.id)}


def _salesman(scene: Scene) -> Ids:
    salesman = create_salesman(name=f"Salesman {next(_numbers)}", actor=scene.actor, now=timezone.now())
    return {"salesman_id": str(salesman.id)}


def _item(scene: Scene) -> Ids:
    return {"item_id": str(scene.item().id)}


def _uom(scene: Scene) -> Ids:
    return {"uom_id": str(Uom.objects.of(scene.actor).get(code="PCS").id)}


def _warehouse(scene: Scene) -> Ids:
    return {"warehouse_id": str(Warehouse.objects.of(scene.actor).get(is_default=True).id)}


def _stock_document(scene: Scene) -> Ids:
    scene.item()
    return {"document_id": str(StockDocument.objects.of(scene.actor).earliest("id").id)}


def _by_hand_body(asker: Asker) -> Any:
    line = {"description": "Freight", "quantity": "1", "unit_rate": "90", "gst_rate": "18"}
    party = scene_of(asker.world).customer.id
    return {"invoice_type": "SALES", "party_id": party, "invoice_date": DAY, "lines": [line]}


def _draft_invoice(scene: Scene) -> Ids:
    return {"invoice_id": str(scene.draft_invoice())}


def _posted_invoice(scene: Scene) -> Ids:
    return {"invoice_id": str(scene.posted_invoice())}


def _draft_payment(scene: Scene) -> Ids:
    return {"payment_id": str(scene.draft_payment(Decimal(1)).id)}


def _planned(scene: Scene) -> Ids:
    payment = scene.draft_payment(Decimal(1), scene.posted_invoice())
    return {"payment_id": str(payment.id), "allocation_id": payment.planned[0]["id"]}


def _allocation(scene: Scene) -> Ids:
    payment = scene.payment(scene.posted_invoice(), Decimal(1))
    row = PaymentAllocation.objects.of(scene.actor).get(payment=payment)
    return {"payment_id": str(payment.id), "allocation_id": str(row.id)}


def _payment(scene: Scene) -> Ids:
    return {"payment_id": str(scene.payment(scene.posted_invoice(), Decimal(1)).id)}


def _credit_note(scene: Scene) -> Ids:
    return {"note_id": str(scene.credit_note(scene.posted_invoice()))}


def _draft_note(scene: Scene) -> Ids:
    return {"note_id": str(scene.credit_note(scene.posted_invoice(), post=False))}


def _open_credit(scene: Scene) -> Ids:
    """Of an invoice that is paid."""
    invoice = scene.posted_invoice()
    scene.payment(invoice, Decimal(1000))
    return {"note_id": str(scene.credit_note(invoice, quantity=Decimal(10)))}


def _account(scene: Scene) -> Ids:
    """The customer's, which is made when he is first sold to."""
    scene.posted_invoice()
    return {"account_id": str(LedgerAccount.objects.of(scene.actor).get(owner_id=scene.customer.id).id)}


def _voucher(scene: Scene) -> Ids:
    return {"voucher_id": str(scene.journal())}


def _open_year(scene: Scene) -> Ids:
    return {"year_id": str(scene.past_year(closed=False))}


def _closed_year(scene: Scene) -> Ids:
    return {"year_id": str(scene.past_year(closed=True))}


def _ended_registration(scene: Scene) -> Ids:
    """One that no document names, and not the default one."""
    row = Registration.unscoped.create(
        company=scene.world.company, state_code="29", gstin="29AAPFU0939F1ZR", valid_to=date(2019, 12, 31)
    )
    return {"registration_id": str(row.id)}


def _membership(scene: Scene) -> Ids:
    """Of somebody who asks for nothing."""
    guest = new_world().user(Role.VIEWER)
    added = add_member(user_email=guest.email, role=Role.PACKER, actor=scene.actor, now=timezone.now())
    return {"membership_id": str(added.id)}


def _guest_body(asker: Asker) -> Any:
    return {"user_email": new_world().user(Role.OWNER).email, "role": "VIEWER"}


def _api_key(scene: Scene) -> Ids:
    new = NewKey("Billing", [Scope.EVENTS_READ])
    return {"key_id": str(issue_key(new=new, actor=scene.actor, now=timezone.now()).row.id)}


def _audit_entry(world: World) -> Ids:
    assert world.import_invoice().status == 201
    return {"entry_id": str(AuditEntry.objects.of(world.key_actor).latest("id").id)}


def _webhook(scene: Scene) -> Ids:
    made = create_webhook(new=NewEndpoint("https://hooks.example/"), actor=scene.actor, now=timezone.now())
    return {"webhook_id": str(made.row.id)}


def _few_webhooks(world: World) -> Ids:
    """Nothing to name; those of earlier calls make room."""
    with one_transaction(company_id=world.company.id):
        WebhookEndpoint.unscoped.filter(company=world.company, url="https://hooks.example/").exclude(
            id__in=[ids["webhook_id"] for ids in _kept.values() if "webhook_id" in ids]
        ).update(removed_at=timezone.now())
    return {}


def _webhook_of_few(world: World) -> Ids:
    _few_webhooks(world)
    return _webhook(scene_of(world))


def _delivery(scene: Scene) -> Ids:
    """Of an event that the endpoint has looked at."""
    endpoint = UUID(_webhook(scene)["webhook_id"])
    assert scene.world.import_invoice().status == 201
    number_everything()
    with one_transaction(company_id=scene.world.company.id) as locks:
        fan_out(locks, endpoint_id=endpoint, types=["all"], now=timezone.now())
    delivery = WebhookDelivery.unscoped.filter(endpoint_id=endpoint).order_by("number")[0]
    return {"webhook_id": str(endpoint), "delivery_id": str(delivery.id)}


def _since_the_first(asker: Asker) -> Any:
    return {"after": f"invoices-{asker.world.company.id}:0"}


def _journal_body(asker: Asker) -> Any:
    lines = [{"account_code": "5100", "debit": "1"}, {"account_code": "1010", "credit": "1"}]
    return {"voucher_date": DAY, "narration": "Rent", "lines": lines}


def _order_body(asker: Asker) -> Any:
    scene = scene_of(asker.world)
    return {"customer_id": scene.customer.id, "order_date": DAY, "items": [{"item_id": scene.item().id, "quantity": "1"}]}


def _line_body(asker: Asker) -> Any:
    return {"item_id": scene_of(asker.world).item().id, "quantity": "1"}


def _opening_body(asker: Asker) -> Any:
    return {"kind": "OPENING", "date": DAY, "lines": [_line_body(asker) | {"unit_cost": "60"}]}


def _registration_body(asker: Asker) -> Any:
    first = "27AAPFU0939F1Z"
    return {"state_code": "MH", "gstin": first + gstin_check_character(first)}


_receivable = once(_posted_invoice)


def _payment_share_body(asker: Asker) -> Any:
    return {**_receivable(asker.world), "amount": "0.01"}


def _payment_body(asker: Asker) -> Any:
    return {**_receivable(asker.world), "amount": "0.01", "payment_date": DAY}


def _drafts_body(asker: Asker) -> Any:
    return {"invoice_ids": [scene_of(asker.world).draft_invoice()]}


def _applying_body(asker: Asker) -> Any:
    return {**_receivable(asker.world), "amount": "0.01"}


def _named(**members: Any) -> Callable[[Asker], Any]:
    """A body with texts that no other row has."""
    return lambda asker: {name: f"{text}{next(_numbers)}" for name, text in members.items()}


def _said(**members: Any) -> Callable[[Asker], Any]:
    return lambda asker: members


def _rate_body(asker: Asker) -> Any:
    """Of a day of its own."""
    Currency.objects.get_or_create(code="USD", defaults={"name": "US dollar"})
    day = DAY + timedelta(days=next(_numbers))
    return {"currency_id": "USD", "rate_date": day.isoformat(), "rate": "83.4567"}


CALLS: dict[tuple[str, str], Call] = {
    ("GET", "/api/companies/"): Call(),
    # Left to superusers.
    ("POST", "/api/companies/"): Call(403, body=_said(code="NEW", name="New")),
    ("GET", "/api/companies/{company_id}/"): Call(ids=lambda world: {"company_id": str(world.company.id)}),
    ("PATCH", "/api/companies/{company_id}/"): Call(
        ids=lambda world: {"company_id": str(world.company.id)}, body=_said(legal_name="Acme Traders Private Limited")
    ),
    ("POST", "/api/companies/switch/"): Call(body=lambda asker: {"company_id": asker.world.company.id}),
    ("GET", "/api/companies/registrations/"): Call(),
    ("POST", "/api/companies/registrations/"): Call(201, body=_registration_body),
    ("GET", "/api/companies/registrations/{registration_id}/"): Call(ids=once(_ended_registration)),
    ("PATCH", "/api/companies/registrations/{registration_id}/"): Call(
        ids=once(_ended_registration), body=_said(valid_to="2020-01-01")
    ),
    ("DELETE", "/api/companies/registrations/{registration_id}/"): Call(204, ids=anew(_ended_registration)),
    ("GET", "/api/companies/memberships/"): Call(),
    ("POST", "/api/companies/memberships/"): Call(201, body=_guest_body),
    ("GET", "/api/companies/memberships/{membership_id}/"): Call(ids=once(_membership)),
    ("PATCH", "/api/companies/memberships/{membership_id}/"): Call(ids=once(_membership), body=_said(role="PICKER")),
    ("GET", "/api/companies/audit/"): Call(),
    ("GET", "/api/companies/audit/{entry_id}/"): Call(ids=_audit_entry),
    ("GET", "/api/companies/api_keys/"): Call(),
    ("POST", "/api/companies/api_keys/"): Call(201, body=_said(name="Billing", scopes=["events:read"])),
    ("GET", "/api/companies/api_keys/{key_id}/"): Call(ids=once(_api_key)),
    ("POST", "/api/companies/api_keys/{key_id}/rotate/"): Call(201, ids=once(_api_key), body=_said(overlap_hours=1)),
    ("POST", "/api/companies/api_keys/{key_id}/revoke/"): Call(ids=anew(_api_key)),
    ("GET", "/api/companies/webhooks/"): Call(),
    ("POST", "/api/companies/webhooks/"): Call(201, ids=_few_webhooks, body=_said(url="https://hooks.example/")),
    ("GET", "/api/companies/webhooks/{webhook_id}/"): Call(ids=once(_webhook)),
    ("PATCH", "/api/companies/webhooks/{webhook_id}/"): Call(ids=once(_webhook), body=_said(is_active=False)),
    ("DELETE", "/api/companies/webhooks/{webhook_id}/"): Call(204, ids=_webhook_of_few),
    ("POST", "/api/companies/webhooks/{webhook_id}/rotate/"): Call(201, ids=once(_webhook), body=_said(overlap_hours=1)),
    ("POST", "/api/companies/webhooks/{webhook_id}/replay/"): Call(ids=once(_webhook), body=_since_the_first),
    ("GET", "/api/companies/webhooks/{webhook_id}/deliveries/"): Call(ids=once(_delivery)),
    ("POST", "/api/companies/webhooks/{webhook_id}/deliveries/{delivery_id}/replay/"): Call(ids=once(_delivery)),
    ("GET", "/api/companies/policies/"): Call(),
    ("PATCH", "/api/companies/policies/"): Call(body=lambda asker: {"credit_check": "warn"}),
    ("GET", "/api/companies/currencies/"): Call(),
    ("GET", "/api/orders/sales/"): Call(),
    ("POST", "/api/orders/sales/"): Call(201, body=_order_body),
    ("GET", "/api/orders/sales/{order_id}/"): Call(ids=once(_draft_order)),
    ("PATCH", "/api/orders/sales/{order_id}/"): Call(ids=once(_draft_order), body=_said(notes="n")),
    ("POST", "/api/orders/sales/{order_id}/add_item/"): Call(201, ids=once(_draft_order), body=_line_body),
    ("PATCH", "/api/orders/sales/{order_id}/items/{line_id}/"): Call(ids=once(_line), body=_said(quantity="2")),
    ("DELETE", "/api/orders/sales/{order_id}/items/{line_id}/"): Call(204, ids=anew(_line)),
    ("POST", "/api/orders/sales/{order_id}/confirm/"): Call(ids=anew(_draft_order)),
    ("POST", "/api/orders/sales/{order_id}/reserve/"): Call(ids=once(_confirmed_order)),
    ("POST", "/api/orders/sales/{order_id}/cancel/"): Call(ids=anew(_confirmed_order), body=_said(reason="r")),
    ("POST", "/api/orders/sales/{order_id}/close/"): Call(ids=anew(_begun_order), body=_said(reason="r")),
    ("GET", "/api/orders/customers/"): Call(),
    ("POST", "/api/orders/customers/"): Call(201, body=_named(name="Customer ")),
    ("GET", "/api/orders/customers/{customer_id}/"): Call(ids=once(_customer)),
    ("PATCH", "/api/orders/customers/{customer_id}/"): Call(ids=once(_customer), body=_named(name="Customer ")),
    ("GET", "/api/orders/customers/{customer_id}/credit/"): Call(ids=once(_customer)),
    ("GET", "/api/orders/salesmen/"): Call(),
    ("POST", "/api/orders/salesmen/"): Call(201, body=_named(name="Salesman ")),
    ("GET", "/api/orders/salesmen/{salesman_id}/"): Call(ids=once(_salesman)),
    ("PATCH", "/api/orders/salesmen/{salesman_id}/"): Call(ids=once(_salesman), body=_named(name="Salesman ")),
    ("GET", "/api/inventory/items/"): Call(),
    ("POST", "/api/inventory/items/"): Call(201, body=_named(sku="SKU-", name="Item ")),
    ("GET", "/api/inventory/items/{item_id}/"): Call(ids=once(_item)),
    ("PATCH", "/api/inventory/items/{item_id}/"): Call(ids=once(_item), body=_named(name="Item ")),
    ("GET", "/api/inventory/uoms/"): Call(),
    ("POST", "/api/inventory/uoms/"): Call(201, body=_named(code="U", name="Unit ")),
    ("GET", "/api/inventory/uoms/{uom_id}/"): Call(ids=once(_uom)),
    ("PATCH", "/api/inventory/uoms/{uom_id}/"): Call(ids=once(_uom), body=_named(name="Unit ")),
    ("GET", "/api/inventory/warehouses/"): Call(),
    ("POST", "/api/inventory/warehouses/"): Call(201, body=_named(code="W", name="Warehouse ")),
    ("GET", "/api/inventory/warehouses/{warehouse_id}/"): Call(ids=once(_warehouse)),
    ("PATCH", "/api/inventory/warehouses/{warehouse_id}/"): Call(ids=once(_warehouse), body=_named(name="Warehouse ")),
    ("POST", "/api/inventory/adjustments/"): Call(201, body=_opening_body, needs=Right.KEEP_BOOKS),
    ("GET", "/api/inventory/adjustments/"): Call(),
    ("GET", "/api/inventory/adjustments/{document_id}/"): Call(ids=once(_stock_document)),
    ("GET", "/api/inventory/stock/"): Call(),
    ("GET", "/api/invoices/"): Call(),
    ("POST", "/api/invoices/"): Call(201, body=_by_hand_body),
    ("GET", "/api/invoices/outstanding/"): Call(),
    ("GET", "/api/invoices/ageing/"): Call(),
    ("GET", "/api/invoices/gst_summary/"): Call(),
    ("POST", "/api/invoices/from_sales_order/{order_id}/"): Call(
        201, ids=anew(_confirmed_order), body=_said(invoice_date=DAY)
    ),
    ("GET", "/api/invoices/{invoice_id}/"): Call(ids=once(_posted_invoice)),
    ("PATCH", "/api/invoices/{invoice_id}/"): Call(ids=once(_posted_invoice), body=_said(notes="n")),
    ("POST", "/api/invoices/post_vouchers/"): Call(body=_drafts_body),
    ("POST", "/api/invoices/{invoice_id}/post_voucher/"): Call(ids=anew(_draft_invoice), body=_said()),
    ("POST", "/api/invoices/{invoice_id}/cancel/"): Call(ids=anew(_draft_invoice), body=_said(reason="r")),
    ("POST", "/api/invoices/{invoice_id}/reverse/"): Call(ids=anew(_posted_invoice), body=_said(reason="r")),
    ("POST", "/api/invoices/{invoice_id}/credit_note/"): Call(
        201, ids=anew(_posted_invoice), body=_said(credit_date=DAY, reason="SALES_RETURN")
    ),
    ("GET", "/api/invoices/credit_notes/"): Call(),
    ("GET", "/api/invoices/credit_notes/{note_id}/"): Call(ids=once(_credit_note)),
    ("POST", "/api/invoices/credit_notes/{note_id}/post_voucher/"): Call(ids=anew(_draft_note), body=_said()),
    ("POST", "/api/invoices/credit_notes/{note_id}/cancel/"): Call(ids=anew(_draft_note), body=_said(reason="r")),
    ("POST", "/api/invoices/credit_notes/{note_id}/apply/"): Call(201, ids=anew(_open_credit), body=_applying_body),
    ("GET", "/api/payments/"): Call(),
    ("POST", "/api/payments/"): Call(201, body=_payment_body),
    ("GET", "/api/payments/{payment_id}/"): Call(ids=once(_payment)),
    ("PATCH", "/api/payments/{payment_id}/"): Call(ids=anew(_draft_payment), body=_said(notes="n")),
    ("POST", "/api/payments/{payment_id}/post_voucher/"): Call(ids=anew(_draft_payment), body=_said()),
    ("POST", "/api/payments/{payment_id}/cancel/"): Call(ids=anew(_draft_payment), body=_said(reason="r")),
    ("POST", "/api/payments/{payment_id}/allocate/"): Call(201, ids=anew(_draft_payment), body=_payment_share_body),
    ("DELETE", "/api/payments/{payment_id}/allocations/{allocation_id}/"): Call(204, ids=anew(_planned)),
    ("POST", "/api/payments/{payment_id}/allocations/{allocation_id}/release/"): Call(
        201, ids=anew(_allocation), body=_said(reason="r")
    ),
    ("POST", "/api/payments/{payment_id}/reverse/"): Call(ids=anew(_payment), body=_said(reason="r")),
    ("GET", "/api/accounting/accounts/"): Call(),
    ("POST", "/api/accounting/accounts/"): Call(201, body=_said(code="5400", name="Freight inwards", type="EXPENSE")),
    ("PATCH", "/api/accounting/accounts/{account_id}/"): Call(ids=once(_account), body=_said(name="Another name")),
    ("GET", "/api/accounting/accounts/{account_id}/"): Call(ids=once(_account)),
    ("GET", "/api/accounting/accounts/{account_id}/statement/"): Call(
        ids=once(_account), not_for=frozenset({Role.PURCHASE_MANAGER})
    ),
    ("GET", "/api/accounting/vouchers/"): Call(),
    ("POST", "/api/accounting/vouchers/"): Call(201, body=_journal_body),
    ("GET", "/api/accounting/vouchers/{voucher_id}/"): Call(ids=once(_voucher)),
    ("POST", "/api/accounting/vouchers/{voucher_id}/reverse/"): Call(ids=anew(_voucher), body=_said(reason="r")),
    ("GET", "/api/accounting/exchange_rates/"): Call(),
    ("POST", "/api/accounting/exchange_rates/"): Call(201, body=_rate_body),
    ("POST", "/api/accounting/currency_revaluation/"): Call(201, body=_said(as_of="2025-12-31")),
    ("GET", "/api/accounting/fiscal_years/"): Call(),
    ("POST", "/api/accounting/fiscal_years/{year_id}/close/"): Call(ids=anew(_open_year)),
    ("POST", "/api/accounting/fiscal_years/{year_id}/reopen/"): Call(ids=anew(_closed_year)),
    ("GET", "/api/accounting/locks/"): Call(),
    ("PATCH", "/api/accounting/locks/"): Call(body=_said(soft_lock_date=None)),
    ("GET", "/api/accounting/trial_balance/"): Call(),
    ("GET", "/api/accounting/profit_and_loss/"): Call(),
    ("GET", "/api/accounting/balance_sheet/"): Call(),
}
