"""Suppliers under ``/api/purchasing/``."""

from django.urls import path

from purchasing.api.suppliers import SupplierDetailView, SupplierListView

urlpatterns = [
    path("suppliers/", SupplierListView.as_view(), name="supplier-list"),
    path("suppliers/<str:supplier_id>/", SupplierDetailView.as_view(), name="supplier-detail"),
]
