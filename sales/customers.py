"""Customers and salesmen whom documents name."""

from uuid import UUID

from erp.access import Actor
from erp.problems import NotFound
from sales.models import Customer, Salesman


def find_customer(actor: Actor, customer_id: UUID) -> Customer:
    """An active customer of the company. Raises NotFound for unknown and foreign ids alike."""
    customer = Customer.objects.of(actor).filter(id=customer_id, is_active=True).first()
    if customer is None:
        text = "Customer not found"
        raise NotFound(text, errors={"customer_id": [text]})
    return customer


def find_salesman(actor: Actor, salesman_id: UUID) -> Salesman:
    """An active salesman of the company. Raises NotFound."""
    salesman = Salesman.objects.of(actor).filter(id=salesman_id, is_active=True).first()
    if salesman is None:
        text = "Salesman not found"
        raise NotFound(text, errors={"salesman_id": [text]})
    return salesman


def default_salesman(actor: Actor, customer: Customer) -> Salesman | None:
    """Who sells to the customer unless a document says otherwise; nobody, when he is active no more."""
    if customer.salesman_id is None:
        return None
    return Salesman.objects.of(actor).filter(id=customer.salesman_id, is_active=True).first()


def printed_billing_address(customer: Customer) -> str:
    """The billing address as documents print it: the one kept here, else what the billing system sent."""
    if customer.billing_address:
        return customer.billing_address
    parts = [customer.address1, customer.address2, customer.address3, customer.area, customer.pincode]
    return ", ".join(part for part in parts if part)
