"""The page at ``/console/``, where ``/`` leads, and what holds its session."""

from django.urls import path

from console.views import PageView, RootView, SessionView, SignOutView, TokenView

urlpatterns = [
    path("", RootView.as_view(), name="root"),
    path("console/", PageView.as_view(), name="console"),
    path("console/session/", SessionView.as_view(), name="console-session"),
    path("console/token/", TokenView.as_view(), name="console-token"),
    path("console/sign-out/", SignOutView.as_view(), name="console-sign-out"),
]
