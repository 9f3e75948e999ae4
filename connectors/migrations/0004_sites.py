"""Customers' places and services; and when a connection was last polled."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import erp.fields
import erp.identifiers
from erp.migrating import add_company_foreign_key, add_company_policy, create_audit_views


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0003_invoice_ninja"),
        ("erp", "0013_throttles"),
        ("sales", "0004_masters"),
    ]

    operations = [
        migrations.AddField(model_name="connection", name="polled_at", field=models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="Site",
            fields=[
                (
                    "id",
                    models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=150)),
                ("url", models.CharField(blank=True, default="", max_length=500)),
                ("address", models.CharField(blank=True, default="", max_length=500)),
                ("note", models.CharField(blank=True, default="", max_length=2000)),
                ("is_active", models.BooleanField(default=True)),
                ("version", models.IntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="erp.company",
                    ),
                ),
                (
                    "customer",
                    erp.fields.CompanyForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="sales.customer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "id"), name="site_company_id"),
                    models.UniqueConstraint(fields=("company", "customer", "name"), name="site_name"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="site_name_given"),
                ],
            },
            managers=[("unscoped", django.db.models.manager.Manager())],
        ),
        add_company_policy("connectors_site"),
        add_company_foreign_key("connectors_site", "customer_id", "sales_customer"),
        create_audit_views(__file__, "0003_site_audit_views"),
    ]
