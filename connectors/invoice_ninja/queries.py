"""Reading how customers and clients belong together."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from connectors.invoice_ninja.access import connection_of, is_off
from connectors.invoice_ninja.clients import client_refs
from connectors.invoice_ninja.payloads import SitePayload, site_payload
from connectors.invoice_ninja.translation import RemoteClient
from connectors.models import Connection, Site
from connectors.payloads import CandidatePayload
from erp.access import Actor


def show_candidates(actor: Actor, connection: Connection, clients: Sequence[RemoteClient]) -> list[CandidatePayload]:
    """The clients, each with the customer who he is already."""
    refs = client_refs(actor, connection).filter(external_id__in=[one.external_id for one in clients])
    customers = dict(refs.values_list("external_id", "customer_id"))
    return [
        CandidatePayload(
            external_id=one.external_id,
            name=one.name,
            number=one.number,
            id_number=one.id_number,
            email=one.email,
            phone=one.phone,
            city=one.city,
            customer=customers.get(one.external_id),
        )
        for one in clients
    ]


def show_sites(actor: Actor, sites: Iterable[Site], *, now: datetime, today: date) -> list[SitePayload]:
    """The sites, read with their customers, each with how he stands; from the copies, asking nobody."""
    rows = list(sites)
    connection = connection_of(actor)
    if connection is None or is_off(connection):
        return [site_payload(row, None, None, now=now, today=today) for row in rows]
    refs = client_refs(actor, connection).filter(customer_id__in={row.customer_id for row in rows})
    by_customer = {ref.customer_id: ref for ref in refs.only("customer_id", "external_id", "data", "fetched_at")}
    return [site_payload(row, connection, by_customer.get(row.customer_id), now=now, today=today) for row in rows]
