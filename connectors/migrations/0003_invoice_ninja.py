"""Connections to Invoice Ninja: one to a company, judged when the address came over HTTP, and how far it was polled."""

from django.db import migrations, models

from erp.migrating import Together

RELAY_LOOKS = 'CREATE POLICY relay_looks ON "connectors_connection" FOR SELECT TO erp_relay USING (true)'
"""It tells which connections of any company are to be polled; of the key it may read nothing, see `erp.roles`."""


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0002_forwarding"),
        ("erp", "0013_throttles"),
    ]

    operations = [
        Together(
            migrations.AddField(
                model_name="connection", name="is_judged", field=models.BooleanField(db_default=False, default=False)
            ),
            migrations.AddField(
                model_name="connection", name="polled_until", field=models.BigIntegerField(db_default=0, default=0)
            ),
            migrations.AddField(model_name="connection", name="version", field=models.IntegerField(db_default=1, default=1)),
            migrations.AddField(model_name="externalref", name="claimed_at", field=models.DateTimeField(null=True)),
            migrations.AddField(model_name="externalref", name="remote_updated_at", field=models.DateTimeField(null=True)),
        ),
        migrations.RunSQL(RELAY_LOOKS, 'DROP POLICY relay_looks ON "connectors_connection"'),
        Together(
            migrations.RemoveConstraint(model_name="connection", name="connection_kind_known"),
            migrations.RemoveConstraint(model_name="importrun", name="importrun_kind_known"),
            migrations.AddConstraint(
                model_name="connection",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("kind", "INVOICE_NINJA")),
                    fields=("company", "kind"),
                    name="connection_one_invoice_ninja",
                ),
            ),
            migrations.AddConstraint(
                model_name="connection",
                constraint=models.CheckConstraint(
                    condition=models.Q(("polled_until__gte", 0)), name="connection_polled_until"
                ),
            ),
            migrations.AddConstraint(
                model_name="connection",
                constraint=models.CheckConstraint(
                    condition=models.Q(("kind__in", ["UISP", "INVOICE_NINJA"])), name="connection_kind_known"
                ),
            ),
            migrations.AddConstraint(
                model_name="importrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(("kind__in", ["UISP_MIGRATION", "UISP_FORWARDING", "NINJA_IMPORT"])),
                    name="importrun_kind_known",
                ),
            ),
        ),
    ]
