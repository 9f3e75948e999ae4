"""Calls of those who keep people: users, departments, job titles, menus."""

import itertools
import secrets
from typing import Any

from django.utils import timezone

from companies.founding import Person, take_in
from erp.locking import one_transaction
from erp.menus import Menu, menu_id
from erp.models import Department, JobTitle, User
from erp.rights import Right, Role
from tests.builders import PASSWORD_HASH, World
from tests.house.calling import Asker, Call, Ids

_numbers = itertools.count(1)


def _user(world: World) -> Ids:
    return {"user_id": str(colleague(world).id)}


def colleague(world: World, role: Role = Role.VIEWER, **columns: Any) -> User:
    """One more member, who may be let go without anybody missing him."""
    email = f"colleague{next(_numbers)}.{secrets.token_hex(6)}@example.com"
    user = User.objects.create(
        email=email, name="Colleague", password=PASSWORD_HASH, active_company=world.company, **columns
    )
    return take_in(company=world.company, person=Person(email, user.name, "", role))


def _department(world: World) -> Ids:
    return {"department_id": str(department_of(world).id)}


def _title(world: World) -> Ids:
    return {"title_id": str(job_title_of(world).id)}


def department_of(world: World, **columns: Any) -> Department:
    now = timezone.now()
    given = {"name": f"Department {next(_numbers)}", "created_at": now, "updated_at": now} | columns
    with one_transaction(company_id=world.company.id):
        return Department.unscoped.create(company=world.company, **given)


def job_title_of(world: World, **columns: Any) -> JobTitle:
    now = timezone.now()
    given = {"title": f"Title {next(_numbers)}", "created_at": now, "updated_at": now} | columns
    with one_transaction(company_id=world.company.id):
        return JobTitle.unscoped.create(company=world.company, **given)


def people_of_every_kind(world: World) -> None:
    """A department, a job title in it, somebody who has it, and a menu granted to him; somebody who has left."""

    def made(method: str, path: str, body: Any = None) -> Any:
        answer = world.send(method, f"/api/{path}", body, role=Role.OWNER)
        assert answer.status in {200, 201, 204}, answer.raw
        return answer.data if answer.body else None

    department = made("POST", "auth/departments/", {"name": "Stores"})
    title = made("POST", "auth/job-titles/", {"title": "Packer", "department_id": department["id"]})
    user = made("POST", "auth/users/", user_body(job_title=title["id"]))
    menus = [str(menu_id(Menu.BOXING_LIST))]
    made("POST", "access/admin/assign-menus/", {"user_id": user["id"], "menu_ids": menus})
    made("DELETE", f"auth/users/{made('POST', 'auth/users/', user_body())['id']}/")


def user_body(**changes: Any) -> dict[str, Any]:
    number = next(_numbers)
    body = {"email": f"asha{number}.{secrets.token_hex(6)}@example.com", "name": "Asha"}
    return body | {"password": "correct horse battery staple", "role": "PICKER"} | changes


def _assigned(asker: Asker) -> Any:
    return {"user_id": str(asker.world.user(Role.VIEWER).id), "menu_ids": [str(menu_id(Menu.PICKING_LIST))]}


_KEEP = Right.KEEP_PEOPLE

CALLS: dict[tuple[str, str], Call] = {
    ("GET", "/api/auth/users/"): Call(),
    ("POST", "/api/auth/users/"): Call(201, body=lambda asker: user_body()),
    ("GET", "/api/auth/users/{user_id}/"): Call(ids=_user, needs=_KEEP),
    ("PUT", "/api/auth/users/{user_id}/"): Call(
        ids=_user, body=lambda asker: {"email": user_body()["email"], "name": "B", "role": "USER"}
    ),
    ("PATCH", "/api/auth/users/{user_id}/"): Call(ids=_user, body=lambda asker: {"phone": "1"}),
    ("DELETE", "/api/auth/users/{user_id}/"): Call(204, ids=_user),
    ("POST", "/api/auth/users/{user_id}/activate/"): Call(ids=_user),
    ("POST", "/api/auth/users/{user_id}/deactivate/"): Call(ids=_user),
    ("GET", "/api/auth/departments/"): Call(),
    ("POST", "/api/auth/departments/"): Call(201, body=lambda asker: {"name": f"N{next(_numbers)}"}),
    ("GET", "/api/auth/departments/{department_id}/"): Call(ids=_department),
    ("PUT", "/api/auth/departments/{department_id}/"): Call(
        ids=_department, body=lambda asker: {"name": f"N{next(_numbers)}"}
    ),
    ("PATCH", "/api/auth/departments/{department_id}/"): Call(ids=_department, body=lambda asker: {"is_active": False}),
    ("DELETE", "/api/auth/departments/{department_id}/"): Call(204, ids=_department),
    ("GET", "/api/auth/job-titles/"): Call(),
    ("POST", "/api/auth/job-titles/"): Call(201, body=lambda asker: {"title": f"N{next(_numbers)}"}),
    ("GET", "/api/auth/job-titles/{title_id}/"): Call(ids=_title),
    ("PUT", "/api/auth/job-titles/{title_id}/"): Call(ids=_title, body=lambda asker: {"title": f"N{next(_numbers)}"}),
    ("PATCH", "/api/auth/job-titles/{title_id}/"): Call(ids=_title, body=lambda asker: {"is_active": False}),
    ("DELETE", "/api/auth/job-titles/{title_id}/"): Call(204, ids=_title),
    ("GET", "/api/common/developer-settings/"): Call(),
    ("PUT", "/api/common/developer-settings/"): Call(body=lambda asker: {"enable_bulk_picking": True}),
    ("GET", "/api/access/menus/"): Call(),
    ("GET", "/api/access/admin/menus/"): Call(),
    ("POST", "/api/access/admin/assign-menus/"): Call(body=_assigned),
    ("GET", "/api/access/admin/users/{user_id}/menus/"): Call(ids=_user),
}
