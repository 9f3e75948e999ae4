"""Reading how customers and clients belong together."""

from collections.abc import Sequence

from connectors.invoice_ninja.translation import RemoteClient
from connectors.models import Connection, ExternalRef
from connectors.payloads import CandidatePayload
from connectors.states import Entity
from erp.access import Actor


def show_candidates(actor: Actor, connection: Connection, clients: Sequence[RemoteClient]) -> list[CandidatePayload]:
    """The clients, each with the customer who he is already."""
    refs = ExternalRef.objects.of(actor).filter(
        connection=connection, entity=Entity.CLIENT.value, external_id__in=[one.external_id for one in clients]
    )
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
