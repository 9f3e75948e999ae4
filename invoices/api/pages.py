"""A page of invoices: a fixed number of queries, whatever its size."""

from typing import Any

from erp.access import Actor
from erp.api.paging import Page, cursor_page, numbered_page, ordered
from invoices.api.filters import InvoiceListQuery
from invoices.documents import read_documents
from invoices.payloads import InvoicePayload, invoice_payload
from invoices.queries import sales_invoices


def list_page(actor: Actor, query: InvoiceListQuery, *, url: str) -> dict[str, Any]:
    """``{count, next, previous, results}``; without `count` for a cursor; items left out on light pages, which say so."""
    rows = query.apply(sales_invoices(actor), actor).only("id", "serial", "created_at", query.column)
    paging = query.paging
    if paging.cursor is None:
        page = numbered_page(ordered(rows, query.column, descending=query.descending, tie="serial"), paging, url=url)
    else:
        page = cursor_page(rows, paging, column=query.column, descending=query.descending, tie="serial", url=url)
    body: dict[str, Any] = {} if page.count is None else {"count": page.count}
    body |= {"next": page.next, "previous": page.previous, "results": _results(actor, page, light=paging.light)}
    if paging.light:
        body["items_omitted"] = True
    return body


def _results(actor: Actor, page: Page, *, light: bool) -> list[InvoicePayload]:
    ids = [row.id for row in page.rows]
    contents = read_documents(actor.company_id, ids, with_items=not light)
    return [invoice_payload(contents[one]) for one in ids if one in contents]
