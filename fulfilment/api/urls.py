"""Fulfilment under ``/api/sales/``."""

from django.urls import path

from fulfilment.api import bulk, couriers, deliveries, express, histories, packing, reviews, views

urlpatterns = [
    path("invoices/<str:invoice_id>/", express.InvoiceView.as_view(), name="sales-invoice-detail"),
    path("picking/start/", views.StartPickingView.as_view(), name="picking-start"),
    path("picking/complete/", views.CompletePickingView.as_view(), name="picking-complete"),
    path("picking/active/", views.ActivePickingView.as_view(), name="picking-active"),
    path("picking/bulk-start/", bulk.BulkStartView.as_view(), name="picking-bulk-start"),
    path("picking/bulk-complete/", bulk.BulkCompleteView.as_view(), name="picking-bulk-complete"),
    path("packing/start/", views.StartPackingView.as_view(), name="packing-start"),
    path("packing/complete/", views.CompletePackingView.as_view(), name="packing-complete"),
    path("packing/active/", views.ActivePackingView.as_view(), name="packing-active"),
    path("packing/start-checking/", packing.StartCheckingView.as_view(), name="packing-start-checking"),
    path("packing/hold-for-consolidation/", packing.HoldView.as_view(), name="packing-hold"),
    path("packing/my-checking/", packing.MyCheckingView.as_view(), name="packing-my-checking"),
    # A number runs to its end: it may hold a slash.
    path("packing/bill/<path:invoice_no>/", packing.BillView.as_view(), name="packing-bill"),
    path("packing/tray-bill/<path:invoice_no>/", packing.TrayBillView.as_view(), name="packing-tray-bill"),
    path("packing/search-trays/", packing.SearchTraysView.as_view(), name="packing-search-trays"),
    path("packing/save-tray-draft/", packing.SaveTrayDraftView.as_view(), name="packing-save-tray-draft"),
    path("packing/complete-tray-packing/", packing.CompleteTrayPackingView.as_view(), name="packing-complete-trays"),
    path("packing/boxing-invoices/", packing.BoxingInvoicesView.as_view(), name="packing-boxing-invoices"),
    path("packing/boxing-data/<path:invoice_no>/", packing.BoxingDataView.as_view(), name="packing-boxing-data"),
    path("packing/complete-boxing/", packing.CompleteBoxingView.as_view(), name="packing-complete-boxing"),
    path("delivery/start/", deliveries.StartDeliveryView.as_view(), name="delivery-start"),
    path("delivery/assign/", deliveries.AssignDeliveryView.as_view(), name="delivery-assign"),
    path("delivery/complete/", deliveries.CompleteDeliveryView.as_view(), name="delivery-complete"),
    path("billing/return/", reviews.ReturnToBillingView.as_view(), name="billing-return"),
    path("update/invoice/", reviews.CorrectInvoiceView.as_view(), name="update-invoice"),
    path("picking/history/", histories.PickingHistoryView.as_view(), name="picking-history"),
    path("packing/history/", histories.PackingHistoryView.as_view(), name="packing-history"),
    path("delivery/history/", histories.DeliveryHistoryView.as_view(), name="delivery-history"),
    path("billing/history/", histories.BillingHistoryView.as_view(), name="billing-history"),
    path("couriers/", couriers.CourierListView.as_view(), name="courier-list"),
    path("couriers/<str:courier_id>/", couriers.CourierDetailView.as_view(), name="courier-detail"),
    path("cancel-session/", views.CancelSessionView.as_view(), name="cancel-session"),
]
