"""Two paths as they were published: without a slash at the end."""

from django.urls import path

from connectors.api.customers import SeedClientView, SeedSyncView

urlpatterns = [
    path("<str:customer_id>", SeedClientView.as_view(), name="seed-client"),
    path("<str:customer_id>/sync-invoice-ninja", SeedSyncView.as_view(), name="seed-client-sync"),
]
