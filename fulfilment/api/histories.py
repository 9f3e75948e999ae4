"""The histories over HTTP: who picked, packed, delivered and billed what, and when."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from msgspec import UNSET, Struct, UnsetType, defstruct
from rest_framework.request import Request

from erp.access import Actor
from erp.api.contracts import Operation, Parameter, Reply
from erp.api.describing import schema_of_field
from erp.api.files import file_urls
from erp.api.paging import MAX_ROWS
from erp.api.views import ErpView, scoped_read
from erp.rights import Right
from fulfilment.api.history_filters import (
    DEFAULT_SIZE,
    ORDERINGS,
    BillingFilter,
    DeliveryFilter,
    PackingFilter,
    PickingFilter,
)
from fulfilment.history_payloads import (
    BillingHistoryPayload,
    DeliveryHistoryPayload,
    PackingHistoryPayload,
    PickingHistoryPayload,
    billing_history_payload,
    delivery_history_payload,
    packing_history_payload,
    picking_history_payload,
)
from fulfilment.models import DeliverySession, PackingSession, PickingSession
from fulfilment.queries import current_pickings
from fulfilment.tray_queries import read_boxes
from invoices.api.filters import SalesListQuery
from invoices.api.pages import encoded, page_of, shown_page
from invoices.content import InvoiceContent
from invoices.documents import read_documents
from invoices.queries import sales_invoices

_PAGING = (
    Parameter("ordering", "What to sort by; `-` reverses.", {"enum": ["created_at", "-created_at"]}),
    Parameter("page", "Number of the page.", {"type": "integer", "minimum": 1, "default": 1}),
    Parameter(
        "page_size",
        f"Rows of a page, at most {MAX_ROWS}; `0`, `all` and `infinite` mean 1,000. Above 1,000 the items are left out.",
        {"type": ["integer", "string"], "default": DEFAULT_SIZE},
    ),
    Parameter("cursor", "Blank begins, then as `next` says: pages without a count.", {"type": "string"}),
    Parameter("omit", "`items`: leave the items out.", {"type": "string", "enum": ["items"]}),
)
_PURPOSES = {
    "search": "Number, customer or worker contains this.",
    "status": "State of the session; without it all but the cancelled ones. In billing's history, the billing status.",
    "invoice": "Id of the invoice.",
    "invoice_id": "The same.",
    "invoice_no": "Exactly this number.",
    "invoice_start_date": "The invoice is dated on this day or later.",
    "invoice_end_date": "The invoice is dated on this day or earlier.",
    "start_time": "Work began at or after this instant, or day.",
    "delivery_type": "How the goods left.",
    "courier_name": "The courier's name contains this.",
    "boxing_group_id": "Boxed together under this name.",
}


def _history(name: str, summary: str, row: type[Struct], filters: Any) -> Operation:
    members: list[Any] = [
        ("next", str | None),
        ("previous", str | None),
        ("results", list[row]),  # type: ignore[valid-type]
        ("count", int | UnsetType, UNSET),
        ("items_omitted", bool | UnsetType, UNSET),
    ]
    page = defstruct(f"{row.__name__.removesuffix('Payload')}Page", members, kw_only=True)
    parameters = tuple(
        Parameter(one, _PURPOSES.get(one, _day(one)), schema_of_field(field), many="choices" in vars(field))
        for one, field in filters().form.fields.items()
    )
    return Operation(name=name, summary=summary, replies={200: Reply("The page.", page)}, parameters=(*parameters, *_PAGING))


def _day(name: str) -> str:
    return f"Made on this day or {'later' if name.endswith('start_date') else 'earlier'}, in the company's time zone."


class HistoryView(ErpView):
    """GET a page of a history, newest first. `sees_all` is whose rows are everybody's; others see their own."""

    filters: ClassVar[Any]
    sees_all: ClassVar[Right]

    def get(self, request: Request) -> HttpResponse:
        raw = request._request
        query = SalesListQuery.read(raw.GET, orderings=ORDERINGS, default_size=DEFAULT_SIZE)
        with scoped_read(self.actor):
            rows = query.apply(self._visible(), self.actor, kind=self.filters)
            page = page_of(rows, query, url=raw.build_absolute_uri())
            ids = {self.invoice_of(row) for row in page.rows}
            contents = read_documents(self.actor.company_id, ids, with_items=not query.paging.light)
            results = self.show(page.rows, contents)
        return encoded(shown_page(page, query, results))

    def _visible(self) -> QuerySet[Any]:
        rows = self.rows(self.actor)
        return rows if self.actor.allows(self.sees_all, None) else self.own(rows)

    def rows(self, actor: Actor) -> QuerySet[Any]:
        raise NotImplementedError

    def own(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(worker_id=self.actor.id)

    def invoice_of(self, row: Any) -> Any:
        return row.invoice_id

    def show(self, rows: list[Any], contents: dict[Any, InvoiceContent]) -> list[Any]:
        raise NotImplementedError


class PickingHistoryView(HistoryView):
    """GET who picked what."""

    filters = PickingFilter
    sees_all = Right.ALL_PICKINGS
    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {
        "GET": _history("picking_history", "Who picked what, newest first.", PickingHistoryPayload, PickingFilter)
    }

    def rows(self, actor: Actor) -> QuerySet[Model]:
        return PickingSession.objects.of(actor)

    def show(self, rows: list[Any], contents: dict[Any, InvoiceContent]) -> list[Any]:
        return [picking_history_payload(contents[row.invoice_id], row) for row in rows]


class PackingHistoryView(HistoryView):
    """GET who packed what."""

    filters = PackingFilter
    sees_all = Right.ALL_PACKINGS
    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {
        "GET": _history("packing_history", "Who packed what, newest first.", PackingHistoryPayload, PackingFilter)
    }

    def rows(self, actor: Actor) -> QuerySet[Model]:
        return PackingSession.objects.of(actor)

    def show(self, rows: list[Any], contents: dict[Any, InvoiceContent]) -> list[Any]:
        pickings, zone = current_pickings(self.actor, contents), self.actor.company.timezone
        boxes = read_boxes(self.actor, [row.id for row in rows], with_items=False)
        return [
            packing_history_payload(
                contents[row.invoice_id], row, pickings.get(row.invoice_id), boxes.get(row.id, []), zone=zone
            )
            for row in rows
        ]


class DeliveryHistoryView(HistoryView):
    """GET who delivered what, and how."""

    filters = DeliveryFilter
    sees_all = Right.ALL_DELIVERIES
    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {
        "GET": _history(
            "delivery_history", "Who delivered what, and how, newest first.", DeliveryHistoryPayload, DeliveryFilter
        )
    }

    def rows(self, actor: Actor) -> QuerySet[Model]:
        return DeliverySession.objects.of(actor)

    def show(self, rows: list[Any], contents: dict[Any, InvoiceContent]) -> list[Any]:
        url_of = file_urls(self.request._request, self.actor.company_id)
        return [delivery_history_payload(contents[row.invoice_id], row, url_of=url_of) for row in rows]


class BillingHistoryView(HistoryView):
    """GET what was billed, and what came back."""

    filters = BillingFilter
    sees_all = Right.BILLING_LIST
    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {
        "GET": _history(
            "billing_history", "What was billed, and what came back, newest first.", BillingHistoryPayload, BillingFilter
        )
    }

    def rows(self, actor: Actor) -> QuerySet[Model]:
        return sales_invoices(actor).only("id", "serial", "created_at")

    def own(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(created_user_id=self.actor.id)

    def invoice_of(self, row: Any) -> Any:
        return row.id

    def show(self, rows: list[Any], contents: dict[Any, InvoiceContent]) -> list[Any]:
        return [billing_history_payload(contents[row.id]) for row in rows]
