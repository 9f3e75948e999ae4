"""Databases of a test's own, beside the one that the run shares: for what must not happen to everybody."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection

from tests.cluster import PRISTINE, owner_connection


@contextmanager
def scratch_database(name: str, *, migrated: bool) -> Iterator[str]:
    """The URL of a new database, empty or migrated without a row of anybody's; it is gone afterwards."""
    with owner_connection() as owner:
        owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        owner.execute(f"CREATE DATABASE {name} TEMPLATE {PRISTINE if migrated else 'template0'}")
    try:
        yield urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
    finally:
        with owner_connection() as owner:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def django_connected_to(url: str) -> Iterator[None]:
    """Django's connection of this thread goes there meanwhile."""
    shared = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = urlsplit(url).path.removeprefix("/")
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = shared


def owner_of(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    """A superuser's connection to it."""
    return psycopg.connect(url, autocommit=True)
