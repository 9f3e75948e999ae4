"""The structure audits S1–S7, on the catalogue: what keeps companies apart and history unchanged is really there.

Each rule is a question that answers with its violations; each is asked again inside a transaction in which it was broken.
"""

from collections.abc import Callable

import pytest

from erp.database import DatabaseRole
from erp.roles import APPEND_ONLY_TABLES, company_tables
from tests.house.catalogue import Cursor, provoked, rows, unique_keys
from tests.house.registry import company_models, library_tables, our_models

SERVING = [role.value for role in DatabaseRole if role is not DatabaseRole.OWNER]
GLOBALLY_UNIQUE = {
    # Looked up before the company is known.
    "erp_apikey_prefix_key",
    "streamticket_digest",
}
NEVER_REFERRED_TO = {
    # Appended at full speed, by every write: one more index would only serve a key that nobody uses.
    "erp_outboxevent",
    "erp_idempotencykey",
    "accounting_ledgerentry",
    "erp_auditseal",
    "erp_unsealedentry",
    # Sums, found by account and day.
    "accounting_accountday",
}


def without_policy(cursor: Cursor) -> list[str]:
    """S1: company tables without the policy that confines them, for reading and for writing, in the one agreed form."""
    expected = "(company_id = (NULLIF(current_setting('app.company_id'::text, true), ''::text))::uuid)"
    confined = rows(
        cursor,
        "SELECT tablename::text FROM pg_policies WHERE policyname = 'company_scope' AND permissive = 'PERMISSIVE'"
        " AND cmd = 'ALL' AND roles = '{public}' AND qual = %s AND with_check = %s",
        [expected, expected],
    )
    return sorted({model._meta.db_table for model in company_models()} - set(confined))


def odd_policies(cursor: Cursor) -> list[str]:
    """S1: policies that open a company's rows beyond the agreed exceptions."""
    agreed = {
        ("erp_membership", "look_up", "SELECT", "{public}"),  # before the company is known
        ("erp_apikey", "look_up", "SELECT", "{public}"),
        ("erp_streamticket", "look_up", "SELECT", "{public}"),
        ("erp_streamticket", "take", "DELETE", "{public}"),  # by whoever shows it, and it says which company
        ("erp_menugrant", "look_up", "SELECT", "{public}"),  # read together with the membership
        ("erp_eventchannel", "relay_all", "ALL", "{erp_relay}"),  # numbers and delivers the events of all companies
        ("erp_outboxevent", "relay_all", "ALL", "{erp_relay}"),
        ("erp_auditentry", "relay_all", "ALL", "{erp_relay}"),  # seals the entries of all companies
        ("erp_auditseal", "relay_all", "ALL", "{erp_relay}"),
        ("erp_audithead", "relay_all", "ALL", "{erp_relay}"),
        ("erp_unsealedentry", "relay_all", "ALL", "{erp_relay}"),
        ("erp_idempotencykey", "relay_all", "ALL", "{erp_relay}"),  # forgets what is too old to be repeated
        ("erp_webhookendpoint", "relay_all", "ALL", "{erp_relay}"),  # looks for what is due, and forgets what is over
        ("erp_webhookdelivery", "relay_all", "ALL", "{erp_relay}"),
        ("connectors_connection", "relay_looks", "SELECT", "{erp_relay}"),  # which are to be polled, and nothing of the key
    }
    found = rows(
        cursor,
        "SELECT tablename::text, policyname::text, cmd, roles::text FROM pg_policies WHERE policyname <> 'company_scope'",
    )
    return [f"{table}.{name} for {cmd} to {roles}" for table, name, cmd, roles in set(found) ^ agreed]


def unreachable_for_the_relay(cursor: Cursor) -> list[str]:
    """S1: company tables the relay was given rights on, whose rows its policies would hide from it."""
    granted = rows(
        cursor,
        "SELECT DISTINCT table_name::text FROM information_schema.role_table_grants WHERE grantee = %s",
        [DatabaseRole.RELAY.value],
    )
    open_to_it = rows(cursor, "SELECT tablename::text FROM pg_policies WHERE roles = '{erp_relay}'")
    return sorted(set(granted) & set(company_tables()) - set(open_to_it))


def narrow_types(cursor: Cursor) -> list[str]:
    """S3: columns that round, depend on the server's locale, or forget the time zone."""
    return rows(
        cursor,
        "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type IN ('real', 'double precision', 'money',"
        " 'timestamp without time zone', 'time without time zone', 'time with time zone')",
    )


