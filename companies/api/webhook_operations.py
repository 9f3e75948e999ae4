"""The operations on webhooks under ``/api/companies/webhooks/``."""

from companies.api.webhook_filters import DeliveryFilter, WebhookFilter
from companies.subscribing import TooManyWebhooks
from companies.webhook_payloads import ReplayedWebhookPayload, SharedWebhookPayload, WebhookDeliveryPayload, WebhookPayload
from erp.api.describing import changes, lists, makes, removes, shows

_WEBHOOK = {"webhook_id": "Id of the webhook."}
_DELIVERY = _WEBHOOK | {"delivery_id": "Id of the delivery."}

LIST_WEBHOOKS = lists(
    "list_webhooks",
    "Where the company's events go, the latest first, without the secrets.",
    WebhookPayload,
    filters=WebhookFilter,
    purposes={"search": "URL contains this.", "is_active": "Whether events are sent there."},
)
CREATE_WEBHOOK = makes(
    "create_webhook",
    "Have events sent to a URL. The secret that signs them is shown this once; a repeat shows all but the secret.",
    SharedWebhookPayload,
    refusals=(TooManyWebhooks,),
)
GET_WEBHOOK = shows("get_webhook", "One webhook, without its secret.", WebhookPayload, ids=_WEBHOOK)
CHANGE_WEBHOOK = changes(
    "change_webhook",
    "Another URL or other types; pause it, or resume it with what happened meanwhile.",
    WebhookPayload,
    ids=_WEBHOOK,
)
REMOVE_WEBHOOK = removes("remove_webhook", "Send nothing there any more.", ids=_WEBHOOK)
ROTATE_WEBHOOK_SECRET = makes(
    "rotate_webhook_secret",
    "Another secret, shown this once; for `overlap_hours` events are signed with both.",
    SharedWebhookPayload,
    ids=_WEBHOOK,
)
REPLAY_EVENTS = changes(
    "replay_events",
    "Send everything again that happened after an event, under the old ids, as far as events are kept.",
    ReplayedWebhookPayload,
    ids=_WEBHOOK,
    checks_version=False,
)
LIST_DELIVERIES = lists(
    "list_deliveries",
    "What became of each event, the latest event first; kept for 30 days.",
    WebhookDeliveryPayload,
    filters=DeliveryFilter,
    purposes={
        "state": "Deliveries in one of these states.",
        "type": "Deliveries of this kind of event.",
        "subject": "Deliveries of this document's events.",
    },
    ids=_WEBHOOK,
)
REPLAY_DELIVERY = changes(
    "replay_delivery", "Send one event again, under its old id.", WebhookDeliveryPayload, ids=_DELIVERY, checks_version=False
)
