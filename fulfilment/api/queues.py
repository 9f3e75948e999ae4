"""A page of a queue of work: the oldest first, in a fixed number of queries."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from erp.access import Actor
from erp.api.views import scoped_read
from invoices.api.filters import SalesListQuery
from invoices.api.pages import encoded, page_of, shown_invoices, shown_page
from invoices.models import Invoice

_ORDERINGS = {"created_at": "created_at"}


def queue_page(actor: Actor, rows: QuerySet[Invoice], request: HttpRequest, *, filters: Any) -> HttpResponse:
    """Envelope A. Raises ValidationFailed naming each bad parameter."""
    query = SalesListQuery.read(request.GET, orderings=_ORDERINGS, ordering="created_at")
    with scoped_read(actor):
        found = query.apply(rows, actor, kind=filters).only("id", "serial", "created_at")
        page = page_of(found, query, url=request.build_absolute_uri())
        body = shown_page(page, query, shown_invoices(actor, page, light=query.paging.light))
    return encoded(body)
