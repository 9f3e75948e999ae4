"""Files under ``/api/files/``."""

from django.urls import path

from erp.api.files import FileView

urlpatterns = [path("<str:token>/", FileView.as_view(), name="file")]
