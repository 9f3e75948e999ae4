"""Limits hold however many come at once, and keep nobody out but whom they are for."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from erp.rights import Role
from erp.throttling import LOGIN_WINDOW, MINUTE, reserve
from tests.builders import PASSWORD, Answer, World, invoice_body, send

IMPORT = "/api/sales/import/invoice/"


@pytest.fixture(autouse=True)
def behind_a_proxy() -> Iterator[None]:
    """So that a test may come from any address."""
    with override_settings(TRUSTED_PROXY_COUNT=1):
        yield


def address(world: World, last: int = 1) -> str:
    """An address that no other test uses."""
    digits = world.company.id.int
    return f"2001:db8:{digits >> 16 & 0xFFFF:x}:{digits & 0xFFFF:x}::{last}"


def at_once(count: int, ask: Callable[[int], int]) -> Counter[int]:
    """What so many get who ask at the same moment, from as many threads as the database has room for."""
    found: Counter[int] = Counter()
    lock, numbers = threading.Lock(), iter(range(count))

    def work() -> None:
        try:
            for _ in range(count):
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                status = ask(number)
                with lock:
                    found[status] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def log_in(email: str, password: str, address: str) -> Answer:
    return send("POST", "/api/auth/login/", {"email": email, "password": password}, **{"X-Forwarded-For": address})


def test_of_500_at_once_the_limit_gets_through_and_no_one_more(world: World) -> None:
    now, name = timezone.now(), f"test {world.company.id}"
    got = at_once(500, lambda _: 200 if reserve(name, limit=37, window=MINUTE, now=now) else 429)
    assert got == {200: 37, 429: 463}


def test_no_more_passwords_are_looked_at_than_the_limit_however_many_are_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr("erp.authenticating.check_password", lambda password, _: looked_at.append(password))
    email, here = world.user(Role.BILLER).email, address(world)
    got = at_once(100, lambda number: log_in(email, f"guess {number}", here).status)
    assert (got, len(looked_at)) == ({401: 10, 429: 90}, 10)
    refused = log_in(email, PASSWORD, here)
    assert (refused.status, refused.body["code"]) == (429, "throttled")
    assert 1 <= int(refused.headers["Retry-After"]) <= LOGIN_WINDOW.total_seconds()


def test_guessing_keeps_the_person_out_of_nowhere_else_and_others_of_nowhere(world: World) -> None:
    with override_settings(FAILED_LOGINS_PER_PERSON=2):
        email = world.user(Role.BILLER).email
        for _ in range(2):
            assert log_in(email, "wrong", address(world)).status == 401
        assert log_in(email.upper(), PASSWORD, address(world)).status == 429
        assert log_in(email, PASSWORD, address(world, 2)).status == 200
        assert log_in(world.user(Role.PACKER).email, PASSWORD, address(world)).status == 200


def test_right_passwords_do_not_count(world: World) -> None:
    with override_settings(FAILED_LOGINS_PER_PERSON=1, FAILED_LOGINS_PER_ADDRESS=1):
        email = world.user(Role.BILLER).email
        assert [log_in(email, PASSWORD, address(world)).status for _ in range(3)] == [200] * 3
        assert log_in(email, "wrong", address(world)).status == 401
        assert log_in(world.user(Role.PACKER).email, PASSWORD, address(world)).status == 429


def test_an_unknown_key_is_throttled_by_address_and_a_known_one_is_not(world: World) -> None:
    with override_settings(UNKNOWN_KEYS_PER_MINUTE=3):
        shown = {"X-Forwarded-For": address(world), "X-API-Key": "nobodys.key"}
        got = [send("POST", IMPORT, invoice_body(), **shown) for _ in range(7)]
        assert Counter(answer.status for answer in got)[401] in {3, 6}  # 6: a minute began in between
        assert {answer.status for answer in got} == {401, 429}
        assert int(got[-1].headers["Retry-After"]) >= 1
        assert send("POST", IMPORT, invoice_body(), **(shown | {"X-API-Key": world.api_key})).status == 201


def test_a_credential_may_send_so_many_requests_and_is_told_what_is_left(world: World) -> None:
    path, viewer = "/api/companies/", world.token(Role.VIEWER)
    assert "RateLimit" not in world.get(path).headers
    with override_settings(REQUESTS_PER_MINUTE=4):
        got = [send("GET", path, None, Authorization=f"Bearer {viewer}") for _ in range(10)]
        ok = [answer for answer in got if answer.status == 200]
        assert len(ok) in {4, 8}
        assert [answer.status for answer in got if answer.status != 200] == [429] * (10 - len(ok))
        assert ok[0].headers["RateLimit-Policy"] == '"requests";q=4;w=60'
        assert ok[0].headers["RateLimit"].startswith('"requests";r=3;t=')
        assert int(got[-1].headers["Retry-After"]) >= 1 or got[-1].status == 200
        assert world.get(path, role=Role.OWNER).status == 200, "another person has a count of his own"
