"""The foundation of the tests: a migrated database, real commits, a company for each test."""

from collections.abc import Iterator

import pytest
from django.db import connections
from hypothesis import settings
from pytest_django.plugin import DjangoDbBlocker

from tests.builders import World, new_world
from tests.slicing import SEED

# No time limits: a loaded machine is no defect.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"Slices of the matrices: CAMPAIGN_SEED={SEED}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files marked `long` come first; among themselves all stay in their random order."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session", autouse=True)
def migrated_database(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The migrated cluster of this run. Tests commit for real; what separates them is the company each founds."""
    with django_db_blocker.unblock():
        yield
        for connection in connections.all():
            connection.close()


@pytest.fixture
def world() -> World:
    """A new company with an API key and people of every role, made when asked for."""
    return new_world()


@pytest.fixture
def other_world() -> World:
    """A second company, which must never be seen."""
    return new_world()
