"""``POST /api/sales/sse/ticket/``: a ticket for a page that can give its EventSource neither a header nor a cookie."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.operations import ISSUE_TICKET, TicketAnswer
from erp.api.views import ErpView, json_response
from erp.clock import instant_text
from erp.listening import issue_ticket
from erp.rights import Right, Scope
from erp.tokens import STREAM_TICKET_LIFETIME


class TicketView(ErpView):
    """POST nothing; answers ``{ticket, expires_at}`` for the caller's company. It opens one stream, once.

    Neither remembered by an idempotency key, since only its hash is kept, nor needed twice: ask again.
    """

    rights: ClassVar = {"POST": Right.READ}
    scopes: ClassVar = {"POST": (Scope.EVENTS_READ,)}
    operations: ClassVar = {"POST": ISSUE_TICKET}

    def post(self, request: Request) -> HttpResponse:
        ticket = issue_ticket(actor=self.actor, now=self.now)
        answer = TicketAnswer(ticket=ticket, expires_at=instant_text(self.now + STREAM_TICKET_LIFETIME))
        response = json_response(answer, status=201)
        response.headers["Cache-Control"] = "no-store"
        return response
