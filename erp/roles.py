"""The database roles and what each may touch. Run by `migrate`, safe to run again."""

from collections.abc import Iterable

from django.apps import apps
from django.db.backends.utils import CursorWrapper

from erp.database import DatabaseRole

APPEND_ONLY_TABLES = (
    "erp_outboxevent",
    "erp_auditentry",
    "erp_auditseal",
    "erp_audithead",
    "erp_unsealedentry",
    "erp_idempotencykey",
    "erp_storedfile",
    "accounting_voucher",
    "accounting_ledgerentry",
    "accounting_exchangerate",
    "inventory_stockmovement",
    "inventory_layerconsumption",
    "invoices_paymentallocation",
    "invoices_creditnoteline",
    "invoices_creditnoteallocation",
    "invoices_contentseal",
    "invoices_invoicerevision",
    "purchasing_goodsreceiptline",
    "fulfilment_courierchange",
    "fulfilment_statusrun",
)
"""The serving role may add rows to these and read them, nothing else; seals it may not even add."""

_CREATE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server is being migrated
END $$
"""


def role_statements() -> Iterable[str]:
    """SQL for a login that may create roles: the four roles, and the login's membership in each."""
    for role in DatabaseRole:
        yield _CREATE.format(role=role.value)
        yield f"GRANT {role.value} TO CURRENT_USER"
    yield f"GRANT USAGE, CREATE ON SCHEMA public TO {DatabaseRole.OWNER.value}"
    yield "GRANT USAGE ON SCHEMA public TO " + ", ".join(role.value for role in DatabaseRole)


def grant_statements() -> Iterable[str]:
    """SQL for the owner, after the tables exist: what the serving roles may do."""
    app, relay, auditor = DatabaseRole.APP.value, DatabaseRole.RELAY.value, DatabaseRole.AUDITOR.value
    append_only = ", ".join(APPEND_ONLY_TABLES)
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app}"
    yield f"REVOKE UPDATE, DELETE, TRUNCATE ON {append_only} FROM {app}"
    # What is left of a layer follows its consumption rows by a trigger, which acts with the writer's rights.
    yield f"REVOKE UPDATE, DELETE, TRUNCATE ON inventory_stocklayer FROM {app}"
    yield f"GRANT UPDATE (quantity_left, value_left) ON inventory_stocklayer TO {app}"
    yield f"REVOKE UPDATE, DELETE ON erp_eventchannel FROM {app}"  # the relay numbers; founding a company adds its row
    yield f"REVOKE INSERT ON erp_auditseal, erp_audithead FROM {app}"  # the relay seals
    yield f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {app}"
    yield f"GRANT SELECT ON erp_outboxevent, erp_eventchannel, erp_company, django_migrations TO {relay}"
    yield f"GRANT UPDATE (number), DELETE ON erp_outboxevent TO {relay}"
    yield f"GRANT INSERT, UPDATE ON erp_eventchannel TO {relay}"
    yield f"GRANT SELECT ON erp_auditentry TO {relay}"
    yield f"GRANT SELECT, INSERT ON erp_auditseal TO {relay}"
    yield f"GRANT SELECT, INSERT, UPDATE ON erp_audithead TO {relay}"
    # To lock a row one needs the right to change it; `waits_unchanged` refuses the change itself.
    yield f"GRANT SELECT, UPDATE (id), DELETE ON erp_unsealedentry TO {relay}"
    yield f"GRANT SELECT, DELETE ON erp_idempotencykey, erp_webhookdelivery, erp_throttle TO {relay}"
    yield f"GRANT SELECT ON erp_webhookendpoint TO {relay}"
    yield f"GRANT SELECT (id, company_id, kind, state) ON connectors_connection TO {relay}"
    yield f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {auditor}"


def run(cursor: CursorWrapper, statements: Iterable[str]) -> None:
    for statement in statements:
        cursor.execute(statement)


OUR_APPS = {"erp", "accounting", "inventory", "sales", "purchasing", "invoices", "fulfilment", "connectors"}


def company_tables() -> list[str]:
    """Tables whose rows belong to one company, by the models: what row-level security will cover."""
    return sorted(
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in OUR_APPS and any(field.column == "company_id" for field in model._meta.concrete_fields)
    )
