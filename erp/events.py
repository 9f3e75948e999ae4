"""The words of the event stream: how an event is named, which kinds there are, how a listener chooses among them.

One id space per company serves the live stream, the pull endpoint and the webhooks: ``invoices-<company>:<n>``, n = 1…
without a gap. Source: the events concept and the chapter "Live stream" of the sales contract.
"""

from uuid import UUID

from django_eventstream.utils import parse_last_event_id

from erp.problems import ValidationFailed

Kinds = frozenset[str] | None
"""A listener's choice of kinds; None is all of them."""

# Nine quintillion has 19 digits: whatever fits into 18 fits into the column.
_LONGEST_NUMBER = 18
MOST_TYPES = 50

FULFILMENT_KINDS = frozenset(
    {
        "picking_started",
        "picking_completed",
        "picking_cancelled",
        "packing_started",
        "packing_checking",
        "packing_held",
        "packing_boxing",
        "packing_completed",
        "packing_cancelled",
        "delivery_assigned",
        "delivery_started",
        "delivery_updated",
        "delivery_completed",
        "delivery_cancelled",
    }
)
SALES_INVOICE_KINDS = FULFILMENT_KINDS | {
    "invoice_created",
    "invoice_updated",
    "invoice_review",
    "invoice_posted",
    "invoice_reversed",
    "invoice_paid",
    "invoice_cancelled",
}
"""What a listener gets who chooses nothing."""

OTHER_KINDS = frozenset(
    {
        "payment_received",
        "payment_made",
        "payment_reversed",
        "credit_note_posted",
        "order_confirmed",
        "order_cancelled",
        "goods_received",
        "stock_adjusted",
        "batch_blocked",
        "item_below_reorder",
        "period_closed",
    }
)
_GROUPS: dict[str, frozenset[str]] = {"fulfilment_changed": FULFILMENT_KINDS}


def channel_name(company_id: UUID) -> str:
    """The channel of a company's events, as listeners see it."""
    return f"invoices-{company_id}"


def event_id(company_id: UUID, number: int) -> str:
    """The id of a company's n-th event; with 0, the place before the first."""
    return f"invoices-{company_id}:{number}"


def read_event_id(text: str, company_id: UUID, *, field: str) -> int:
    """The number in an event id of this company.

    Raises ValidationFailed, naming `field`, for anything malformed and for an id of another company.
    """
    channel = channel_name(company_id)
    try:
        number = parse_last_event_id(text).get(channel, "")
    except ValueError:
        number = ""
    if text != f"{channel}:{number}" or not (number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER):
        raise ValidationFailed(errors={field: [f"Not an event id of this company: {channel}:<number>."]})
    return int(number)


def read_types(texts: list[str]) -> Kinds:
    """The kinds that `?types=` chooses: names and groups, comma-separated or repeated; nothing = the default.

    Raises ValidationFailed for a name that is no kind, so that a slip of the pen does not listen to silence.
    """
    names = [name.strip() for text in texts for name in text.split(",") if name.strip()]
    if len(names) > MOST_TYPES:
        raise ValidationFailed(errors={"types": [f"At most {MOST_TYPES} types."]})
    if not names:
        return SALES_INVOICE_KINDS
    chosen: set[str] = set()
    for name in names:
        if name != "all" and name not in _GROUPS and name not in SALES_INVOICE_KINDS | OTHER_KINDS:
            raise ValidationFailed(errors={"types": ["Not a type of event: choose among " + ", ".join(_choices()) + "."]})
        chosen |= _GROUPS.get(name, {name})
    return None if "all" in chosen else frozenset(chosen)


def _choices() -> list[str]:
    return ["all", *sorted(_GROUPS), *sorted(SALES_INVOICE_KINDS | OTHER_KINDS)]
