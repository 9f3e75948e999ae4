"""Payments under ``/api/payments/``."""

from django.urls import path

from invoices.api.payments import PaymentDetailView, PaymentListView

urlpatterns = [
    path("", PaymentListView.as_view(), name="payment-list"),
    path("<str:payment_id>/", PaymentDetailView.as_view(), name="payment-detail"),
]
