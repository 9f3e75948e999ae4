"""Reading orders, customers and salesmen as they are shown. A fixed number of queries, whatever the number of rows."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, QuerySet

from accounting.entries import party_balances
from accounting.kinds import AccountRole
from accounting.parties import PartyPayload
from erp.access import Actor
from erp.spelling import amount_text
from inventory.models import Reservation
from inventory.statements import ORDER_LINE
from sales.exposures import exposure_of
from sales.models import Customer, Salesman, SalesOrder, SalesOrderLine
from sales.orders import lines_of
from sales.payloads import (
    CreditPayload,
    OrderLinePayload,
    OrderPayload,
    OrderRowPayload,
    SalesmanRowPayload,
    order_line_payload,
    order_payload,
    order_row_payload,
    party_payload,
    salesman_payload,
)


def sales_orders(actor: Actor) -> QuerySet[SalesOrder]:
    """The company's orders with what their rows show."""
    return SalesOrder.objects.of(actor).select_related("customer", "currency")


def show_orders(actor: Actor, orders: Sequence[SalesOrder]) -> list[OrderRowPayload]:
    """Orders of a list, with the number of their lines."""
    lines = SalesOrderLine.objects.of(actor).filter(order_id__in=[order.id for order in orders])
    counts = dict(lines.values("order_id").annotate(count=Count("id")).values_list("order_id", "count"))
    return [order_row_payload(order, counts.get(order.id, 0)) for order in orders]


def read_order(actor: Actor, order_id: UUID) -> OrderPayload | None:
    """A whole order; None for what does not exist or belongs to others."""
    order = sales_orders(actor).filter(id=order_id).first()
    if order is None:
        return None
    lines = lines_of(order)
    return order_payload(order, lines, _reserved(actor, [line.id for line in lines]))


def show_order(actor: Actor, order_id: UUID) -> OrderPayload:
    """A whole order that the running transaction has written."""
    shown = read_order(actor, order_id)
    assert shown is not None, "the use case has just written it"
    return shown


def show_order_line(actor: Actor, line: SalesOrderLine) -> OrderLinePayload:
    """A line, as the running transaction has written it."""
    written = SalesOrderLine.objects.of(actor).select_related("item", "uom").get(id=line.id)
    return order_line_payload(written, _reserved(actor, [line.id]).get(line.id, Decimal(0)))


def _reserved(actor: Actor, line_ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    rows = Reservation.objects.of(actor).filter(source_kind=ORDER_LINE, source_id__in=line_ids)
    return dict(rows.values_list("source_id", "quantity"))


def show_customers(actor: Actor, customers: Sequence[Customer]) -> list[PartyPayload]:
    """Customers as parties, with what each owes."""
    balances = party_balances(actor.company_id, AccountRole.RECEIVABLE, [customer.id for customer in customers])
    code = actor.company.base_currency.code
    return [party_payload(one, balance=balances[one.id], currency_code=code) for one in customers]


def read_customer(actor: Actor, customer_id: UUID) -> PartyPayload | None:
    """A customer as a party; None for what does not exist or belongs to others."""
    customer = Customer.objects.of(actor).filter(id=customer_id).first()
    return None if customer is None else show_customers(actor, [customer])[0]


def read_credit(actor: Actor, customer_id: UUID) -> CreditPayload | None:
    """How much more a customer may order, in base currency."""
    customer = Customer.objects.of(actor).filter(id=customer_id).first()
    if customer is None:
        return None
    exposure = exposure_of(actor, customer.id)
    return CreditPayload(
        credit_limit=amount_text(customer.credit_limit),
        exposure=amount_text(exposure),
        available=amount_text(customer.credit_limit - exposure) if customer.credit_limit else None,
        on_hold=customer.credit_hold,
    )


def read_salesman(actor: Actor, salesman_id: UUID) -> SalesmanRowPayload | None:
    salesman = Salesman.objects.of(actor).filter(id=salesman_id).first()
    return None if salesman is None else salesman_payload(salesman)
