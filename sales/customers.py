"""Customers as parties of documents."""

from uuid import UUID

from erp.access import Actor
from erp.problems import NotFound
from sales.models import Customer


def find_customer(actor: Actor, customer_id: UUID) -> Customer:
    """An active customer of the company. Raises NotFound for unknown and foreign ids alike."""
    customer = Customer.objects.of(actor).filter(id=customer_id, is_active=True).first()
    if customer is None:
        raise NotFound("Customer not found.")
    return customer


def printed_billing_address(customer: Customer) -> str:
    """The billing address as documents print it: the one kept here, else what the billing system sent."""
    if customer.billing_address:
        return customer.billing_address
    parts = [customer.address1, customer.address2, customer.address3, customer.area, customer.pincode]
    return ", ".join(part for part in parts if part)
