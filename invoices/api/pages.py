"""A page of invoices: a fixed number of queries, whatever its size."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from erp.access import Actor
from erp.api.paging import Page, cursor_page, numbered_page, ordered
from invoices.api.filters import SalesListQuery
from invoices.documents import read_documents
from invoices.models import Invoice
from invoices.payloads import ENCODER, InvoicePayload, invoice_payload
from invoices.queries import sales_invoices


def list_page(actor: Actor, query: SalesListQuery, *, url: str) -> dict[str, Any]:
    """``{count, next, previous, results}``; without `count` for a cursor; items left out on light pages, which say so."""
    return invoice_page(actor, query.apply(sales_invoices(actor), actor), query, url=url)


def invoice_page(actor: Actor, rows: QuerySet[Invoice], query: SalesListQuery, *, url: str) -> dict[str, Any]:
    """The same of rows that are filtered already."""
    page = page_of(rows.only("id", "serial", "created_at", query.column), query, url=url)
    return shown_page(page, query, shown_invoices(actor, page, light=query.paging.light))


def page_of(rows: QuerySet[Any], query: SalesListQuery, *, url: str) -> Page:
    """The page that is asked for, by number or by cursor; ties are broken by `serial`."""
    paging = query.paging
    if paging.cursor is None:
        return numbered_page(ordered(rows, query.column, descending=query.descending, tie="serial"), paging, url=url)
    return cursor_page(rows, paging, column=query.column, descending=query.descending, tie="serial", url=url)


def shown_page(page: Page, query: SalesListQuery, results: Sequence[Any]) -> dict[str, Any]:
    """Envelope A."""
    body: dict[str, Any] = {} if page.count is None else {"count": page.count}
    body |= {"next": page.next, "previous": page.previous, "results": results}
    if query.paging.light:
        body["items_omitted"] = True
    return body


def shown_invoices(actor: Actor, page: Page, *, light: bool) -> list[InvoicePayload]:
    """The invoices of the page, in its order."""
    ids = [row.id for row in page.rows]
    contents = read_documents(actor.company_id, ids, with_items=not light)
    return [invoice_payload(contents[one]) for one in ids if one in contents]


def encoded(body: Any) -> HttpResponse:
    """JSON as this surface writes it: decimals as numbers."""
    return HttpResponse(ENCODER.encode(body), content_type="application/json")
