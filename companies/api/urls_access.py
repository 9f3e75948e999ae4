"""Menus under ``/api/access/``."""

from django.urls import path

from companies.api import menus

urlpatterns = [
    path("menus/", menus.MenusView.as_view(), name="menus"),
    path("admin/menus/", menus.EveryMenuView.as_view(), name="every-menu"),
    path("admin/assign-menus/", menus.AssignMenusView.as_view(), name="assign-menus"),
    path("admin/users/<str:user_id>/menus/", menus.UserMenusView.as_view(), name="user-menus"),
]
