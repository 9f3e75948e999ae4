"""Purchase orders over HTTP: ``/api/purchasing/orders/``."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.resources import ResourceView
from erp.bodies import EmptyBody, given, sent
from erp.performing import UseCase
from erp.rights import Right
from purchasing.api.bodies import EndPurchaseBody, PurchaseBody, PurchaseLineBody, PurchaseLinePatch, PurchasePatch
from purchasing.api.filters import PurchaseFilter
from purchasing.api.operations import (
    ADD_PURCHASE_ITEM,
    CANCEL_PURCHASE,
    CHANGE_PURCHASE,
    CHANGE_PURCHASE_LINE,
    CLOSE_PURCHASE,
    CONFIRM_PURCHASE,
    CREATE_PURCHASE,
    GET_PURCHASE,
    LIST_PURCHASES,
    REMOVE_PURCHASE_LINE,
)
from purchasing.drafting import add_line, change_line, change_purchase, remove_line
from purchasing.models import PurchaseOrder, PurchaseOrderLine
from purchasing.ordering import Confirmed, NewPurchase, cancel_purchase, close_purchase, confirm_purchase, create_purchase
from purchasing.payloads import PurchaseActPayload, PurchaseLinePayload, PurchasePayload
from purchasing.queries import purchase_orders, read_purchase, show_purchase, show_purchase_line, show_purchases

PATH = "/api/purchasing/orders/"


class PurchaseView(ResourceView):
    """What the views of a purchase order share."""

    missing = "Purchase order not found"

    def shown(self, order: PurchaseOrder) -> PurchasePayload:
        return show_purchase(self.actor, order.id)

    def shown_line(self, line: PurchaseOrderLine) -> PurchaseLinePayload:
        return show_purchase_line(self.actor, line)


class PurchaseListView(PurchaseView):
    """GET the purchase orders, newest first; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.ORDER_GOODS}
    bodies: ClassVar = {"POST": PurchaseBody}
    operations: ClassVar = {"GET": LIST_PURCHASES, "POST": CREATE_PURCHASE}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            purchase_orders(self.actor),
            lambda rows: show_purchases(self.actor, rows),
            filters=PurchaseFilter,
            columns=("order_date", "id"),
        )

    def post(self, request: Request) -> HttpResponse:
        members = given(self.body(PurchaseBody))
        currency, lines = members.pop("currency_id", None), [body.line() for body in members.pop("items")]
        members.setdefault("order_date", self.today)
        draft = NewPurchase(**members, currency=currency, lines=lines)
        answer = create_purchase.answer(self.terms(self.shown, status=201), draft=draft, actor=self.actor, now=self.now)
        return self.respond(answer, location=PATH)


class PurchaseDetailView(PurchaseView):
    """GET a whole purchase order; PATCH it."""

    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.ORDER_GOODS}
    bodies: ClassVar = {"PATCH": PurchasePatch}
    operations: ClassVar = {"GET": GET_PURCHASE, "PATCH": CHANGE_PURCHASE}

    def get(self, request: Request, order_id: str) -> HttpResponse:
        wanted = self.path_id(order_id)
        return self.found(lambda: read_purchase(self.actor, wanted))

    def patch(self, request: Request, order_id: str) -> HttpResponse:
        changes = sent(self.body(PurchasePatch))
        answer = change_purchase.answer(
            self.terms(self.shown),
            order_id=self.path_id(order_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class AddPurchaseItemView(PurchaseView):
    """POST a line to a DRAFT purchase order."""

    rights: ClassVar = {"POST": Right.ORDER_GOODS}
    bodies: ClassVar = {"POST": PurchaseLineBody}
    operations: ClassVar = {"POST": ADD_PURCHASE_ITEM}

    def post(self, request: Request, order_id: str) -> HttpResponse:
        wanted, line = self.path_id(order_id), self.body(PurchaseLineBody).line()
        answer = add_line.answer(
            self.terms(self.shown_line, status=201),
            order_id=wanted,
            line=line,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer, location=f"{PATH}{wanted}/items/")


class PurchaseLineView(PurchaseView):
    """PATCH a line of a DRAFT purchase order, or DELETE it."""

    rights: ClassVar = {"PATCH": Right.ORDER_GOODS, "DELETE": Right.ORDER_GOODS}
    bodies: ClassVar = {"PATCH": PurchaseLinePatch}
    operations: ClassVar = {"PATCH": CHANGE_PURCHASE_LINE, "DELETE": REMOVE_PURCHASE_LINE}

    def patch(self, request: Request, order_id: str, line_id: str) -> HttpResponse:
        changes = sent(self.body(PurchaseLinePatch))
        answer = change_line.answer(
            self.terms(self.shown_line),
            order_id=self.path_id(order_id),
            line_id=self._line_id(line_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)

    def delete(self, request: Request, order_id: str, line_id: str) -> HttpResponse:
        self.body(EmptyBody)
        answer = remove_line.answer(
            self.terms(lambda _: None, status=204),
            order_id=self.path_id(order_id),
            line_id=self._line_id(line_id),
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)

    def _line_id(self, text: str) -> UUID:
        return self.path_id(text, missing="Order line not found")


class ConfirmPurchaseView(PurchaseView):
    """POST: confirm a DRAFT purchase order."""

    rights: ClassVar = {"POST": Right.ORDER_GOODS}
    operations: ClassVar = {"POST": CONFIRM_PURCHASE}

    def post(self, request: Request, order_id: str) -> HttpResponse:
        self.body(EmptyBody)
        answer = confirm_purchase.answer(
            self.terms(self._told),
            order_id=self.path_id(order_id),
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)

    def _told(self, confirmed: Confirmed) -> PurchaseActPayload:
        message = "Order already confirmed" if confirmed.already else "Order confirmed successfully"
        return PurchaseActPayload(order=self.shown(confirmed.order), message=message)


class EndPurchaseView(PurchaseView):
    """POST: end a purchase order, for a reason."""

    rights: ClassVar = {"POST": Right.ORDER_GOODS}
    bodies: ClassVar = {"POST": EndPurchaseBody}
    end: ClassVar[UseCase[..., PurchaseOrder]]
    message: ClassVar[str]

    def post(self, request: Request, order_id: str) -> HttpResponse:
        body = self.body(EndPurchaseBody)
        answer = self.end.answer(
            self.terms(lambda order: PurchaseActPayload(order=self.shown(order), message=self.message)),
            order_id=self.path_id(order_id),
            reason=body.reason or "",
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class CancelPurchaseView(EndPurchaseView):
    """POST: cancel a purchase order of which nothing has come or is billed."""

    operations: ClassVar = {"POST": CANCEL_PURCHASE}
    end = cancel_purchase
    message = "Order cancelled"


class ClosePurchaseView(EndPurchaseView):
    """POST: give up what is left of a purchase order that has begun."""

    operations: ClassVar = {"POST": CLOSE_PURCHASE}
    end = close_purchase
    message = "Order closed"
