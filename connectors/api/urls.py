"""Connections to foreign systems, and customers who are billed there, under ``/api/connectors/``."""

from django.urls import path

from connectors.api.conflicts import ConflictListView, ResolveView
from connectors.api.connections import ConnectionDetailView, ConnectionListView, ConnectionTestView, FindClientsView
from connectors.api.customers import BillingView, ExternalInvoicesView, LinkedCustomerView, LinkView, PushView, SyncView
from connectors.api.sites import SiteDetailView, SiteListView

urlpatterns = [
    path("connections/", ConnectionListView.as_view(), name="connection-list"),
    path("connections/<str:connection_id>/", ConnectionDetailView.as_view(), name="connection-detail"),
    path("connections/<str:connection_id>/test/", ConnectionTestView.as_view(), name="connection-test"),
    path("connections/<str:connection_id>/clients/", FindClientsView.as_view(), name="connection-clients"),
    path("customers/<str:customer_id>/", LinkedCustomerView.as_view(), name="linked-customer"),
    path("customers/<str:customer_id>/billing/", BillingView.as_view(), name="billing"),
    path("customers/<str:customer_id>/external-invoices/", ExternalInvoicesView.as_view(), name="external-invoices"),
    path("customers/<str:customer_id>/link/", LinkView.as_view(), name="link"),
    path("customers/<str:customer_id>/sync/", SyncView.as_view(), name="sync"),
    path("customers/<str:customer_id>/push/", PushView.as_view(), name="push"),
    path("conflicts/", ConflictListView.as_view(), name="conflict-list"),
    path("conflicts/<str:conflict_id>/resolve/", ResolveView.as_view(), name="conflict-resolve"),
    path("sites/", SiteListView.as_view(), name="site-list"),
    path("sites/<str:site_id>/", SiteDetailView.as_view(), name="site-detail"),
]
