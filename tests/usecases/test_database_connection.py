import time

from django.db import connection

from tests.cluster import owner_connection


def backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_an_idle_connection_is_usable() -> None:
    backend_pid()
    assert connection.is_usable()


def test_a_connection_that_the_server_has_closed_is_not_usable_and_is_replaced() -> None:
    pid = backend_pid()
    with owner_connection() as owner:
        owner.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    time.sleep(0.05)  # the farewell has to arrive
    assert not connection.is_usable()
    connection.close()
    assert backend_pid() != pid
