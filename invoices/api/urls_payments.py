"""Payments under ``/api/payments/``."""

from django.urls import path

from invoices.api.payments import (
    AllocatePaymentView,
    CancelPaymentView,
    PaymentAllocationView,
    PaymentDetailView,
    PaymentListView,
    PostPaymentView,
    ReleaseAllocationView,
    ReversePaymentView,
)

_ONE = "<str:payment_id>/"
_ALLOCATION = f"{_ONE}allocations/<str:allocation_id>/"

urlpatterns = [
    path("", PaymentListView.as_view(), name="payment-list"),
    path(_ONE, PaymentDetailView.as_view(), name="payment-detail"),
    path(f"{_ONE}allocate/", AllocatePaymentView.as_view(), name="payment-allocate"),
    path(_ALLOCATION, PaymentAllocationView.as_view(), name="payment-allocation"),
    path(f"{_ALLOCATION}release/", ReleaseAllocationView.as_view(), name="payment-allocation-release"),
    path(f"{_ONE}post_voucher/", PostPaymentView.as_view(), name="payment-post-voucher"),
    path(f"{_ONE}cancel/", CancelPaymentView.as_view(), name="payment-cancel"),
    path(f"{_ONE}reverse/", ReversePaymentView.as_view(), name="payment-reverse"),
]