def unbounded_numbers(cursor: Cursor) -> list[str]:
    """S3: numeric columns that are neither money, rate, quantity, percentage nor degrees on the globe."""
    return rows(
        cursor,
        "SELECT table_name || '.' || column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'numeric'"
        " AND NOT coalesce((numeric_precision, numeric_scale) IN ((18, 2), (18, 3), (18, 4), (18, 8), (5, 2),"
        " (10, 8), (11, 8)), false)",
    )


def unvalidated(cursor: Cursor) -> list[str]:
    """S4: constraints that do not vouch for the rows already there."""
    return rows(cursor, "SELECT conname::text FROM pg_constraint WHERE NOT convalidated OR NOT conenforced")


def disabled_triggers(cursor: Cursor) -> list[str]:
    """S5: triggers that do not fire, or only on replicas."""
    return rows(cursor, "SELECT tgname::text FROM pg_trigger WHERE tgenabled NOT IN ('O', 'A')")


def powers_of_serving_roles(cursor: Cursor) -> list[str]:
    """S6: anything a serving role owns or may bypass."""
    owned = rows(
        cursor,
        "SELECT owner || ' owns ' || thing FROM ("
        " SELECT relowner::regrole::text, oid::regclass::text FROM pg_class"
        " UNION ALL SELECT proowner::regrole::text, oid::regproc::text FROM pg_proc"
        " UNION ALL SELECT nspowner::regrole::text, nspname FROM pg_namespace) AS owned (owner, thing)"
        " WHERE owner = ANY(%s)",
        [SERVING],
    )
    powers = rows(
        cursor,
        "SELECT rolname || ' has powers' FROM pg_roles WHERE rolname = ANY(%s)"
        " AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin"
        "      OR (rolbypassrls AND rolname <> 'erp_auditor'))"
        " UNION ALL SELECT m.member::regrole || ' is a member of ' || m.roleid::regrole FROM pg_auth_members m"
        " WHERE m.member::regrole::text = ANY(%s)"
        " UNION ALL SELECT r || ' may create in public' FROM unnest(%s::text[]) AS r"
        " WHERE has_schema_privilege(r, 'public', 'CREATE')",
        [SERVING, SERVING, SERVING],
    )
    return owned + powers


def not_owned_by_the_owner(cursor: Cursor) -> list[str]:
    """S6: tables, sequences and functions of the schema that belong to somebody else."""
    return rows(
        cursor,
        "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relowner::regrole::text <> 'erp_owner' UNION ALL"
        " SELECT oid::regproc::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND proowner::regrole::text <> 'erp_owner'",
    )


def writable_history(cursor: Cursor) -> list[str]:
    """S7: rights to change append-only tables, of the serving role and of everybody."""
    return rows(
        cursor,
        "SELECT r || ' may ' || p || ' ' || t FROM unnest(%s::text[]) AS t, unnest(%s::text[]) AS r,"
        " unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p WHERE has_table_privilege(r, t, p)"
        " UNION ALL SELECT 'erp_app may update columns of ' || t FROM unnest(%s::text[]) AS t"
        " WHERE has_any_column_privilege('erp_app', t, 'UPDATE')",
        [list(APPEND_ONLY_TABLES), ["erp_app", "erp_auditor"], list(APPEND_ONLY_TABLES)],
    )


def global_uniques(cursor: Cursor) -> list[str]:
    """Unique keys of company tables that are not led by the company: they tell of others, and cannot be distributed.

    A primary key is exempt: its UUID is unique by itself, and `(company_id, id)` stands beside it.
    """
    tables = set(company_tables())
    primary = set(rows(cursor, "SELECT conindid::regclass::text FROM pg_constraint WHERE contype = 'p'"))
    return [
        name
        for name, table, columns, _ in unique_keys(cursor)
        if table in tables and name not in primary | GLOBALLY_UNIQUE and columns[0] != "company_id"
    ]


def without_company_and_id(cursor: Cursor) -> list[str]:
    """Company tables that could not be distributed, because no unique key begins with the company and ends with the row."""
    present = {(table, columns) for _, table, columns, whole in unique_keys(cursor) if whole}
    referable = {table for table, columns in present if columns in {("company_id", "id"), ("company_id",)}}
    return sorted(set(company_tables()) - referable - NEVER_REFERRED_TO)


