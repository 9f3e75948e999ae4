"""Suppliers over HTTP: ``/api/purchasing/suppliers/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from accounting.parties import PartyPayload
from erp.api.resources import ResourceView
from erp.bodies import given, sent
from erp.rights import Right
from purchasing.api.bodies import SupplierBody, SupplierPatch
from purchasing.api.filters import SupplierFilter
from purchasing.api.operations import CHANGE_SUPPLIER, CREATE_SUPPLIER, GET_SUPPLIER, LIST_SUPPLIERS
from purchasing.enrolling import NewSupplier, change_supplier, create_supplier
from purchasing.models import Supplier
from purchasing.queries import read_supplier, show_suppliers


class SupplierView(ResourceView):
    """What the views of a supplier share."""

    missing = "Supplier not found"

    def shown(self, supplier: Supplier) -> PartyPayload:
        return show_suppliers(self.actor, [supplier])[0]


class SupplierListView(SupplierView):
    """GET the suppliers, newest first; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_SUPPLIERS}
    bodies: ClassVar = {"POST": SupplierBody}
    operations: ClassVar = {"GET": LIST_SUPPLIERS, "POST": CREATE_SUPPLIER}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            Supplier.objects.of(self.actor), lambda rows: show_suppliers(self.actor, rows), filters=SupplierFilter
        )

    def post(self, request: Request) -> HttpResponse:
        draft = NewSupplier(**given(self.body(SupplierBody)))
        answer = create_supplier.answer(self.terms(self.shown, status=201), draft=draft, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/purchasing/suppliers/")


class SupplierDetailView(SupplierView):
    """GET a supplier; PATCH him. There is no DELETE: documents name him."""

    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.KEEP_SUPPLIERS}
    bodies: ClassVar = {"PATCH": SupplierPatch}
    operations: ClassVar = {"GET": GET_SUPPLIER, "PATCH": CHANGE_SUPPLIER}

    def get(self, request: Request, supplier_id: str) -> HttpResponse:
        wanted = self.path_id(supplier_id)
        return self.found(lambda: read_supplier(self.actor, wanted))

    def patch(self, request: Request, supplier_id: str) -> HttpResponse:
        changes = sent(self.body(SupplierPatch))
        answer = change_supplier.answer(
            self.terms(self.shown),
            supplier_id=self.path_id(supplier_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
