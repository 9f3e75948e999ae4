"""Companies under ``/api/companies/``."""

from django.urls import path

from companies.api.api_keys import ApiKeyDetailView, ApiKeyListView, RevokeApiKeyView, RotateApiKeyView
from companies.api.audit import AuditEntryView, AuditListView
from companies.api.company import CompanyDetailView, CompanyListView
from companies.api.memberships import MembershipDetailView, MembershipListView
from companies.api.registrations import RegistrationDetailView
from companies.api.views import CurrencyListView, PoliciesView, RegistrationListView, SwitchCompanyView
from companies.api.webhooks import (
    DeliveryListView,
    ReplayDeliveryView,
    ReplayEventsView,
    RotateWebhookSecretView,
    WebhookDetailView,
    WebhookListView,
)

urlpatterns = [
    path("", CompanyListView.as_view(), name="company-list"),
    path("switch/", SwitchCompanyView.as_view(), name="company-switch"),
    path("registrations/", RegistrationListView.as_view(), name="registration-list"),
    path("registrations/<str:registration_id>/", RegistrationDetailView.as_view(), name="registration-detail"),
    path("memberships/", MembershipListView.as_view(), name="membership-list"),
    path("memberships/<str:membership_id>/", MembershipDetailView.as_view(), name="membership-detail"),
    path("api_keys/", ApiKeyListView.as_view(), name="api-key-list"),
    path("api_keys/<str:key_id>/", ApiKeyDetailView.as_view(), name="api-key-detail"),
    path("api_keys/<str:key_id>/rotate/", RotateApiKeyView.as_view(), name="api-key-rotate"),
    path("api_keys/<str:key_id>/revoke/", RevokeApiKeyView.as_view(), name="api-key-revoke"),
    path("webhooks/", WebhookListView.as_view(), name="webhook-list"),
    path("webhooks/<str:webhook_id>/", WebhookDetailView.as_view(), name="webhook-detail"),
    path("webhooks/<str:webhook_id>/rotate/", RotateWebhookSecretView.as_view(), name="webhook-rotate"),
    path("webhooks/<str:webhook_id>/replay/", ReplayEventsView.as_view(), name="webhook-replay"),
    path("webhooks/<str:webhook_id>/deliveries/", DeliveryListView.as_view(), name="delivery-list"),
    path(
        "webhooks/<str:webhook_id>/deliveries/<str:delivery_id>/replay/",
        ReplayDeliveryView.as_view(),
        name="delivery-replay",
    ),
    path("audit/", AuditListView.as_view(), name="audit-list"),
    path("audit/<str:entry_id>/", AuditEntryView.as_view(), name="audit-entry"),
    path("policies/", PoliciesView.as_view(), name="policies"),
    path("currencies/", CurrencyListView.as_view(), name="currency-list"),
    path("<str:company_id>/", CompanyDetailView.as_view(), name="company-detail"),
]
