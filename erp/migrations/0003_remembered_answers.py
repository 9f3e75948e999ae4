import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("erp", "0002_company_scope"),
    ]

    operations = [
        # The relay forgets the keys of every company that are too old to be repeated.
        migrations.RunSQL(
            "CREATE POLICY relay_all ON erp_idempotencykey TO erp_relay USING (true) WITH CHECK (true)",
            "DROP POLICY relay_all ON erp_idempotencykey",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="idempotencykey",
            trigger=pgtrigger.compiler.Trigger(
                name="answered_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'answered_once: a remembered answer is never changed' USING ERRCODE = 'restrict_violation';",
                    hash="cf5e047a57c47ec8980e87e71cbb778a21585fa3",
                    operation="UPDATE",
                    pgid="pgtrigger_answered_once_36ab5",
                    table="erp_idempotencykey",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="idempotencykey",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                    hash="0b6d56604038b9f6d1a43562b77e3b92f5ab1f97",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_c723e",
                    table="erp_idempotencykey",
                    when="BEFORE",
                ),
            ),
        ),
    ]
