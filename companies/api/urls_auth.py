"""People and how they are organised, under ``/api/auth/``."""

from django.urls import path

from companies.api import organisation, people

urlpatterns = [
    path("users/", people.UserListView.as_view(), name="user-list"),
    path("users/<str:user_id>/", people.UserDetailView.as_view(), name="user-detail"),
    path("users/<str:user_id>/activate/", people.ActivateUserView.as_view(), name="user-activate"),
    path("users/<str:user_id>/deactivate/", people.DeactivateUserView.as_view(), name="user-deactivate"),
    path("departments/", organisation.DepartmentListView.as_view(), name="department-list"),
    path("departments/<str:department_id>/", organisation.DepartmentDetailView.as_view(), name="department-detail"),
    path("job-titles/", organisation.JobTitleListView.as_view(), name="job-title-list"),
    path("job-titles/<str:title_id>/", organisation.JobTitleDetailView.as_view(), name="job-title-detail"),
]
