"""Stock and its masters under ``/api/inventory/``."""

from django.urls import path

from inventory.api.adjustments import AdjustmentDetailView, AdjustmentListView, AdjustmentReverseView
from inventory.api.batches import BatchBlockView, BatchDetailView, BatchListView, BatchUnblockView, ExpiringView
from inventory.api.hsn_rates import HsnRateDetailView, HsnRateListView
from inventory.api.masters import (
    ItemDetailView,
    ItemListView,
    UomDetailView,
    UomListView,
    WarehouseDetailView,
    WarehouseListView,
)
from inventory.api.movements import MovementListView
from inventory.api.price_lists import PriceListDetailView, PriceListListView, PricesView
from inventory.api.revaluations import RevaluationDetailView, RevaluationListView, RevaluationReverseView
from inventory.api.stock import StockView, ValuationView
from inventory.api.transfers import TransferDetailView, TransferListView, TransferReverseView

urlpatterns = [
    path("items/", ItemListView.as_view(), name="item-list"),
    path("items/<str:item_id>/", ItemDetailView.as_view(), name="item-detail"),
    path("hsn_rates/", HsnRateListView.as_view(), name="hsn-rate-list"),
    path("hsn_rates/<str:rate_id>/", HsnRateDetailView.as_view(), name="hsn-rate-detail"),
    path("price_lists/", PriceListListView.as_view(), name="price-list-list"),
    path("price_lists/<str:list_id>/", PriceListDetailView.as_view(), name="price-list-detail"),
    path("price_lists/<str:list_id>/prices/", PricesView.as_view(), name="price-list-prices"),
    path("uoms/", UomListView.as_view(), name="uom-list"),
    path("uoms/<str:uom_id>/", UomDetailView.as_view(), name="uom-detail"),
    path("warehouses/", WarehouseListView.as_view(), name="warehouse-list"),
    path("warehouses/<str:warehouse_id>/", WarehouseDetailView.as_view(), name="warehouse-detail"),
    path("adjustments/", AdjustmentListView.as_view(), name="adjustment-list"),
    path("adjustments/<str:document_id>/", AdjustmentDetailView.as_view(), name="adjustment-detail"),
    path("adjustments/<str:document_id>/reverse/", AdjustmentReverseView.as_view(), name="adjustment-reverse"),
    path("transfers/", TransferListView.as_view(), name="transfer-list"),
    path("transfers/<str:document_id>/", TransferDetailView.as_view(), name="transfer-detail"),
    path("transfers/<str:document_id>/reverse/", TransferReverseView.as_view(), name="transfer-reverse"),
    path("revaluations/", RevaluationListView.as_view(), name="revaluation-list"),
    path("revaluations/<str:document_id>/", RevaluationDetailView.as_view(), name="revaluation-detail"),
    path("revaluations/<str:document_id>/reverse/", RevaluationReverseView.as_view(), name="revaluation-reverse"),
    path("batches/", BatchListView.as_view(), name="batch-list"),
    path("batches/expiring/", ExpiringView.as_view(), name="batch-expiring"),
    path("batches/<str:batch_id>/", BatchDetailView.as_view(), name="batch-detail"),
    path("batches/<str:batch_id>/block/", BatchBlockView.as_view(), name="batch-block"),
    path("batches/<str:batch_id>/unblock/", BatchUnblockView.as_view(), name="batch-unblock"),
    path("movements/", MovementListView.as_view(), name="movement-list"),
    path("stock/", StockView.as_view(), name="stock"),
    path("valuation/", ValuationView.as_view(), name="valuation"),
]
