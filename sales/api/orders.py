"""Sales orders over HTTP: ``/api/orders/sales/``."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.resources import ResourceView
from erp.bodies import EmptyBody, given, read_lines, sent
from erp.performing import UseCase
from erp.rights import Right
from sales.api.bodies import LineBody, LinePatch, OrderBody, OrderPatch, ReasonBody
from sales.api.filters import OrderFilter
from sales.api.operations import (
    ADD_ORDER_ITEM,
    CANCEL_ORDER,
    CHANGE_ORDER,
    CHANGE_ORDER_LINE,
    CLOSE_ORDER,
    CONFIRM_ORDER,
    CREATE_ORDER,
    GET_ORDER,
    LIST_ORDERS,
    REMOVE_ORDER_LINE,
    RESERVE_ORDER,
)
from sales.drafting import add_item, change_line, change_order, remove_line
from sales.models import SalesOrder, SalesOrderLine
from sales.ordering import Confirmed, NewOrder, cancel_order, close_order, confirm_order, create_order, reserve_order
from sales.payloads import OrderActPayload, OrderLinePayload, OrderPayload
from sales.queries import read_order, sales_orders, show_order, show_order_line, show_orders

PATH = "/api/orders/sales/"


class OrderView(ResourceView):
    """What the views of an order share."""

    missing = "Sales order not found"

    def shown(self, order: SalesOrder) -> OrderPayload:
        return show_order(self.actor, order.id)

    def shown_line(self, line: SalesOrderLine) -> OrderLinePayload:
        return show_order_line(self.actor, line)


class OrderListView(OrderView):
    """GET the orders, newest first; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.TAKE_ORDERS}
    bodies: ClassVar = {"POST": OrderBody}
    operations: ClassVar = {"GET": LIST_ORDERS, "POST": CREATE_ORDER}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            sales_orders(self.actor),
            lambda rows: show_orders(self.actor, rows),
            filters=OrderFilter,
            columns=("order_date", "id"),
        )

    def post(self, request: Request) -> HttpResponse:
        draft = self._draft(self.body(OrderBody))
        answer = create_order.answer(self.terms(self.shown, status=201), draft=draft, actor=self.actor, now=self.now)
        return self.respond(answer, location=PATH)

    def _draft(self, body: OrderBody) -> NewOrder:
        members = given(body)
        currency, lines = members.pop("currency_id", None), members.pop("items")
        members.setdefault("order_date", self.today)
        return NewOrder(**members, currency=currency, lines=read_lines(lines, LineBody.line, member="items"))


class OrderDetailView(OrderView):
    """GET a whole order; PATCH it."""

    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.TAKE_ORDERS}
    bodies: ClassVar = {"PATCH": OrderPatch}
    operations: ClassVar = {"GET": GET_ORDER, "PATCH": CHANGE_ORDER}

    def get(self, request: Request, order_id: str) -> HttpResponse:
        wanted = self.path_id(order_id)
        return self.found(lambda: read_order(self.actor, wanted))

    def patch(self, request: Request, order_id: str) -> HttpResponse:
        changes = sent(self.body(OrderPatch))
        answer = change_order.answer(
            self.terms(self.shown),
            order_id=self.path_id(order_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class AddItemView(OrderView):
    """POST a line to a DRAFT order."""

    rights: ClassVar = {"POST": Right.TAKE_ORDERS}
    bodies: ClassVar = {"POST": LineBody}
    operations: ClassVar = {"POST": ADD_ORDER_ITEM}

    def post(self, request: Request, order_id: str) -> HttpResponse:
        wanted, line = self.path_id(order_id), self.body(LineBody).line()
        answer = add_item.answer(
            self.terms(self.shown_line, status=201),
            order_id=wanted,
            line=line,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer, location=f"{PATH}{wanted}/items/")


class OrderLineView(OrderView):
    """PATCH a line of a DRAFT order, or DELETE it."""

    rights: ClassVar = {"PATCH": Right.TAKE_ORDERS, "DELETE": Right.TAKE_ORDERS}
    bodies: ClassVar = {"PATCH": LinePatch}
    operations: ClassVar = {"PATCH": CHANGE_ORDER_LINE, "DELETE": REMOVE_ORDER_LINE}

    def patch(self, request: Request, order_id: str, line_id: str) -> HttpResponse:
        changes = sent(self.body(LinePatch))
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


class ConfirmOrderView(OrderView):
    """POST: confirm a DRAFT order and promise it stock."""

    rights: ClassVar = {"POST": Right.TAKE_ORDERS}
    operations: ClassVar = {"POST": CONFIRM_ORDER}

    def post(self, request: Request, order_id: str) -> HttpResponse:
        self.body(EmptyBody)
        answer = confirm_order.answer(
            self.terms(self._told),
            order_id=self.path_id(order_id),
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)

    def _told(self, confirmed: Confirmed) -> OrderActPayload:
        message = "Order already confirmed" if confirmed.already else "Order confirmed successfully"
        return _promised(self.shown(confirmed.order), confirmed, message)


class ReserveOrderView(OrderView):
    """POST: try again to promise stock to what is short."""

    rights: ClassVar = {"POST": Right.RESERVE_STOCK}
    operations: ClassVar = {"POST": RESERVE_ORDER}

    def post(self, request: Request, order_id: str) -> HttpResponse:
        self.body(EmptyBody)
        answer = reserve_order.answer(
            self.terms(self._told),
            order_id=self.path_id(order_id),
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)

    def _told(self, confirmed: Confirmed) -> OrderActPayload:
        message = "Stock reserved" if confirmed.reservations_count else "Nothing more could be reserved"
        return _promised(self.shown(confirmed.order), confirmed, message)


def _promised(order: OrderPayload, confirmed: Confirmed, message: str) -> OrderActPayload:
    return OrderActPayload(
        order=order, message=message, reservations_count=confirmed.reservations_count, warnings=confirmed.warnings
    )


class EndOrderView(OrderView):
    """POST: end an order, for a reason."""

    rights: ClassVar = {"POST": Right.MANAGE_ORDERS}
    bodies: ClassVar = {"POST": ReasonBody}
    end: ClassVar[UseCase[..., SalesOrder]]
    message: ClassVar[str]

    def post(self, request: Request, order_id: str) -> HttpResponse:
        body = self.body(ReasonBody)
        answer = self.end.answer(
            self.terms(lambda order: OrderActPayload(order=self.shown(order), message=self.message)),
            order_id=self.path_id(order_id),
            reason=body.reason or "",
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class CancelOrderView(EndOrderView):
    """POST: cancel an order that has no live invoice."""

    operations: ClassVar = {"POST": CANCEL_ORDER}
    end = cancel_order
    message = "Order cancelled"


class CloseOrderView(EndOrderView):
    """POST: give up what is left of an order that has begun."""

    operations: ClassVar = {"POST": CLOSE_ORDER}
    end = close_order
    message = "Order closed"
