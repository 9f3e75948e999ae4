"""Orders, customers and salesmen under ``/api/orders/``."""

from django.urls import path

from sales.api.orders import (
    AddItemView,
    CancelOrderView,
    CloseOrderView,
    ConfirmOrderView,
    OrderDetailView,
    OrderLineView,
    OrderListView,
    ReserveOrderView,
)
from sales.api.parties import (
    CustomerCreditView,
    CustomerDetailView,
    CustomerListView,
    SalesmanDetailView,
    SalesmanListView,
)

urlpatterns = [
    path("sales/", OrderListView.as_view(), name="order-list"),
    path("sales/<str:order_id>/", OrderDetailView.as_view(), name="order-detail"),
    path("sales/<str:order_id>/add_item/", AddItemView.as_view(), name="order-add-item"),
    path("sales/<str:order_id>/items/<str:line_id>/", OrderLineView.as_view(), name="order-line"),
    path("sales/<str:order_id>/confirm/", ConfirmOrderView.as_view(), name="order-confirm"),
    path("sales/<str:order_id>/reserve/", ReserveOrderView.as_view(), name="order-reserve"),
    path("sales/<str:order_id>/cancel/", CancelOrderView.as_view(), name="order-cancel"),
    path("sales/<str:order_id>/close/", CloseOrderView.as_view(), name="order-close"),
    path("customers/", CustomerListView.as_view(), name="customer-list"),
    path("customers/<str:customer_id>/", CustomerDetailView.as_view(), name="customer-detail"),
    path("customers/<str:customer_id>/credit/", CustomerCreditView.as_view(), name="customer-credit"),
    path("salesmen/", SalesmanListView.as_view(), name="salesman-list"),
    path("salesmen/<str:salesman_id>/", SalesmanDetailView.as_view(), name="salesman-detail"),
]
