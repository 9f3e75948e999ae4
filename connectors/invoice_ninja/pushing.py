"""Making customers known there who are not yet: looked for first, made only when nobody is found, linked in any case."""

from uuid import UUID

from connectors.foreign_rows import Row
from connectors.invoice_ninja.access import client_for
from connectors.invoice_ninja.client import NinjaClient
from connectors.invoice_ninja.clients import client_refs, ref_of_customer
from connectors.invoice_ninja.linking import MISSING
from connectors.invoice_ninja.remote import Fetched, fetch_with, kept, read_client
from connectors.models import Connection
from connectors.problems import AlreadyLinked, SeveralMatches
from erp.access import Actor
from erp.locking import one_transaction
from erp.problems import NotFound
from sales.models import Customer

UNMADE = "new"
"""The id that a dry run shows of a client who would be made."""


def made_known(connection: Connection, customer_id: UUID, *, actor: Actor, dry_run: bool = False) -> Fetched:
    """The client who the customer is there: by id number, which is his code, else by e-mail, else made. To be linked next.

    Whoever stops in between finds him by his code the next time. A dry run makes nobody. Raises NotFound, AlreadyLinked,
    SeveralMatches, and as `client_for` and `Transport`.
    """
    customer = _unlinked(connection, customer_id, actor)
    with client_for(connection, patient=False) as ninja:
        found = ninja.clients_by_id_number(customer.code) or _by_email(connection, ninja, customer, actor)
        if len(found) > 1:
            clients = [{"external_id": str(row["id"]), "name": str(row.get("name", ""))} for row in found[:10]]
            raise SeveralMatches(f"{len(found)} clients there may be {customer.code}.", data={"clients": clients})
        if found:
            row = found[0]
        elif dry_run:
            client = read_client(_unmade(customer))
            return Fetched(client, kept(client, _unmade(customer), [], ""))
        else:
            row = ninja.make_client(body_of(customer))
        return fetch_with(connection, ninja, row, read_client(row))


def body_of(customer: Customer) -> dict[str, object]:
    """A client as he is made there. `id_number` is our code: how he is found again, and why he is made once."""
    contact = {"first_name": customer.name, "email": customer.email, "phone": customer.phone1}
    return {
        "name": customer.name,
        "id_number": customer.code,
        "vat_number": customer.gstin,
        "phone": customer.phone1,
        "address1": customer.address1,
        "address2": customer.address2,
        "city": customer.area,
        "postal_code": customer.pincode,
        "contacts": [contact],
    }


def _unmade(customer: Customer) -> Row:
    return {**body_of(customer), "id": UNMADE, "balance": 0, "paid_to_date": 0, "credit_balance": 0}


def _unlinked(connection: Connection, customer_id: UUID, actor: Actor) -> Customer:
    with one_transaction(company_id=actor.company_id) as locks:
        customer = Customer.objects.of(locks).filter(id=customer_id).first()
        if customer is None:
            raise NotFound(MISSING)
        if ref_of_customer(locks, connection, customer.id) is not None:
            raise AlreadyLinked(f"Customer {customer.code} is linked already.")
        return customer


def _by_email(connection: Connection, ninja: NinjaClient, customer: Customer, actor: Actor) -> list[Row]:
    """Clients with his e-mail whom nobody else here is, and who have no id number: with one they would be somebody else."""
    if not customer.email:
        return []
    rows = [row for row in ninja.clients_by_email(customer.email) if not row.get("id_number")]
    with one_transaction(company_id=actor.company_id) as locks:
        refs = client_refs(locks, connection)
        taken = set(refs.filter(external_id__in=[str(row["id"]) for row in rows]).values_list("external_id", flat=True))
    return [row for row in rows if row["id"] not in taken]
