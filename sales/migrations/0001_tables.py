from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import erp.fields
import erp.identifiers
from erp.migrating import Together


class Migration(migrations.Migration):
    replaces = [
        ("sales", "0001_initial"),
        ("sales", "0002_company_scope"),
        ("sales", "0003_books"),
        ("sales", "0004_books_company_scope"),
        ("sales", "0005_guarded_orders"),
        ("sales", "0006_order_series"),
    ]

    initial = True

    dependencies = [
        ("erp", "0001_tables"),
        ("erp", "__first__"),
        ("inventory", "0001_tables"),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="Customer",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("code", models.CharField(max_length=50)),
                    ("name", models.CharField(max_length=255)),
                    ("area", models.CharField(blank=True, db_default="", default="", max_length=150)),
                    ("address1", models.CharField(blank=True, db_default="", default="", max_length=500)),
                    ("address2", models.CharField(blank=True, db_default="", default="", max_length=500)),
                    ("address3", models.CharField(blank=True, db_default="", default="", max_length=500)),
                    ("pincode", models.CharField(blank=True, db_default="", default="", max_length=10)),
                    ("phone1", models.CharField(blank=True, db_default="", default="", max_length=30)),
                    ("phone2", models.CharField(blank=True, db_default="", default="", max_length=30)),
                    ("email", models.CharField(blank=True, db_default="", default="", max_length=254)),
                    ("gstin", models.CharField(blank=True, db_default="", default="", max_length=15)),
                    ("gst_treatment", models.CharField(db_default="UNREGISTERED", default="UNREGISTERED", max_length=12)),
                    ("state_code", models.CharField(blank=True, db_default="", default="", max_length=2)),
                    ("billing_address", models.CharField(blank=True, db_default="", default="", max_length=1000)),
                    ("shipping_address", models.CharField(blank=True, db_default="", default="", max_length=1000)),
                    ("credit_limit", models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=18)),
                    ("credit_hold", models.BooleanField(db_default=False, default=False)),
                    ("credit_days", models.SmallIntegerField(db_default=30, default=30)),
                    ("is_active", models.BooleanField(db_default=True, default=True)),
                    ("version", models.IntegerField(db_default=1, default=1)),
                    ("created_at", models.DateTimeField()),
                    ("updated_at", models.DateTimeField()),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="customer_company_id"),
                        models.UniqueConstraint(fields=("company", "code"), name="customer_code"),
                        models.CheckConstraint(condition=models.Q(("code", ""), _negated=True), name="customer_code_given"),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("gst_treatment__in", ["REGISTERED", "UNREGISTERED", "COMPOSITION", "SEZ", "OVERSEAS"])
                            ),
                            name="customer_gst_treatment_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("credit_days__gte", 0),
                                ("credit_limit__gte", 0),
                                ("credit_limit__lt", Decimal("10000000000000000")),
                            ),
                            name="customer_credit_not_negative",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="Salesman",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("name", models.CharField(max_length=150)),
                    ("phone", models.CharField(blank=True, db_default="", default="", max_length=30)),
                    ("created_at", models.DateTimeField()),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="salesman_company_id"),
                        models.UniqueConstraint(fields=("company", "name"), name="salesman_name"),
                        models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="salesman_name_given"),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="SalesOrder",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("order_number", models.CharField(max_length=16)),
                    ("order_date", models.DateField()),
                    ("due_date", models.DateField(null=True)),
                    ("status", models.CharField(default="DRAFT", max_length=11)),
                    ("subtotal", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                    ("discount_amount", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                    ("tax_amount", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                    ("total_amount", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                    ("shipping_address", models.CharField(blank=True, default="", max_length=1000)),
                    ("billing_address", models.CharField(blank=True, default="", max_length=1000)),
                    ("payment_terms", models.CharField(blank=True, default="", max_length=255)),
                    ("notes", models.CharField(blank=True, default="", max_length=2000)),
                    ("confirmed_at", models.DateTimeField(null=True)),
                    ("invoiced_at", models.DateTimeField(null=True)),
                    ("version", models.IntegerField(default=1)),
                    ("created_at", models.DateTimeField()),
                    ("updated_at", models.DateTimeField()),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "currency",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.currency"
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
                    (
                        "salesman",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="sales.salesman",
                        ),
                    ),
                    (
                        "warehouse",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.warehouse",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["company", "-order_date", "-id"], name="salesorder_newest")],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="salesorder_company_id"),
                        models.UniqueConstraint(fields=("company", "order_number"), name="salesorder_number"),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("status__in", ["DRAFT", "CONFIRMED", "IN_PROGRESS", "INVOICED", "CANCELLED"])
                            ),
                            name="salesorder_status_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "total_amount",
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("subtotal"), "-", models.F("discount_amount")
                                        ),
                                        "+",
                                        models.F("tax_amount"),
                                    ),
                                ),
                                ("discount_amount__gte", 0),
                                ("total_amount__gte", 0),
                                ("total_amount__lt", Decimal("10000000000000000")),
                                ("discount_amount__lte", models.F("subtotal")),
                                ("subtotal__lt", Decimal("10000000000000000")),
                                ("tax_amount__gte", 0),
                                ("tax_amount__lt", Decimal("10000000000000000")),
                            ),
                            name="salesorder_adds_up",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="SalesOrderLine",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("line_no", models.IntegerField()),
                    ("description", models.CharField(blank=True, default="", max_length=500)),
                    ("quantity", models.DecimalField(decimal_places=3, max_digits=18)),
                    ("unit_rate", models.DecimalField(decimal_places=4, max_digits=18)),
                    ("discount_pct", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                    ("gst_rate", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                    ("line_total", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("tax_amount", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                    ("invoiced_qty", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                    ("posted_qty", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                    ("notes", models.CharField(blank=True, default="", max_length=2000)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "item",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.item",
                        ),
                    ),
                    (
                        "order",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="lines",
                            to="sales.salesorder",
                        ),
                    ),
                    (
                        "uom",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.uom",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="salesorderline_company_id"),
                        models.UniqueConstraint(fields=("company", "order", "line_no"), name="salesorderline_line_no"),
                        models.CheckConstraint(
                            condition=models.Q(("quantity__gt", 0), ("quantity__lt", 1000000000)),
                            name="salesorderline_quantity",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("posted_qty__gte", 0),
                                ("posted_qty__lte", models.F("invoiced_qty")),
                                ("invoiced_qty__lte", models.F("quantity")),
                            ),
                            name="salesorderline_posted_within_invoiced",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("discount_pct__gte", 0),
                                ("discount_pct__lte", 100),
                                ("unit_rate__gte", 0),
                                ("unit_rate__lt", 10000000000),
                            ),
                            name="salesorderline_rate",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("line_total__gte", 0),
                                ("line_total__lt", Decimal("10000000000000000")),
                                ("tax_amount__gte", 0),
                                ("tax_amount__lt", Decimal("10000000000000000")),
                                models.Q(
                                    ("gst_rate__isnull", True),
                                    models.Q(("gst_rate__gte", 0), ("gst_rate__lt", 100)),
                                    _connector="OR",
                                ),
                            ),
                            name="salesorderline_amounts_in_range",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name="salesorder",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'never_deleted: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="7a781ce49b887e8035f2d568f09f57b6ca3296c1",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_d5b0e",
                        table="sales_salesorder",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="salesorder",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="6f519d06fb089c8a93b68e6903184ee0d3e6ddfa",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_4d6bb",
                        table="sales_salesorder",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
    ]
