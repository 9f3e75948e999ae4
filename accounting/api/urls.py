"""The books under ``/api/accounting/``."""

from django.urls import path

from accounting.api.books import (
    AccountDetailView,
    AccountListView,
    CloseYearView,
    FiscalYearListView,
    LocksView,
    ReopenYearView,
    VoucherDetailView,
    VoucherListView,
    VoucherReverseView,
)
from accounting.api.rates import CurrencyRunView, ExchangeRateListView
from accounting.api.reports import BalanceSheetView, ProfitAndLossView, StatementView, TrialBalanceView

urlpatterns = [
    path("accounts/", AccountListView.as_view(), name="account-list"),
    path("accounts/<str:account_id>/", AccountDetailView.as_view(), name="account-detail"),
    path("accounts/<str:account_id>/statement/", StatementView.as_view(), name="account-statement"),
    path("vouchers/", VoucherListView.as_view(), name="voucher-list"),
    path("vouchers/<str:voucher_id>/", VoucherDetailView.as_view(), name="voucher-detail"),
    path("vouchers/<str:voucher_id>/reverse/", VoucherReverseView.as_view(), name="voucher-reverse"),
    path("exchange_rates/", ExchangeRateListView.as_view(), name="exchange-rate-list"),
    path("currency_revaluation/", CurrencyRunView.as_view(), name="currency-revaluation"),
    path("fiscal_years/", FiscalYearListView.as_view(), name="fiscal-year-list"),
    path("fiscal_years/<str:year_id>/close/", CloseYearView.as_view(), name="fiscal-year-close"),
    path("fiscal_years/<str:year_id>/reopen/", ReopenYearView.as_view(), name="fiscal-year-reopen"),
    path("locks/", LocksView.as_view(), name="locks"),
    path("trial_balance/", TrialBalanceView.as_view(), name="trial-balance"),
    path("profit_and_loss/", ProfitAndLossView.as_view(), name="profit-and-loss"),
    path("balance_sheet/", BalanceSheetView.as_view(), name="balance-sheet"),
]
