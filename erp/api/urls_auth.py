"""People under ``/api/auth/``."""

from django.urls import path

from erp.api.auth import ChangePasswordView, LoginView, LogoutView, MeView, RefreshView

urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("token/refresh/", RefreshView.as_view(), name="token-refresh"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("users/me/", MeView.as_view(), name="me"),
    path("users/change_password/", ChangePasswordView.as_view(), name="change-password"),
]
