"""Hostile bodies for every route that writes: never a 5xx, never a word of our insides, and nothing is stored.

A body is a good one of the route (the policy's own call, for a row that is there) with one value spoilt, or bytes that are
no JSON. All go as dry runs, so that what happens to be right stores nothing either. The suite sends some 2,000 chosen by the
seed, as many to each route; at night every one of them is sent to every route.
"""

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from erp.api.policy import Entry
from erp.rights import Right, Role
from tests.api.test_hostile_bodies import INTERNALS
from tests.builders import Answer, World, new_world, send
from tests.house.calling import Asker, Call, Ids, member
from tests.house.test_policy import MOUNTED, call_of
from tests.house.walking_routes import routes
from tests.observing import row_counts, rows_of
from tests.slicing import SEED

AT_LEAST = 2_000
VIEWS = {(method, route.path): route.view for route in routes() for method in route.methods}
WRITES = [entry for entry in MOUNTED if entry.method != "GET"]
NO_DRY_RUN = {
    # Nothing to try out: what is no JSON is sent to them all the same, where they read a body.
    "/api/auth/login/", "/api/auth/logout/", "/api/auth/token/refresh/", "/api/auth/users/change_password/",
    "/api/sales/sse/ticket/", "/console/session/", "/console/sign-out/", "/console/token/",
}  # fmt: skip

VALUES: list[Any] = [
    None, True, False, 0, -1, 1.5, -0.0, 1e308, 0.1 + 0.2, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**39,
    "", " ", "x", "0", "-0", "1e3", "1e400", "NaN", "Infinity", "-0.001", "99999999999999999999.99", "1_0", "٣",
    "0." + "1" * 41, "\u0000", "a\u0000b", "\ud800", "\u202e", "\u200b", "\ufeff", "a\nb", "x" * 300, "x" * 6000, "😀" * 40,
    "'; DROP TABLE x; --", "2026-02-30", "2026-W01-1", "20260123", "0000-00-00", "0001-01-01", "9999-12-31",
    "2026-01-23T25:00:00Z",
    "00000000-0000-0000-0000-000000000000", "0198c0de-0000-7000-8000-00000000000g", "HIGH", "javascript:alert(1)", "=1+1",
    [], {}, [[]], [None], [{}], [0], [""], ["x"] * 3000, {"": None}, {"code": 1}, {"id": "x"}, [[[[[[[[[[[[1]]]]]]]]]]]],
]  # fmt: skip
NO_JSON = [
    b"", b" ", b"{", b"[]", b"null", b"5", b'"text"', b"[{}]", b"{a:1}", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":1e400}',
    b"\xff\xfe{}", b'{"a":"\x00"}', b"[" * 50_000, b'{"a":' * 50_000, b'{"a":' + b"9" * 5000 + b"}", b'{"\\ud800":1}',
    b"{}{}", b"a=1&b=2",
]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A route with somebody who may use it, a row to use it on, and a good body; the body is made once."""

    entry: Entry
    call: Call
    asker: Asker
    ids: Ids
    good: Any

    @property
    def takes_dry_run(self) -> bool:
        return self.entry.path not in NO_DRY_RUN

    @property
    def fields(self) -> list[str]:
        """Of the struct that the route reads: a good body need not have them all."""
        kind = VIEWS[self.entry.method, self.entry.path].bodies.get(self.entry.method)
        return [] if kind is None else [field.encode_name for field in msgspec.structs.fields(kind)]

    def corpus(self) -> Iterator[bytes]:
        """Every hostile body for it."""
        if not self.takes_dry_run and not self.fields:
            return
        yield from NO_JSON
        if not self.takes_dry_run or isinstance(self.good, bytes):
            return
        good = self.good if isinstance(self.good, dict) else {}
        for place in dict.fromkeys([*places(good), *((name,) for name in self.fields)]):
            for value in VALUES:
                yield json.dumps(spoilt(good, place, value)).encode()

    def ask(self, body: bytes) -> Answer:
        query = "&".join(part for part in (self.call.query, "dry_run=true" if self.takes_dry_run else "") if part)
        path = self.entry.path.format_map(self.ids) + (f"?{query}" if query else "")
        return send(self.entry.method, path, body, **(self.asker.headers | self.call.headers(self.asker)))


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all that is in there, lists by their first member."""
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, member_of in inner:
        yield (*at, key)
        yield from places(member_of, (*at, key))


def spoilt(good: dict[str, Any], place: tuple[Any, ...], value: Any) -> Any:
    body = copy.deepcopy(good)
    inner: Any = body
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return body


@pytest.fixture(scope="module")
def targets(migrated_database: None) -> list[Target]:
    world = new_world()
    return [_target(entry, world) for entry in WRITES]


def _target(entry: Entry, world: World) -> Target:
    call = call_of(entry)
    role = next(role for role in Role if entry.right is Right.ANYONE or call.answers(role, entry.right) == call.status)
    asker = member(world, role)
    ids = call.ids(world)
    body = call.body(asker)
    return Target(entry, call, asker, ids, body if isinstance(body, bytes) else json.loads(msgspec.json.encode(body)))


def chosen(targets: list[Target]) -> Iterator[tuple[Target, bytes]]:
    """By the seed, from each route as many as the others, until there are enough."""
    chance = random.Random(SEED)
    corpora = [(target, chance.sample(bodies, len(bodies))) for target in targets if (bodies := list(target.corpus()))]
    each, rest = 1 + AT_LEAST // len(corpora), AT_LEAST
    while rest > 0:
        for target, bodies in corpora:
            for body in bodies[:each]:
                yield target, body
                rest -= 1
            del bodies[:each]
        each = 1


def judged(target: Target, body: bytes) -> int:
    answer = target.ask(body)
    asked = f"CAMPAIGN_SEED={SEED} {target.entry.method} {target.entry.path} {body[:400]!r}"
    shown = f"{asked}\n{answer.status} {answer.raw[:500]!r}"
    assert answer.status < 500, shown
    assert not INTERNALS.search(answer.raw) or answer.status < 400, shown
    assert answer.status < 400 or "message" in answer.body or "error" in answer.body, shown
    return answer.status


def stored(targets: list[Target]) -> tuple[Any, Any]:
    return row_counts(), rows_of(targets[0].asker.world)


@pytest.mark.db_heavy
def test_two_thousand_hostile_bodies_over_all_writes_are_answered_and_store_nothing(targets: list[Target]) -> None:
    before = stored(targets)
    sent = [judged(target, body) for target, body in chosen(targets)]
    assert stored(targets) == before
    assert len(sent) >= AT_LEAST
    # They get as far as the rules: not all are stopped at the door, nor do many happen to be right.
    refused = [status for status in sent if status >= 400]
    assert len(sent) / 2 < len(refused) < len(sent), {status: sent.count(status) for status in set(sent)}
    assert max(sent.count(status) for status in (401, 403, 404, 415, 429)) < len(sent) / 20


@pytest.mark.slow
@pytest.mark.db_heavy
@pytest.mark.parametrize("place", range(len(WRITES)), ids=lambda place: f"{WRITES[place].method} {WRITES[place].path}")
def test_every_hostile_body_of_every_write_is_answered_and_stores_nothing(targets: list[Target], place: int) -> None:
    before = stored(targets)
    for body in targets[place].corpus():
        judged(targets[place], body)
    assert stored(targets) == before
