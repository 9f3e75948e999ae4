from django.db import migrations

from erp.migrating import add_company_policy


def relay_policy(table: str) -> migrations.RunSQL:
    """The relay numbers and delivers the events of every company."""
    return migrations.RunSQL(
        f'CREATE POLICY relay_all ON "{table}" TO erp_relay USING (true) WITH CHECK (true)',
        f'DROP POLICY relay_all ON "{table}"',
    )


class Migration(migrations.Migration):
    dependencies = [("erp", "0001_initial")]

    operations = [
        add_company_policy("erp_membership"),
        add_company_policy("erp_apikey"),
        add_company_policy("erp_eventchannel"),
        add_company_policy("erp_outboxevent"),
        add_company_policy("erp_auditentry"),
        add_company_policy("erp_idempotencykey"),
        relay_policy("erp_eventchannel"),
        relay_policy("erp_outboxevent"),
        relay_policy("erp_auditentry"),
        # Before the company is known: who is this, and which companies may he choose from?
        migrations.RunSQL(
            "CREATE POLICY look_up ON erp_membership FOR SELECT USING (true);"
            "CREATE POLICY look_up ON erp_apikey FOR SELECT USING (true)",
            "DROP POLICY look_up ON erp_apikey; DROP POLICY look_up ON erp_membership",
        ),
    ]
