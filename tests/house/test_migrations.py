"""Migrations: none missing, one line per app, and each has a way back."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField, CreateModel, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django_linear_migrations.apps import MigrationDetails, check_max_migration_files

from erp.migrating import Together, kind_of
from tests.house.catalogue import Cursor, rows
from tests.house.registry import FLOORS
from tests.scratch import django_connected_to, owner_of, scratch_database

pytestmark = pytest.mark.long


def missing_changes(written: ProjectState, loader: MigrationLoader) -> dict[str, Any]:
    """What `makemigrations` would write, given what the migrations say by now."""
    return MigrationAutodetector(written, ProjectState.from_apps(apps)).changes(graph=loader.graph)


def test_the_migrations_say_all_that_the_models_say() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    assert missing_changes(loader.project_state(), loader) == {}


def test_a_missing_migration_is_found() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    written = loader.project_state()
    written.remove_field("sales", "customer", "phone2")
    assert list(missing_changes(written, loader)) == ["sales"]


def test_each_app_has_one_line_of_migrations() -> None:
    assert check_max_migration_files() == []


def test_a_second_line_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a merge of two branches that both added a migration: the file that names the last one conflicts."""
    (tmp_path / "max_migration.txt").write_text("0001_initial\n")
    monkeypatch.setattr(MigrationDetails, "dir", tmp_path)
    assert check_max_migration_files()


def one_by_one(operations: Sequence[Operation]) -> list[str]:
    """Operations that follow one of their kind, and could stand together with it."""
    return [
        operation.describe()
        for before, operation in pairwise(operations)
        if not {type(before), type(operation)} & {Together, RunSQL} and kind_of(before) == kind_of(operation)
    ]


def test_operations_that_may_stand_together_do() -> None:
    ours = [one for one in MigrationLoader(None).disk_migrations.values() if one.app_label in FLOORS]
    assert {one.name: alone for one in ours if (alone := one_by_one(one.operations))} == {}
    field = AddField("Customer", "nickname", models.TextField())
    assert one_by_one([field, field]) == [field.describe()]
    with pytest.raises(AssertionError, match="a group each"):
        Together(field, CreateModel("Nickname", []))


def remains(cursor: Cursor) -> list[str]:
    """Everything in the schema but Django's own record of what it ran, and the jobs, whose library knows no way back.

    django-pgtrigger leaves a trigger's function behind when it drops it, and replaces it when the trigger comes back.
    """
    return rows(
        cursor,
        "SELECT kind || ' ' || name FROM ("
        " SELECT 'relation', oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " UNION SELECT 'function', oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " UNION SELECT 'type', typname::text FROM pg_type WHERE typnamespace = 'public'::regnamespace"
        ") AS present (kind, name) WHERE name !~ 'django_migrations|procrastinate'"
        " AND NOT (kind = 'function' AND name ~ '^_?pgtrigger_') ORDER BY 1",
    )


def described(cursor: Cursor) -> list[Any]:
    """The whole schema as comparable text: columns, constraints, indexes, triggers, policies, functions, grants."""
    return rows(
        cursor,
        "SELECT kind, text FROM ("
        " SELECT 'column', table_name || '.' || column_name || ' ' || data_type || is_nullable"
        "   || coalesce(column_default, '') || coalesce(identity_generation, '') FROM information_schema.columns"
        "   WHERE table_schema = 'public'"
        " UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname || ' ' || pg_get_constraintdef(oid)"
        "   FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        " UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " UNION ALL SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
        " UNION ALL SELECT 'policy', tablename || policyname || roles::text || cmd || qual || coalesce(with_check, '')"
        "   FROM pg_policies"
        " UNION ALL SELECT 'function', CASE prokind WHEN 'a' THEN oid::regprocedure::text ELSE pg_get_functiondef(oid) END"
        "   FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " UNION ALL SELECT 'grant', relname || relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ") AS described (kind, text) ORDER BY 1, 2",
    )


@pytest.mark.db_heavy
def test_a_database_from_before_the_migrations_were_folded_runs_only_those_written_since(migrated_database: None) -> None:
    ours = [one for one in MigrationLoader(None).disk_migrations.values() if one.app_label in FLOORS]
    folded = {old for one in ours for old in one.replaces}
    since = {(one.app_label, one.name) for one in ours if not one.replaces}
    with scratch_database("erp_unfolded", migrated=True) as url, owner_of(url) as owner, django_connected_to(url):
        owner.execute("DELETE FROM django_migrations WHERE app = ANY(%s)", [list(FLOORS)])
        with owner.cursor() as cursor:
            cursor.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", sorted(folded))
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        assert {(migration.app_label, migration.name) for migration, _ in plan} == since


@pytest.mark.db_heavy
def test_every_migration_can_be_undone_and_done_again(migrated_database: None) -> None:
    with scratch_database("erp_back_and_forth", migrated=True) as url, owner_of(url) as owner, django_connected_to(url):
        with owner.cursor() as cursor:
            first = described(cursor)
            assert len(first) > 300
        labels = {config.label for config in apps.get_app_configs()}
        for label in sorted(labels & set(FLOORS), key=lambda label: -FLOORS[label]):
            if MigrationLoader(None).graph.leaf_nodes(label):
                call_command("migrate", label, "zero", verbosity=0)
        for label in ("auth", "contenttypes"):
            call_command("migrate", label, "zero", verbosity=0)
        with owner.cursor() as cursor:
            assert remains(cursor) == []
        call_command("migrate", verbosity=0)
        with owner.cursor() as cursor:
            assert described(cursor) == first
