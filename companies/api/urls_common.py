"""Settings under ``/api/common/``."""

from django.urls import path

from companies.api.developer_settings import DeveloperSettingsView

urlpatterns = [path("developer-settings/", DeveloperSettingsView.as_view(), name="developer-settings")]
