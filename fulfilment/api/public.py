"""What anybody who knows its number may see of an invoice, where that is switched on.

``/api/sales/packing/invoice-public/{no}/``
"""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from msgspec import Struct
from rest_framework.request import Request

from erp.access import default_company
from erp.api.contracts import Operation, Parameter, Reply
from erp.api.throttling import Throttle
from erp.api.views import client_address
from erp.locking import set_company
from erp.models import Within
from erp.money import plain
from erp.problems import Throttled
from erp.rights import Right
from fulfilment.api.envelopes import WarehouseView
from fulfilment.api.operations import enveloped
from fulfilment.scenes import InvoiceNotFound
from invoices.content import InvoiceContent
from invoices.queries import find_invoice_numbered

THROTTLE = Throttle(at_most=30, within_s=60)


class PublicItem(Struct, kw_only=True):
    item_name: str
    item_code: str
    quantity: Decimal | int


class PublicInvoice(Struct, kw_only=True):
    """No id, no price of a line, no e-mail address: what stands on the parcel anyway."""

    invoice_no: str
    invoice_date: str
    customer_name: str
    customer_address: str
    customer_phone: str
    status: str
    total: str
    temp_name: str
    items: list[PublicItem]


def public_invoice(content: InvoiceContent) -> PublicInvoice:
    customer = content.customer
    lines = (customer.address1, customer.address2, customer.address3, customer.pincode)
    return PublicInvoice(
        invoice_no=content.invoice_no,
        invoice_date=content.invoice_date.isoformat(),
        customer_name=customer.name,
        customer_address=", ".join(line for line in lines if line),
        customer_phone=customer.phone1 or customer.phone2,
        status=content.fulfilment_status,
        total=f"{content.total_value:.2f}",
        temp_name=content.temp_name,
        items=[
            PublicItem(item_name=item.name, item_code=item.item_code, quantity=plain(item.quantity))
            for item in content.items
        ],
    )


class PublicInvoiceView(WarehouseView):
    """GET an invoice of the default company without a login."""

    message = "Invoice"
    rights: ClassVar = {"GET": Right.ANYONE}
    operations: ClassVar = {
        "GET": Operation(
            name="show_public_invoice",
            summary="An invoice of the default company, to whoever knows its number; off unless PUBLIC_INVOICE_PAGE is set.",
            replies={200: Reply("The invoice.", enveloped("PublicAnswer", PublicInvoice))},
            refusals=(InvoiceNotFound, Throttled),
            parameters=(Parameter("invoice_no", "Number of the invoice; it runs to the end of the path.", place="path"),),
        )
    }

    def get(self, request: Request, invoice_no: str) -> HttpResponse:
        if not settings.PUBLIC_INVOICE_PAGE:
            raise InvoiceNotFound
        THROTTLE.refuse_beyond(client_address(request._request))
        company = default_company()
        if company is None:
            raise InvoiceNotFound
        with transaction.atomic():
            set_company(company.id)
            content = find_invoice_numbered(Within(company.id), invoice_no)
        if content is None:
            raise InvoiceNotFound
        return self.respond(self.enveloped(public_invoice(content)))
