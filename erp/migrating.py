"""Migration operations for what the database enforces and Django cannot declare."""

import re
from pathlib import Path

from django.db.migrations.operations import RunSQL


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
