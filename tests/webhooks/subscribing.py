"""A company with a webhook, its events, and time that passes as a test says."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from erp.models import WebhookDelivery, WebhookEndpoint
from erp.webhooks.delivering import deliver_round
from tests.builders import invoice_body
from tests.stream.relaying import number_everything
from tests.trade import Trade
from tests.webhooks.receiver import Receiver

PATH = "/api/companies/webhooks/"


class Subscriber:
    """One webhook of the company, at this receiver."""

    def __init__(self, trade: Trade, receiver: Receiver, **body: Any) -> None:
        self.trade = trade
        self.receiver = receiver
        made = trade.made(PATH, {"url": receiver.url} | body)
        self.id, self.secret = made["id"], made["secret"]
        self.path = f"{PATH}{self.id}/"
        self.now = timezone.now()

    def clock(self) -> datetime:
        return self.now

    def passes(self, **time: Any) -> None:
        self.now += timedelta(**time)

    def happens(self, invoice_no: str, revision: int = 0) -> None:
        """An invoice is imported, or sent again with other goods; the event has its number afterwards."""
        items = [{"name": "Soap", "item_code": "S", "quantity": 1 + revision, "mrp": 1}]
        body = invoice_body(invoice_no=invoice_no, items=items)
        assert self.trade.world.import_invoice(body).status in {200, 201}
        number_everything()

    def round(self) -> Any:
        company_id = self.trade.world.company.id
        return deliver_round(company_id=company_id, endpoint_id=UUID(self.id), now=self.now, clock=self.clock)

    def rounds(self, most: int = 50) -> None:
        """As long as anything is due now."""
        for _ in range(most):
            if not self.round().more:
                return
        raise AssertionError("there is no end to it")

    def until_quiet(self, *, most: int = 400, **pause: Any) -> None:
        """Round after round, time passing between them, until nothing is pending."""
        for _ in range(most):
            self.round()
            if not self.pending and self.row.position == self.head:
                return
            self.passes(**(pause or {"hours": 1}))
        raise AssertionError(f"still pending: {self.shown()}")

    @property
    def row(self) -> WebhookEndpoint:
        return WebhookEndpoint.unscoped.get(id=self.id)

    @property
    def head(self) -> int:
        last: str = self.trade.get("/api/sales/events/").body["last"]
        return int(last.rpartition(":")[2])

    @property
    def deliveries(self) -> list[WebhookDelivery]:
        return list(WebhookDelivery.unscoped.filter(endpoint_id=self.id).order_by("number"))

    @property
    def pending(self) -> list[int]:
        return [one.number for one in self.deliveries if one.state == "PENDING"]

    def shown(self) -> Any:
        return self.trade.get(self.path).body

    def taken(self) -> list[int]:
        return [one.number for one in self.receiver.taken]
