"""Migration operations for what the database enforces and Django cannot declare, and for not doing it one by one."""

import re
from pathlib import Path

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.models import IndexOperation
from django.db.migrations.state import ProjectState


class Together(Operation):
    """Operations in their order, with the models rendered once for all of them.

    Django renders models and all they are related to after every single operation, which was nine tenths of migrating from
    nothing. So none may need what another one makes of the models: new models stand together, fields stand together, and
    constraints, indexes and triggers stand together.
    """

    def __init__(self, *operations: Operation) -> None:
        kinds = {kind_of(operation) for operation in operations if not isinstance(operation, RunSQL)}
        assert len(kinds) == 1, f"these go in a group each: {sorted(kinds)}"
        self.operations = operations

    @property
    def reversible(self) -> bool:  # type: ignore[override]
        return all(operation.reversible for operation in self.operations)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        rendered = state.__dict__.pop("apps", None)  # a state that was never rendered renders nothing anew
        for operation in self.operations:
            operation.state_forwards(app_label, state)
        if rendered is not None:
            state.__dict__["apps"] = rendered
            laws_only = all(isinstance(operation, IndexOperation | RunSQL) for operation in self.operations)
            state.reload_models([(app_label, name) for name in self._model_names()], delay=laws_only)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)

    def _model_names(self) -> set[str]:
        named = (getattr(operation, "model_name", getattr(operation, "name", None)) for operation in self.operations)
        return {name.lower() for name in named if name is not None}


def kind_of(operation: Operation) -> str:
    """Operations of one kind may stand together."""
    if isinstance(operation, CreateModel):
        return "models"
    return "constraints, indexes and triggers" if isinstance(operation, IndexOperation) else "fields"


def add_company_foreign_key(table: str, column: str, target: str, *, cascades: bool = False) -> RunSQL:
    """``(company_id, column) → target (company_id, id)``: a row can only name rows of its own company.

    Immediate, not deferred: a wrong reference is refused by the statement that writes it. The name ends in ``_company_fk``.
    Where it `cascades`, the row is nothing without its target and goes with it.
    """
    name = f"{table}_{column}_company_fk"
    gone = " ON DELETE CASCADE" if cascades else ""
    return RunSQL(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (company_id, "{column}")'
        f' REFERENCES "{target}" (company_id, id){gone}',
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
    )


def add_company_policy(table: str) -> RunSQL:
    """The row-level security policy of a company's table, written now and enabled later, as a measured step.

    ``nullif`` because the setting reads ``''``, not NULL, once a transaction on the connection has set it.
    """
    return RunSQL(
        f'CREATE POLICY company_scope ON "{table}" '
        "USING (company_id = nullif(current_setting('app.company_id', true), '')::uuid) "
        "WITH CHECK (company_id = nullif(current_setting('app.company_id', true), '')::uuid)",
        f'DROP POLICY company_scope ON "{table}"',
    )


def run_sql_file(migration: str, name: str) -> RunSQL:
    """Run ``sql/<name>.sql`` beside the app's migrations, and ``sql/<name>.back.sql`` for the way back.

    `migration` is the ``__file__`` of the migration. The files are part of history like the migration itself: a change is a
    new file.
    """
    folder = Path(migration).parent.parent / "sql"
    return RunSQL((folder / f"{name}.sql").read_text(), (folder / f"{name}.back.sql").read_text())


_VIEW_NAMES = re.compile(r"^CREATE VIEW (audit_[a-z0-9_]+)", re.MULTILINE)


def create_audit_views(migration: str, name: str) -> RunSQL:
    """Create the views of ``sql/<name>.sql``; the way back drops them.

    A view ``audit_i01_…`` or ``audit_s1_…`` answers with the violations of one law and nothing else; `manage.py verify`
    finds it by its name.
    """
    text = (Path(migration).parent.parent / "sql" / f"{name}.sql").read_text()
    return RunSQL(text, "".join(f"DROP VIEW {view};\n" for view in reversed(_VIEW_NAMES.findall(text))))
