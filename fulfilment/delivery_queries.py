"""Reading deliveries: what has to be considered, who may drive, who carried what before."""

from django.db.models import Q, QuerySet

from erp.access import Actor, having
from erp.models import Membership
from erp.rights import Right
from fulfilment.models import CourierChange, DeliverySession
from fulfilment.status import DeliveryType
from invoices.models import Invoice
from invoices.queries import sales_invoices
from invoices.status import DeliveryStatus


def to_consider(actor: Actor, *, delivery_types: list[DeliveryType]) -> QuerySet[Invoice]:
    """Invoices that wait for their driver or for the courier's slip; of these types, or of any."""
    return sales_invoices(actor).filter(id__in=_considered(actor, delivery_types).values("invoice_id"))


def _considered(actor: Actor, delivery_types: list[DeliveryType]) -> QuerySet[DeliverySession]:
    rows = DeliverySession.objects.of(actor).filter(status=DeliveryStatus.TO_CONSIDER.value, ended_at=None)
    return rows.filter(delivery_type__in=[kind.value for kind in delivery_types]) if delivery_types else rows


def considered_by_person(actor: Actor, text: str) -> Q:
    """The person who is to deliver, or who comes for the goods, is called like this."""
    person = Q()
    for column in ("worker_name", "worker_email", "pickup_person_name", "courier_name"):
        person |= Q(**{f"{column}__icontains": text})
    return Q(id__in=_considered(actor, []).filter(person).values("invoice_id"))


def drivers(actor: Actor) -> list[Membership]:
    """Members who may take goods out, by their role or a granted menu, by name; at most 5,000."""
    members = Membership.objects.of(actor).filter(having(Right.DELIVER), is_active=True, user__is_active=True)
    return list(members.select_related("user").order_by("user__name", "user__email")[:5_000])


def courier_changes(actor: Actor, invoice_no: str) -> list[CourierChange]:
    """Who carried the parcels of the invoice before, the latest change first."""
    rows = CourierChange.objects.of(actor).filter(session__invoice__invoice_no=invoice_no)
    return list(rows.select_related("session__invoice").order_by("-serial")[:1_000])
