"""Making draft invoices of orders over HTTP, sold or bought."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.rights import Right
from invoices.api.bodies import BillBody, GenerationBody
from invoices.api.books import PATH, BillView
from invoices.api.books_operations import ENTER_BILL, GENERATE_BILL
from invoices.billing import bill_purchase
from invoices.invoicing import generate_from_order


class GenerateFromSalesOrderView(BillView):
    """POST: make a draft invoice of a sales order."""

    missing = "Sales order not found"
    rights: ClassVar = {"POST": Right.INVOICE_ORDERS}
    bodies: ClassVar = {"POST": GenerationBody}
    operations: ClassVar = {"POST": GENERATE_BILL}

    def post(self, request: Request, order_id: str) -> HttpResponse:
        options = self.body(GenerationBody).options()
        answer = generate_from_order.answer(
            self.terms(lambda made: self.drafted(made.id, options, made.warnings), status=201),
            order_id=self.path_id(order_id),
            options=options,
            actor=self.actor,
            today=self.today,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer, location=PATH)


class BillPurchaseOrderView(BillView):
    """POST: enter a supplier's bill of a purchase order, as a draft."""

    missing = "Purchase order not found"
    rights: ClassVar = {"POST": Right.ENTER_BILLS}
    bodies: ClassVar = {"POST": BillBody}
    operations: ClassVar = {"POST": ENTER_BILL}

    def post(self, request: Request, order_id: str) -> HttpResponse:
        body = self.body(BillBody)
        options = body.options()
        answer = bill_purchase.answer(
            self.terms(lambda invoice_id: self.drafted(invoice_id, options), status=201),
            order_id=self.path_id(order_id),
            bill=body.bill(),
            options=options,
            actor=self.actor,
            today=self.today,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer, location=PATH)
