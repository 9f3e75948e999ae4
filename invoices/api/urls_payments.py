"""Payments under ``/api/payments/``."""

from django.urls import path

from invoices.api.payments import PaymentDetailView, PaymentListView, ReversePaymentView

urlpatterns = [
    path("", PaymentListView.as_view(), name="payment-list"),
    path("<str:payment_id>/", PaymentDetailView.as_view(), name="payment-detail"),
    path("<str:payment_id>/reverse/", ReversePaymentView.as_view(), name="payment-reverse"),
]
