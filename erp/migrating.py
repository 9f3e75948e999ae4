"""Migration operations for what the database enforces and Django cannot declare."""

from django.db.migrations.operations import RunSQL


def add_company_foreign_key(table: str, column: str, target: str) -> RunSQL:
    """``(company_id, column) → target (company_id, id)``: a row can only name rows of its own company.

    Immediate, not deferred: a wrong reference is refused by the statement that writes it. The name ends in ``_company_fk``.
    """
    name = f"{table}_{column}_company_fk"
    return RunSQL(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (company_id, "{column}")'
        f' REFERENCES "{target}" (company_id, id)',
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
