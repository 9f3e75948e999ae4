"""A good request for every route, and who may come along with it. A new route needs a call in one of the tables of calls."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from erp.api.policy import Entry
from erp.models import User
from erp.rights import ROLES_WITH, Right, Role, Scope
from tests.builders import Answer, World, send

Ids = Mapping[str, str]


@dataclass
class Asker:
    """Somebody with something to show: a member in a role, a key, nobody; and his own login, where he has one."""

    world: World
    role: Role | None = None
    scope: Scope | None = None
    headers: dict[str, str] = field(default_factory=dict)
    refresh: str = "none"

    def __str__(self) -> str:
        return self.role or self.scope or " ".join(self.headers) or "nobody"


@dataclass(frozen=True)
class Call:
    """A good request: whose rows its path names, its query, its body and headers, what it answers.

    `ids` makes or finds the rows in a company. `needs` is a right that the body asks for beside that of the route, and
    `not_for` are roles that have the right, but not over such a row: to them it does not exist.
    """

    status: int = 200
    ids: Callable[[World], Ids] = lambda world: {}
    body: Callable[[Asker], Any] = lambda asker: None
    headers: Callable[[Asker], dict[str, str]] = lambda asker: {}
    query: str = ""
    needs: Right = Right.ANYONE
    not_for: frozenset[Role] = frozenset()

    def answers(self, role: Role, right: Right) -> int:
        """The status that a member with this role gets from a route with this right."""
        if not all(one is Right.ANYONE or role in ROLES_WITH[one] for one in (right, self.needs)):
            return 403
        return 404 if role in self.not_for else self.status

    def ask(self, asker: Asker, entry: Entry, ids: Ids, **headers: str) -> Answer:
        """The request as this asker sends it, for these rows."""
        given = asker.headers | self.headers(asker) | headers
        path = entry.path.format_map(ids) + (f"?{self.query}" if self.query else "")
        return send(entry.method, path, self.body(asker), **given)


def in_path(path: str) -> list[str]:
    """Names of the ids in the path."""
    return re.findall(r"{(\w+)}", path)


def nobodys(path: str) -> Ids:
    """Ids that no row has."""
    return {name: str(uuid4()) for name in in_path(path)}


def member(world: World, role: Role) -> Asker:
    """With a login of his own, since some routes end it."""
    tokens = world.log_in(role)
    return Asker(world, role, headers={"Authorization": f"Bearer {tokens.access}"}, refresh=tokens.refresh)


def member_named(world: World, user: User, role: Role) -> Asker:
    """The same, for somebody in particular."""
    tokens = world.log_in_as(user)
    return Asker(world, role, headers={"Authorization": f"Bearer {tokens.access}"}, refresh=tokens.refresh)


def key_holder(world: World, scope: Scope) -> Asker:
    return Asker(world, scope=scope, headers={"X-API-Key": world.key(scope)})
