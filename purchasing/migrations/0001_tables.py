from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import erp.fields
import erp.identifiers
from erp.migrating import Together


class Migration(migrations.Migration):
    replaces = [("purchasing", "0001_suppliers"), ("purchasing", "0002_goods_receipts")]

    initial = True

    dependencies = [
        ("accounting", "0001_tables"),
        ("erp", "0001_tables"),
        ("inventory", "0001_tables"),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="Supplier",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("code", models.CharField(max_length=50)),
                    ("name", models.CharField(max_length=255)),
                    ("gstin", models.CharField(blank=True, default="", max_length=15)),
                    ("gst_treatment", models.CharField(default="UNREGISTERED", max_length=12)),
                    ("state_code", models.CharField(blank=True, default="", max_length=2)),
                    ("email", models.CharField(blank=True, default="", max_length=254)),
                    ("phone", models.CharField(blank=True, default="", max_length=30)),
                    ("billing_address", models.CharField(blank=True, default="", max_length=1000)),
                    ("shipping_address", models.CharField(blank=True, default="", max_length=1000)),
                    ("credit_limit", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                    ("credit_hold", models.BooleanField(default=False)),
                    ("credit_days", models.SmallIntegerField(default=30)),
                    ("is_active", models.BooleanField(default=True)),
                    ("version", models.IntegerField(default=1)),
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
                        models.UniqueConstraint(fields=("company", "id"), name="supplier_company_id"),
                        models.UniqueConstraint(fields=("company", "code"), name="supplier_code"),
                        models.CheckConstraint(condition=models.Q(("code", ""), _negated=True), name="supplier_code_given"),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("gst_treatment__in", ["REGISTERED", "UNREGISTERED", "COMPOSITION", "SEZ", "OVERSEAS"])
                            ),
                            name="supplier_gst_treatment_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("credit_days__gte", 0),
                                ("credit_limit__gte", 0),
                                ("credit_limit__lt", Decimal("10000000000000000")),
                            ),
                            name="supplier_credit_not_negative",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="PurchaseOrder",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("order_number", models.CharField(max_length=16)),
                    ("order_date", models.DateField()),
                    ("expected_date", models.DateField(null=True)),
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
                        "warehouse",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.warehouse",
                        ),
                    ),
                    (
                        "supplier",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="purchasing.supplier",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["company", "-order_date", "-id"], name="purchaseorder_newest")],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="purchaseorder_company_id"),
                        models.UniqueConstraint(fields=("company", "order_number"), name="purchaseorder_number"),
                        models.CheckConstraint(
                            condition=models.Q(("status__in", ["DRAFT", "CONFIRMED", "IN_PROGRESS", "CANCELLED"])),
                            name="purchaseorder_status_known",
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
                            name="purchaseorder_adds_up",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="GoodsReceipt",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("receipt_number", models.CharField(max_length=16)),
                    ("receipt_date", models.DateField()),
                    ("supplier_reference", models.CharField(blank=True, default="", max_length=64)),
                    ("status", models.CharField(default="POSTED", max_length=8)),
                    ("total_cost", models.DecimalField(decimal_places=2, max_digits=18)),
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
                        "voucher",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="accounting.voucher",
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
                    (
                        "purchase_order",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="purchasing.purchaseorder",
                        ),
                    ),
                    (
                        "supplier",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="purchasing.supplier",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["company", "-receipt_date", "-id"], name="goodsreceipt_newest"),
                        models.Index(fields=["company", "supplier"], name="goodsreceipt_by_supplier"),
                        models.Index(
                            condition=models.Q(("purchase_order__isnull", False)),
                            fields=["company", "purchase_order"],
                            name="goodsreceipt_by_order",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="goodsreceipt_company_id"),
                        models.UniqueConstraint(fields=("company", "receipt_number"), name="goodsreceipt_number"),
                        models.CheckConstraint(
                            condition=models.Q(("status__in", ["POSTED", "REVERSED"])), name="goodsreceipt_status_known"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("total_cost__gte", 0), ("total_cost__lt", Decimal("10000000000000000"))),
                            name="goodsreceipt_cost_in_range",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="PurchaseOrderLine",
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
                    ("received_qty", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
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
                            to="purchasing.purchaseorder",
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
                        models.UniqueConstraint(fields=("company", "id"), name="purchaseorderline_company_id"),
                        models.UniqueConstraint(fields=("company", "order", "line_no"), name="purchaseorderline_line_no"),
                        models.CheckConstraint(
                            condition=models.Q(("quantity__gt", 0), ("quantity__lt", Decimal("1000000000"))),
                            name="purchaseorderline_quantity",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("received_qty__gte", 0), ("received_qty__lte", models.F("quantity"))),
                            name="purchaseorderline_received_within",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("discount_pct__gte", 0),
                                ("discount_pct__lte", 100),
                                ("unit_rate__gte", 0),
                                ("unit_rate__lt", Decimal("10000000000")),
                            ),
                            name="purchaseorderline_rate",
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
                            name="purchaseorderline_amounts_in_range",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="GoodsReceiptLine",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("line_no", models.IntegerField()),
                    ("quantity", models.DecimalField(decimal_places=3, max_digits=18)),
                    ("unit_cost", models.DecimalField(decimal_places=4, max_digits=18)),
                    ("cost", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("manufactured_on", models.DateField(null=True)),
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
                        "layer",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.stocklayer",
                        ),
                    ),
                    (
                        "receipt",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="lines",
                            to="purchasing.goodsreceipt",
                        ),
                    ),
                    (
                        "order_line",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="purchasing.purchaseorderline",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("order_line__isnull", False)),
                            fields=["company", "order_line"],
                            name="goodsreceiptline_by_order_line",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="goodsreceiptline_company_id"),
                        models.UniqueConstraint(fields=("company", "receipt", "line_no"), name="goodsreceiptline_line_no"),
                        models.UniqueConstraint(fields=("company", "layer"), name="goodsreceiptline_one_per_layer"),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("quantity__gt", 0),
                                ("quantity__lt", Decimal("1000000000")),
                                ("cost__gte", 0),
                                ("cost__lt", Decimal("10000000000000000")),
                                ("unit_cost__gte", 0),
                                ("unit_cost__lt", Decimal("10000000000")),
                            ),
                            name="goodsreceiptline_in_range",
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
                model_name="goodsreceiptline",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="ca4d4a66d4fd0aab38c8f783723e53c72e9bb5b5",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_ef658",
                        table="purchasing_goodsreceiptline",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="goodsreceiptline",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="cbf81fb8059f5659b9e13114928cb81d797ff8c4",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_94132",
                        table="purchasing_goodsreceiptline",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="purchaseorder",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'never_deleted: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="f817ece389e47f7a7fd49d95fdcac7121b9e1c64",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_c4c4b",
                        table="purchasing_purchaseorder",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="purchaseorder",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="b455bf32ded24b398bde40e65896c48d6cb2aea8",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_921d8",
                        table="purchasing_purchaseorder",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="goodsreceipt",
                trigger=pgtrigger.compiler.Trigger(
                    name="stays",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF to_jsonb(OLD) - 'status' - 'version' - 'updated_at' <> to_jsonb(NEW) - 'status' - 'version' - 'updated_at'\n       OR (OLD.status = 'REVERSED' AND NEW.status <> 'REVERSED') THEN\n        RAISE EXCEPTION 'receipt_stays: a receipt says what it said; it is only reversed'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'receipt_stays';\n    END IF;\n    RETURN NEW;\n",
                        hash="6c7b40f767b435f528b97018c783055783dad698",
                        operation="UPDATE",
                        pgid="pgtrigger_stays_b4add",
                        table="purchasing_goodsreceipt",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="goodsreceipt",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'never_deleted: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="3d6dd53e92090d52c6923adaa00f42247620303f",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_3a294",
                        table="purchasing_goodsreceipt",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="goodsreceipt",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="fdef59dc88fe4902459a5c1d9edd03fa2fc7b23f",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_fb574",
                        table="purchasing_goodsreceipt",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
    ]
