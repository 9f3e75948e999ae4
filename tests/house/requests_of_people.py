"""Requests about people, reports and the dashboard whose round trips are counted."""

from collections.abc import Callable
from typing import Any

from erp.menus import Menu, menu_id
from erp.rights import Role
from tests.builders import Answer, World, send
from tests.house.calls_of_people import colleague, department_of, job_title_of, user_body

Request = Callable[[], Answer]


def _by_owner(world: World, method: str, path: str, body: Any = None) -> Request:
    headers = {"Authorization": f"Bearer {world.token(Role.OWNER)}"}
    return lambda: send(method, f"/api/{path}", body, **headers)


def _listed(path: str, *, rows: int) -> Callable[[World], Request]:
    def request(world: World) -> Request:
        for _ in range(rows):
            colleague(world)
            job_title_of(world, department=department_of(world))
        return _by_owner(world, "GET", path)

    return request


def _changed(method: str, tail: str, body: Any = None) -> Callable[[World], Request]:
    return lambda world: _by_owner(world, method, f"auth/users/{colleague(world).id}/{tail}", body)


def _assigned(world: World) -> Request:
    body = {"user_id": str(colleague(world).id), "menu_ids": [str(menu_id(menu)) for menu in Menu]}
    return _by_owner(world, "POST", "access/admin/assign-menus/", body)


REQUESTS: dict[str, Callable[[World], Request]] = {
    "user: create": lambda world: _by_owner(world, "POST", "auth/users/", user_body()),
    "user: change": _changed("PATCH", "", {"phone": "1", "role": "PACKER"}),
    "user: deactivate": _changed("POST", "deactivate/"),
    "user: remove": _changed("DELETE", ""),
    "menus: own": lambda world: _by_owner(world, "GET", "access/menus/"),
    "menus: assign all": _assigned,
    "settings of picking": lambda world: _by_owner(world, "GET", "common/developer-settings/"),
    "dashboard": lambda world: _by_owner(world, "GET", "analytics/dashboard-stats/"),
    **{
        f"{path}, {rows} rows": _listed(path, rows=rows)
        for path in ("auth/users/", "auth/departments/", "auth/job-titles/")
        for rows in (1, 10)
    },
}
