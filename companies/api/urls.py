"""Companies under ``/api/companies/``."""

from django.urls import path

from companies.api.views import CompanyListView, CurrencyListView, PoliciesView, RegistrationListView, SwitchCompanyView

urlpatterns = [
    path("", CompanyListView.as_view(), name="company-list"),
    path("switch/", SwitchCompanyView.as_view(), name="company-switch"),
    path("registrations/", RegistrationListView.as_view(), name="registration-list"),
    path("policies/", PoliciesView.as_view(), name="policies"),
    path("currencies/", CurrencyListView.as_view(), name="currency-list"),
]
