"""``/api/common/developer-settings/``: the two policies that the published web client keeps by itself, in envelope B.

The first only steers a button of that client; the second is enforced.
"""

from typing import ClassVar

from django.http import HttpResponse
from msgspec import UNSET, Struct, UnsetType
from rest_framework.request import Request

from companies.api.envelopes import EnvelopedView, enveloped, reads, writes
from companies.governing import set_policies
from companies.queries import last_decision
from erp.api.views import scoped_read
from erp.clock import instant_text
from erp.models import Company, Within
from erp.rights import Right

SETTINGS = ("enable_manual_picking_completion", "enable_bulk_picking")


class DeveloperSettingsBody(Struct, kw_only=True, frozen=True):
    """Either alone, or both; what is not sent stays."""

    enable_manual_picking_completion: bool | UnsetType = UNSET
    enable_bulk_picking: bool | UnsetType = UNSET


class DeveloperSettings(Struct, kw_only=True):
    """`updated_at` and `updated_by` are null while nobody has changed them."""

    enable_manual_picking_completion: bool
    enable_bulk_picking: bool
    updated_at: str | None
    updated_by: str | None


_ANSWER = enveloped("DeveloperSettingsAnswer", DeveloperSettings, tells_status=False)


class DeveloperSettingsView(EnvelopedView):
    """GET the settings; PUT one or both."""

    message = "Developer settings"
    tells_status = False
    shown_only = frozenset({"updated_at", "updated_by"})
    rights: ClassVar = {"GET": Right.READ, "PUT": Right.ADMINISTER}
    bodies: ClassVar = {"PUT": DeveloperSettingsBody}
    operations: ClassVar = {
        "GET": reads("get_developer_settings", "How picking works here.", "The settings.", _ANSWER),
        "PUT": writes("set_developer_settings", "Change how picking works here.", "The settings.", _ANSWER),
    }

    def get(self, request: Request) -> HttpResponse:
        with scoped_read(self.actor):
            shown = _payload(Company.objects.get(id=self.actor.company_id))
        return self.shown(shown)

    def put(self, request: Request) -> HttpResponse:
        wanted = self.body(DeveloperSettingsBody)
        answer = set_policies.answer(self.terms(_payload), wanted=wanted, actor=self.actor, now=self.now)
        return self.respond(answer)


def _payload(company: Company) -> DeveloperSettings:
    decided = last_decision(Within(company.id), SETTINGS)
    return DeveloperSettings(
        enable_manual_picking_completion=company.enable_manual_picking_completion,
        enable_bulk_picking=company.enable_bulk_picking,
        updated_at=instant_text(decided.at) if decided else None,
        updated_by=decided.actor_name if decided else None,
    )
