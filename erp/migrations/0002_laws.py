"""What the database enforces and Django cannot declare: companies kept apart, laws between tables, views of violations."""

from django.db import migrations

from erp.migrating import add_company_policy, create_audit_views, run_sql_file


def relay_policy(table: str) -> migrations.RunSQL:
    """The relay numbers and delivers the events of every company, and forgets what is old."""
    return migrations.RunSQL(
        f'CREATE POLICY relay_all ON "{table}" TO erp_relay USING (true) WITH CHECK (true)',
        f'DROP POLICY relay_all ON "{table}"',
    )


class Migration(migrations.Migration):
    dependencies = [
        ("erp", "0001_tables"),
    ]
    replaces = [("erp", "0008_audit_views")]

    operations = [
        add_company_policy("erp_membership"),
        add_company_policy("erp_apikey"),
        add_company_policy("erp_eventchannel"),
        add_company_policy("erp_outboxevent"),
        add_company_policy("erp_auditentry"),
        add_company_policy("erp_idempotencykey"),
        add_company_policy("erp_registration"),
        add_company_policy("erp_numberseries"),
        relay_policy("erp_eventchannel"),
        relay_policy("erp_outboxevent"),
        relay_policy("erp_auditentry"),
        relay_policy("erp_idempotencykey"),
        # Before the company is known: who is this, and which companies may he choose from?
        migrations.RunSQL(
            "CREATE POLICY look_up ON erp_membership FOR SELECT USING (true);"
            "CREATE POLICY look_up ON erp_apikey FOR SELECT USING (true)",
            "DROP POLICY look_up ON erp_apikey; DROP POLICY look_up ON erp_membership",
        ),
        run_sql_file(__file__, "numbers"),
        create_audit_views(__file__, "audit_views"),
    ]