def strict_identities(cursor: Cursor) -> list[str]:
    """Identity columns that only the server may fill, or that are not bigint; and serials, which are older than both."""
    return rows(
        cursor,
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND NOT table_name = ANY(%s)"
        " AND ((is_identity = 'YES' AND (identity_generation <> 'BY DEFAULT' OR data_type <> 'bigint'))"
        "      OR column_default LIKE 'nextval(%%')",
        [sorted(library_tables())],
    )


def optional_companies(cursor: Cursor) -> list[str]:
    """Business tables that leave the company open."""
    return rows(
        cursor,
        "SELECT table_name || '.company_id' FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        " AND column_name = 'company_id' AND is_nullable = 'YES'",
    )


def unknown_tables(cursor: Cursor) -> list[str]:
    """Tables that neither our models nor a library know."""
    present = rows(cursor, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
    known = {model._meta.db_table for model in our_models()} | {
        field.m2m_db_table() for model in our_models() for field in model._meta.local_many_to_many
    }
    return sorted(set(present) - known - library_tables())


Rule = Callable[[Cursor], list[str]]

BREACHES: list[tuple[Rule, str]] = [
    (without_policy, "DROP POLICY company_scope ON sales_customer"),
    (
        without_policy,
        "DROP POLICY company_scope ON sales_customer; CREATE POLICY company_scope ON sales_customer"
        " USING (company_id = current_setting('app.company_id')::uuid)",
    ),
    (odd_policies, "CREATE POLICY generous ON invoices_invoice USING (true)"),
    (unreachable_for_the_relay, "GRANT SELECT ON sales_customer TO erp_relay"),
    (narrow_types, "ALTER TABLE sales_customer ADD COLUMN balance double precision"),
    (narrow_types, "ALTER TABLE sales_customer ADD COLUMN seen_at timestamp"),
    (narrow_types, "ALTER TABLE sales_customer ADD COLUMN credit money"),
    (unbounded_numbers, "ALTER TABLE sales_customer ADD COLUMN credit numeric"),
    (unvalidated, "ALTER TABLE sales_customer ADD CHECK (version > 0) NOT VALID"),
    (unvalidated, "ALTER TABLE sales_customer ADD CHECK (version > 0) NOT ENFORCED"),
    (disabled_triggers, "ALTER TABLE erp_auditentry DISABLE TRIGGER USER"),
    (powers_of_serving_roles, "ALTER TABLE sales_customer OWNER TO erp_app"),
    (powers_of_serving_roles, "ALTER ROLE erp_app BYPASSRLS"),
    (powers_of_serving_roles, "GRANT erp_owner TO erp_app"),
    (powers_of_serving_roles, "GRANT CREATE ON SCHEMA public TO erp_app"),
    (not_owned_by_the_owner, "CREATE TABLE stray (id int)"),
    (writable_history, "GRANT UPDATE ON erp_auditentry TO erp_app"),
    (writable_history, "GRANT TRUNCATE ON erp_outboxevent TO PUBLIC"),
    (writable_history, "GRANT UPDATE (payload) ON erp_outboxevent TO erp_app"),
    (global_uniques, "CREATE UNIQUE INDEX ON sales_customer (code, id)"),
    (global_uniques, "CREATE UNIQUE INDEX ON sales_customer (lower(code), company_id, id)"),
    (without_company_and_id, "ALTER TABLE erp_auditentry DROP CONSTRAINT auditentry_company_id CASCADE"),
    (strict_identities, "ALTER TABLE invoices_invoice ALTER COLUMN serial SET GENERATED ALWAYS"),
    (strict_identities, "ALTER TABLE sales_customer ADD COLUMN counter serial"),
    (optional_companies, "ALTER TABLE sales_customer ALTER COLUMN company_id DROP NOT NULL"),
    (unknown_tables, "CREATE TABLE stray (id int)"),
]
RULES = list(dict.fromkeys(rule for rule, _ in BREACHES))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_catalogue_keeps_the_rule(rule: Rule) -> None:
    with provoked() as cursor:
        assert rule(cursor) == []


@pytest.mark.parametrize(("rule", "breach"), BREACHES, ids=[f"{rule.__name__}-{n}" for n, (rule, _) in enumerate(BREACHES)])
def test_a_breach_of_the_rule_is_found(rule: Rule, breach: str) -> None:
    with provoked() as cursor:
        cursor.execute(breach)
        assert rule(cursor)


def test_every_rule_is_asked_about_a_schema_that_is_not_empty() -> None:
    assert len(company_tables()) >= 13
    assert set(company_tables()) == {model._meta.db_table for model in company_models()}
