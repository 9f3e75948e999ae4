"""Customers and salesmen over HTTP: ``/api/orders/customers/`` and ``/api/orders/salesmen/``."""

from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from accounting.parties import PartyPayload
from erp.api.resources import ResourceView
from erp.bodies import given, sent
from erp.rights import Right
from sales.api.bodies import CustomerBody, CustomerPatch, SalesmanBody, SalesmanPatch
from sales.api.filters import CustomerFilter, SalesmanFilter
from sales.api.operations import (
    CHANGE_CUSTOMER,
    CHANGE_SALESMAN,
    CREATE_CUSTOMER,
    CREATE_SALESMAN,
    GET_CREDIT,
    GET_CUSTOMER,
    GET_SALESMAN,
    LIST_CUSTOMERS,
    LIST_SALESMEN,
)
from sales.enrolling import NewCustomer, change_customer, change_salesman, create_customer, create_salesman
from sales.models import Customer, Salesman
from sales.payloads import salesman_payload
from sales.queries import read_credit, read_customer, read_salesman, show_customers


def _columns(members: dict[str, Any]) -> dict[str, Any]:
    """The contract's `phone` is the first of the two that the billing systems send."""
    return {"phone1" if name == "phone" else name: value for name, value in members.items()}


class CustomerView(ResourceView):
    """What the views of a customer share."""

    missing = "Customer not found"

    def shown(self, customer: Customer) -> PartyPayload:
        return show_customers(self.actor, [customer])[0]


class CustomerListView(CustomerView):
    """GET the customers, newest first; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.TAKE_ORDERS}
    bodies: ClassVar = {"POST": CustomerBody}
    operations: ClassVar = {"GET": LIST_CUSTOMERS, "POST": CREATE_CUSTOMER}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            Customer.objects.of(self.actor), lambda rows: show_customers(self.actor, rows), filters=CustomerFilter
        )

    def post(self, request: Request) -> HttpResponse:
        draft = NewCustomer(**_columns(given(self.body(CustomerBody))))
        answer = create_customer.answer(self.terms(self.shown, status=201), draft=draft, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/orders/customers/")


class CustomerDetailView(CustomerView):
    """GET a customer; PATCH him. There is no DELETE: documents name him."""

    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.TAKE_ORDERS}
    bodies: ClassVar = {"PATCH": CustomerPatch}
    operations: ClassVar = {"GET": GET_CUSTOMER, "PATCH": CHANGE_CUSTOMER}

    def get(self, request: Request, customer_id: str) -> HttpResponse:
        wanted = self.path_id(customer_id)
        return self.found(lambda: read_customer(self.actor, wanted))

    def patch(self, request: Request, customer_id: str) -> HttpResponse:
        changes = _columns(sent(self.body(CustomerPatch)))
        answer = change_customer.answer(
            self.terms(self.shown),
            customer_id=self.path_id(customer_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class CustomerCreditView(CustomerView):
    """GET how much more a customer may order."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": GET_CREDIT}

    def get(self, request: Request, customer_id: str) -> HttpResponse:
        wanted = self.path_id(customer_id)
        return self.found(lambda: read_credit(self.actor, wanted))


class SalesmanListView(ResourceView):
    """GET the salesmen, newest first; POST a new one."""

    missing = "Salesman not found"
    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_SALESMEN}
    bodies: ClassVar = {"POST": SalesmanBody}
    operations: ClassVar = {"GET": LIST_SALESMEN, "POST": CREATE_SALESMAN}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(Salesman.objects.of(self.actor), lambda rows: map(salesman_payload, rows), filters=SalesmanFilter)

    def post(self, request: Request) -> HttpResponse:
        members = given(self.body(SalesmanBody))
        answer = create_salesman.answer(self.terms(salesman_payload, status=201), **members, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/orders/salesmen/")


class SalesmanDetailView(ResourceView):
    """GET a salesman; PATCH him."""

    missing = "Salesman not found"
    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.KEEP_SALESMEN}
    bodies: ClassVar = {"PATCH": SalesmanPatch}
    operations: ClassVar = {"GET": GET_SALESMAN, "PATCH": CHANGE_SALESMAN}

    def get(self, request: Request, salesman_id: str) -> HttpResponse:
        wanted = self.path_id(salesman_id)
        return self.found(lambda: read_salesman(self.actor, wanted))

    def patch(self, request: Request, salesman_id: str) -> HttpResponse:
        changes = sent(self.body(SalesmanPatch))
        answer = change_salesman.answer(
            self.terms(salesman_payload),
            salesman_id=self.path_id(salesman_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
