"""The published surface. Apps are mounted by dotted string, so that `erp` imports none of them."""

from django.urls import include, path

handler400 = "erp.api.rendering.bad_request"
handler404 = "erp.api.rendering.unknown_path"
handler500 = "erp.api.rendering.server_error"

urlpatterns = [
    # The hot path first: patterns are tried in order.
    path("api/sales/", include("invoices.api.urls_sales")),
    path("api/sales/", include("fulfilment.api.urls")),
    path("api/sales/", include("erp.api.urls_events")),
    path("health/", include("erp.api.urls_health")),
    path("metrics", include("erp.api.urls_metrics")),
    path("api/", include("erp.api.urls_schema")),
    path("api/auth/", include("erp.api.urls_auth")),
    path("api/files/", include("erp.api.urls_files")),
    path("api/common/", include("fulfilment.api.urls_common")),
    path("api/auth/", include("companies.api.urls_auth")),
    path("api/access/", include("companies.api.urls_access")),
    path("api/analytics/", include("fulfilment.api.urls_analytics")),
    path("api/common/", include("companies.api.urls_common")),
    path("api/followup/", include("erp.api.urls_followup")),
    path("api/companies/", include("companies.api.urls")),
    path("api/orders/", include("sales.api.urls")),
    path("api/purchasing/", include("purchasing.api.urls")),
    path("api/accounting/", include("accounting.api.urls")),
    path("api/inventory/", include("invoices.api.urls_inventory")),
    path("api/inventory/", include("inventory.api.urls")),
    path("api/invoices/", include("invoices.api.urls")),
    path("api/payments/", include("invoices.api.urls_payments")),
    path("api/connectors/", include("connectors.api.urls")),
    path("api/v1/clients/", include("connectors.api.urls_clients")),
    path("", include("console.urls")),
]

STREAMS = {
    "/api/sales/sse/invoices/": "erp.api.stream.LISTEN",
    "/api/analytics/dashboard-stats-stream/": "fulfilment.api.dashboard_stream.WATCH",
}
"""Path → the ASGI application that answers it instead of Django."""
