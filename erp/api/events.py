"""``GET /api/sales/events/``: the events of the live stream, pulled page by page."""

from typing import ClassVar

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.operations import LIST_EVENTS
from erp.api.views import ErpView, scoped_read
from erp.event_queries import MAX_EVENTS, EventPage, ReadEvent, read_events
from erp.events import channel_name, event_id, read_event_id
from erp.problems import ValidationFailed
from erp.rights import Right, Scope

_DEFAULT_EVENTS = 100


class EventListView(ErpView):
    """GET ``?after=<event id or its number>&limit=1…1000``: the company's events after that place, of every kind.

    Without `after`, from the oldest kept. Answers ``{events: [{id, type, data}], last, has_more}``: go on with
    ``after=<last>``, at once if there is more. Where what follows has expired, no events come but ``reset: true`` and
    ``oldest``: fetch the lists anew, then go on with `last`; or go on with `oldest` for what is still kept.
    """

    rights: ClassVar = {"GET": Right.READ}
    scopes: ClassVar = {"GET": (Scope.EVENTS_READ,)}
    operations: ClassVar = {"GET": LIST_EVENTS}

    def get(self, request: Request) -> HttpResponse:
        after, limit = self._after(), self._limit()
        with scoped_read(self.actor):
            page = read_events(company_id=self.actor.company_id, after=after, limit=limit)
        return HttpResponse(self._body(page), content_type="application/json")

    def _after(self) -> int | None:
        text = self.request._request.GET.get("after", "")
        if not text:
            return None
        if ":" not in text:
            text = f"{channel_name(self.actor.company_id)}:{text}"
        return read_event_id(text, self.actor.company_id, field="after")

    def _limit(self) -> int:
        text = self.request._request.GET.get("limit", "")
        if not text:
            return _DEFAULT_EVENTS
        if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_EVENTS):
            raise ValidationFailed(errors={"limit": [f"A whole number from 1 to {MAX_EVENTS}."]})
        return int(text)

    def _body(self, page: EventPage) -> bytes:
        """The payloads go in as they were recorded, so that a number looks here as it does in the stream."""
        company = self.actor.company_id
        head = {"last": event_id(company, page.last), "has_more": page.has_more}
        if page.expired:
            head |= {"reset": True, "oldest": event_id(company, page.oldest)}
        events = ",".join(self._event(event) for event in page.events)
        return f'{{"events":[{events}],{msgspec.json.encode(head)[1:].decode()}'.encode()

    def _event(self, event: ReadEvent) -> str:
        names = msgspec.json.encode({"id": event_id(self.actor.company_id, event.number), "type": event.kind}).decode()
        return f'{names[:-1]},"data":{event.payload}}}'
