"""Departments and job titles over HTTP: ``/api/auth/departments/`` and ``/api/auth/job-titles/``, in envelope C."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from msgspec import UNSET, Struct, UnsetType
from rest_framework.request import Request

from companies.api.envelopes import EnvelopedView, enveloped, reads, writes
from companies.organising import (
    InUse,
    UnknownDepartment,
    UnknownJobTitle,
    change_department,
    change_job_title,
    create_department,
    create_job_title,
    remove_department,
    remove_job_title,
)
from erp.api.contracts import Parameter
from erp.api.describing import ID, path_ids
from erp.api.views import scoped_read
from erp.changing import AlreadyExists
from erp.characters import MANY_LINES
from erp.clock import instant_text
from erp.identifiers import as_uuid
from erp.models import Department, JobTitle
from erp.parsing import text_of
from erp.problems import ValidationFailed
from erp.rights import Right

MOST_ROWS = 5_000
_SHOWN_ONLY = frozenset({"id", "department", "job_titles", "created_at", "updated_at"})
_Name = Annotated[str, text_of(Department, "name", required=True)]
_Title = Annotated[str, text_of(JobTitle, "title", required=True)]
_Description = Annotated[str, text_of(Department, "description", pattern=MANY_LINES)]


class DepartmentChanges(Struct, kw_only=True, frozen=True):
    """Members that are not sent stay."""

    name: _Name | UnsetType = UNSET
    description: _Description | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class DepartmentBody(DepartmentChanges, kw_only=True, frozen=True):
    name: _Name


class JobTitleChanges(Struct, kw_only=True, frozen=True):
    """Members that are not sent stay."""

    title: _Title | UnsetType = UNSET
    description: _Description | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET
    department_id: UUID | UnsetType | None = UNSET


class JobTitleBody(JobTitleChanges, kw_only=True, frozen=True):
    title: _Title


class JobTitlePayload(Struct, kw_only=True):
    """`department` is its name. `id` is null when a dry run kept nothing."""

    id: UUID | None
    title: str
    description: str
    is_active: bool
    department: str | None
    department_id: UUID | None
    created_at: str
    updated_at: str


class DepartmentPayload(Struct, kw_only=True):
    """`id` is null when a dry run kept nothing."""

    id: UUID | None
    name: str
    description: str
    is_active: bool
    job_titles: list[JobTitlePayload]
    created_at: str
    updated_at: str


def job_title_payload(title: JobTitle) -> JobTitlePayload:
    return JobTitlePayload(
        id=title.id,
        title=title.title,
        description=title.description,
        is_active=title.is_active,
        department=title.department.name if title.department else None,
        department_id=title.department_id,
        created_at=instant_text(title.created_at),
        updated_at=instant_text(title.updated_at),
    )


def department_payload(department: Department, titles: list[JobTitle]) -> DepartmentPayload:
    return DepartmentPayload(
        id=department.id,
        name=department.name,
        description=department.description,
        is_active=department.is_active,
        job_titles=[job_title_payload(title) for title in titles],
        created_at=instant_text(department.created_at),
        updated_at=instant_text(department.updated_at),
    )


DepartmentAnswer = enveloped("DepartmentAnswer", DepartmentPayload)
DepartmentsAnswer = enveloped("DepartmentsAnswer", list[DepartmentPayload])
JobTitleAnswer = enveloped("JobTitleAnswer", JobTitlePayload)
JobTitlesAnswer = enveloped("JobTitlesAnswer", list[JobTitlePayload])
_DEPARTMENT = path_ids({"department_id": "Id of the department."})
_TITLE = path_ids({"title_id": "Id of the job title."})
_READS_ALL: dict[str, Right] = {"GET": Right.READ}
_KEEPS = dict.fromkeys(("PUT", "PATCH", "DELETE"), Right.KEEP_PEOPLE)


class _OrganisationView(EnvelopedView):
    shown_only = _SHOWN_ONLY

    def columns(self, kind: type[Struct]) -> dict[str, Any]:
        """What was sent; null in the description means blank."""
        columns = self.body(kind)
        if columns.get("description", "") is None:
            columns["description"] = ""
        return columns


class _DepartmentView(_OrganisationView):
    message = "Department"
    missing = UnknownDepartment

    def departments(self) -> QuerySet[Department]:
        titles = JobTitle.objects.of(self.actor).select_related("department").order_by("title", "id")
        return Department.objects.of(self.actor).prefetch_related(Prefetch("job_titles", titles))

    def show(self, department: Department) -> DepartmentPayload:
        """Inside the transaction that wrote it."""
        return department_payload(department, list(self.departments().get(id=department.id).job_titles.all()))


class DepartmentListView(_DepartmentView):
    """GET the departments, by name; POST a new one."""

    rights: ClassVar = {**_READS_ALL, "POST": Right.KEEP_PEOPLE}
    bodies: ClassVar = {"POST": DepartmentBody}
    operations: ClassVar = {
        "GET": reads("list_departments", "The departments, by name.", "All of them.", DepartmentsAnswer),
        "POST": writes(
            "create_department", "Enter a department.", "It is made.", DepartmentAnswer, AlreadyExists, status=201
        ),
    }

    def get(self, request: Request) -> HttpResponse:
        with scoped_read(self.actor):
            rows = self.departments().order_by("name", "id")[:MOST_ROWS]
            shown = [department_payload(row, list(row.job_titles.all())) for row in rows]
        return self.shown(shown)

    def post(self, request: Request) -> HttpResponse:
        columns = self.columns(DepartmentBody)
        answer = create_department.answer(self.terms(self.show, status=201), columns=columns, actor=self.actor, now=self.now)
        return self.respond(answer)


class DepartmentDetailView(_DepartmentView):
    """GET, PUT, PATCH and DELETE one department."""

    rights: ClassVar = {**_READS_ALL, **_KEEPS}
    bodies: ClassVar = {"PUT": DepartmentBody, "PATCH": DepartmentChanges}
    operations: ClassVar = {
        "GET": reads(
            "get_department", "One department.", "It.", DepartmentAnswer, UnknownDepartment, parameters=_DEPARTMENT
        ),
        **{
            method: writes(
                name,
                "Change a department.",
                "It.",
                DepartmentAnswer,
                UnknownDepartment,
                AlreadyExists,
                parameters=_DEPARTMENT,
            )
            for method, name in (("PUT", "replace_department"), ("PATCH", "change_department"))
        },
        "DELETE": writes(
            "remove_department",
            "Forget a department that nobody is in.",
            "It is gone.",
            None,
            UnknownDepartment,
            InUse,
            status=204,
            parameters=_DEPARTMENT,
        ),
    }

    def get(self, request: Request, department_id: str) -> HttpResponse:
        with scoped_read(self.actor):
            row = self.departments().filter(id=self.path_id(department_id)).first()
            if row is None:
                raise UnknownDepartment
            shown = department_payload(row, list(row.job_titles.all()))
        return self.shown(shown)

    def put(self, request: Request, department_id: str) -> HttpResponse:
        return self._change(DepartmentBody, department_id)

    def patch(self, request: Request, department_id: str) -> HttpResponse:
        return self._change(DepartmentChanges, department_id)

    def delete(self, request: Request, department_id: str) -> HttpResponse:
        answer = remove_department.answer(
            self.terms(lambda gone: gone, status=204),
            department_id=self.path_id(department_id),
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)

    def _change(self, kind: type[DepartmentChanges], department_id: str) -> HttpResponse:
        wanted = self.columns(kind)
        answer = change_department.answer(
            self.terms(self.show),
            department_id=self.path_id(department_id),
            wanted=wanted,
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class _JobTitleView(_OrganisationView):
    message = "Job title"
    missing = UnknownJobTitle

    def titles(self) -> QuerySet[JobTitle]:
        return JobTitle.objects.of(self.actor).select_related("department")


class JobTitleListView(_JobTitleView):
    """GET the job titles, by title; POST a new one."""

    rights: ClassVar = {**_READS_ALL, "POST": Right.KEEP_PEOPLE}
    bodies: ClassVar = {"POST": JobTitleBody}
    operations: ClassVar = {
        "GET": reads(
            "list_job_titles",
            "The job titles, by title.",
            "All that pass the filter.",
            JobTitlesAnswer,
            parameters=(Parameter("department", "Those of the department with this id.", ID),),
        ),
        "POST": writes("create_job_title", "Enter a job title.", "It is made.", JobTitleAnswer, AlreadyExists, status=201),
    }

    def get(self, request: Request) -> HttpResponse:
        rows = self.titles()
        if given := request._request.GET.get("department", ""):
            department_id = as_uuid(given)
            if department_id is None:
                raise ValidationFailed(errors={"department": ["Must be a valid UUID."]})
            rows = rows.filter(department_id=department_id)
        with scoped_read(self.actor):
            shown = [job_title_payload(row) for row in rows.order_by("title", "id")[:MOST_ROWS]]
        return self.shown(shown)

    def post(self, request: Request) -> HttpResponse:
        columns = self.columns(JobTitleBody)
        answer = create_job_title.answer(
            self.terms(job_title_payload, status=201), columns=columns, actor=self.actor, now=self.now
        )
        return self.respond(answer)


class JobTitleDetailView(_JobTitleView):
    """GET, PUT, PATCH and DELETE one job title."""

    rights: ClassVar = {**_READS_ALL, **_KEEPS}
    bodies: ClassVar = {"PUT": JobTitleBody, "PATCH": JobTitleChanges}
    operations: ClassVar = {
        "GET": reads("get_job_title", "One job title.", "It.", JobTitleAnswer, UnknownJobTitle, parameters=_TITLE),
        **{
            method: writes(
                name, "Change a job title.", "It.", JobTitleAnswer, UnknownJobTitle, AlreadyExists, parameters=_TITLE
            )
            for method, name in (("PUT", "replace_job_title"), ("PATCH", "change_job_title"))
        },
        "DELETE": writes(
            "remove_job_title",
            "Forget a job title that nobody has.",
            "It is gone.",
            None,
            UnknownJobTitle,
            InUse,
            status=204,
            parameters=_TITLE,
        ),
    }

    def get(self, request: Request, title_id: str) -> HttpResponse:
        with scoped_read(self.actor):
            row = self.titles().filter(id=self.path_id(title_id)).first()
        if row is None:
            raise UnknownJobTitle
        return self.shown(job_title_payload(row))

    def put(self, request: Request, title_id: str) -> HttpResponse:
        return self._change(JobTitleBody, title_id)

    def patch(self, request: Request, title_id: str) -> HttpResponse:
        return self._change(JobTitleChanges, title_id)

    def delete(self, request: Request, title_id: str) -> HttpResponse:
        answer = remove_job_title.answer(
            self.terms(lambda gone: gone, status=204),
            title_id=self.path_id(title_id),
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)

    def _change(self, kind: type[JobTitleChanges], title_id: str) -> HttpResponse:
        wanted = self.columns(kind)
        answer = change_job_title.answer(
            self.terms(job_title_payload),
            title_id=self.path_id(title_id),
            wanted=wanted,
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)
