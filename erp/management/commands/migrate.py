"""`migrate`, as the role that owns the tables: makes the roles, migrates, then grants what each role may touch."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import ProgrammingError, connections
from django.db.migrations.executor import MigrationExecutor

from erp.database import DatabaseRole, startup_options
from erp.roles import grant_statements, role_statements, run


class Command(DjangoMigrate):
    help = "Create the database roles when they are missing, run the migrations as their owner, grant each role its rights."

    def execute(self, *args: Any, **options: Any) -> str | None:
        """All of it, Django's checks included: they ask the server its version, before the serving role exists."""
        connection = connections[options["database"]]
        serving = connection.settings_dict["OPTIONS"]["options"]
        pool = connection.settings_dict["OPTIONS"].pop("pool", None)
        try:
            self._become(connection, "")
            self._create_roles(connection)
            self._become(connection, startup_options(DatabaseRole.OWNER))
            output: str | None = super().execute(*args, **options)
            if self._is_complete(connection):
                with connection.cursor() as cursor:
                    run(cursor, grant_statements())
        finally:
            self._become(connection, serving)
            if pool is not None:  # only now: a connection is given back to the pool it came from
                connection.settings_dict["OPTIONS"]["pool"] = pool
        return output

    @staticmethod
    def _is_complete(connection: Any) -> bool:
        """Whether every migration is applied; half-way (`migrate erp zero`, `--plan`) there is nobody to serve."""
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())

    @staticmethod
    def _become(connection: Any, startup: str) -> None:
        """Reopen the connection with these libpq options; the role is taken at connect, so the old one must go."""
        connection.close()
        connection.settings_dict["OPTIONS"]["options"] = startup

    @staticmethod
    def _create_roles(connection: Any) -> None:
        try:
            with connection.cursor() as cursor:
                run(cursor, role_statements())
        except ProgrammingError as problem:
            statements = ";\n".join(line.strip() for line in role_statements())
            raise CommandError(
                f"This database login may not create roles ({problem}). Let an administrator run, once:\n\n{statements};\n"
            ) from problem
