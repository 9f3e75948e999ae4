"""The operations of the ground: people, events, health, the document itself."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from erp.api.contracts import Operation, Parameter, Reply
from erp.authenticating import WrongCredentials
from erp.event_queries import MAX_EVENTS
from erp.events import OTHER_KINDS, SALES_INVOICE_KINDS
from erp.problems import InvalidToken
from erp.profiles import Profile, ShownMenu, ShownUser
from erp.throttling import TooManyLogins

EVENT_ID: dict[str, Any] = {"type": "string", "pattern": "^invoices-[0-9a-f-]{36}:[0-9]{1,18}$"}


class LoggedInData(Struct, kw_only=True):
    refresh: str
    access: str
    user: ShownUser
    menus: list[ShownMenu]


class LoginAnswer(Struct, kw_only=True):
    success: Literal[True]
    status_code: Literal[200]
    message: str
    data: LoggedInData


class ProfileAnswer(Struct, kw_only=True):
    success: Literal[True]
    status_code: Literal[200]
    message: str
    data: Profile


class DoneAnswer(Struct, kw_only=True):
    success: Literal[True]
    status_code: Literal[200]
    message: str
    data: dict[str, Any]


class RefreshAnswer(Struct, kw_only=True):
    access: str
    refresh: str


class EventEntry(Struct, kw_only=True):
    """`data` is what the live stream carries for this event."""

    id: str
    type: str
    data: dict[str, Any]


class EventsAnswer(Struct, kw_only=True):
    """Go on with ``after=<last>``. With `reset`, what followed `after` is gone: `oldest` is the first place still kept."""

    events: list[EventEntry]
    last: str
    has_more: bool
    reset: bool | UnsetType = UNSET
    oldest: str | UnsetType = UNSET


class TicketAnswer(Struct, kw_only=True):
    """Open the stream with `?ticket=` before `expires_at`."""

    ticket: str
    expires_at: str


class LiveAnswer(Struct, kw_only=True):
    status: Literal["ok"]


class CheckResult(Struct, kw_only=True):
    ok: bool
    detail: str


class ReadyAnswer(Struct, kw_only=True):
    status: Literal["ok", "unavailable"]
    checks: dict[str, CheckResult]


class Document(Struct, kw_only=True):
    """An OpenAPI 3.1 document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]


_COOKIE = {"Set-Cookie": "Opens the live stream from a page of the same origin."}

LOGIN = Operation(
    name="login",
    summary="Log in by e-mail and password.",
    replies={200: Reply("Tokens, and who has logged in.", LoginAnswer, headers=_COOKIE)},
    refusals=(WrongCredentials, TooManyLogins),
    examples={"person": {"email": "ajay@example.com", "password": "correct horse battery staple"}},
)
REFRESH = Operation(
    name="refresh_token",
    summary="Get a new access token for a refresh token.",
    replies={200: Reply("The new tokens; the refresh token may be the one sent.", RefreshAnswer, headers=_COOKIE)},
    refusals=(InvalidToken,),
)
LOGOUT = Operation(
    name="logout",
    summary="End a login with all its tokens.",
    replies={204: Reply("The login has ended.")},
)
ME = Operation(
    name="me",
    summary="The person behind the token, in the active company.",
    replies={200: Reply("The profile.", ProfileAnswer)},
)
CHANGE_PASSWORD = Operation(
    name="change_password",
    summary="Set a new password; every other login of the person ends.",
    replies={200: Reply("The password has changed.", DoneAnswer)},
)
LIST_EVENTS = Operation(
    name="list_events",
    summary="The company's events after a place, of every kind.",
    replies={200: Reply("Events in their order, each once.", EventsAnswer)},
    parameters=(
        Parameter("after", "An event id, or its number; without it from the oldest event kept.", {"type": "string"}),
        Parameter("limit", "How many at most.", {"type": "integer", "minimum": 1, "maximum": MAX_EVENTS, "default": 100}),
    ),
)
ISSUE_TICKET = Operation(
    name="issue_stream_ticket",
    summary="A ticket that opens the live stream once, within 30 seconds, for a page that can send no header.",
    replies={201: Reply("The ticket, which is told this once.", TicketAnswer)},
)
STREAM_EVENTS = Operation(
    name="stream_events",
    summary="The company's events as they are committed, as server-sent events.",
    replies={
        200: Reply(
            "`stream-open`, then a `message` for each event: its `id`, and as `data` a line of JSON with the kind in `type`."
            " `stream-reset` says that what was asked for is gone: load the lists anew.",
            str,
            media_type="text/event-stream",
            headers={"Set-Cookie": "With a ticket: opens the stream again, for a browser that returns by itself."},
        )
    },
    parameters=(
        Parameter("ticket", "A ticket, where neither a header nor a cookie can be sent; the answer sets the cookie."),
        Parameter("Last-Event-ID", "Go on after this event.", EVENT_ID, "header"),
        Parameter("lastEventId", "The same, for clients that cannot set a header.", EVENT_ID),
        Parameter(
            "types",
            "Kinds of event, comma-separated or repeated; `all`, or the group `fulfilment_changed`."
            f" Without it, those about sales invoices. Known kinds: {', '.join(sorted(SALES_INVOICE_KINDS | OTHER_KINDS))}.",
            many=True,
        ),
        Parameter("named", "`true`: the kind is the name of the event too.", {"type": "boolean", "default": False}),
    ),
)
LIVE = Operation(
    name="health_live",
    summary="Whether the process answers.",
    replies={200: Reply("It does.", LiveAnswer)},
    needs_database=False,
)
READY = Operation(
    name="health_ready",
    summary="Whether requests can be served, and which check says no.",
    replies={200: Reply("All is well.", ReadyAnswer), 503: Reply("A check failed.", ReadyAnswer)},
)
METRICS = Operation(
    name="metrics",
    summary="Counters of the process that answers, and how far the seals of the audit lag, in Prometheus' text format.",
    replies={200: Reply("The counters and gauges.", str, media_type="text/plain")},
    needs_database=False,
)
SCHEMA = Operation(
    name="schema",
    summary="This document.",
    replies={200: Reply("OpenAPI 3.1.", Document)},
    needs_database=False,
)
