from decimal import Decimal

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import erp.fields
import erp.identifiers
from erp.migrating import Together


class Migration(migrations.Migration):
    replaces = [
        ("inventory", "0001_initial"),
        ("inventory", "0002_company_scope"),
        ("inventory", "0003_finite_prices"),
        ("inventory", "0004_books"),
        ("inventory", "0005_books_company_scope"),
        ("inventory", "0006_guarded_stock"),
        ("inventory", "0007_booked_stock"),
    ]

    initial = True

    dependencies = [
        ("accounting", "0001_tables"),
        ("erp", "0001_tables"),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="Uom",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("code", models.CharField(max_length=10)),
                    ("name", models.CharField(max_length=60)),
                    ("decimals", models.SmallIntegerField(default=0)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="uom_company_id"),
                        models.UniqueConstraint(fields=("company", "code"), name="uom_code"),
                        models.CheckConstraint(
                            condition=models.Q(("decimals__gte", 0), ("decimals__lte", 3)), name="uom_decimals"
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="Item",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("sku", models.CharField(max_length=100)),
                    ("name", models.CharField(max_length=255)),
                    ("hsn_code", models.CharField(blank=True, default="", max_length=8)),
                    ("gst_rate", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                    ("mrp", models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                    ("sale_rate", models.DecimalField(decimal_places=4, max_digits=18, null=True)),
                    ("purchase_rate", models.DecimalField(decimal_places=4, max_digits=18, null=True)),
                    ("kind", models.CharField(default="GOODS", max_length=7)),
                    ("tracked", models.BooleanField(default=True)),
                    ("batch_required", models.BooleanField(default=False)),
                    ("issue_rule", models.CharField(default="FIFO", max_length=4)),
                    ("reorder_level", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                    ("version", models.IntegerField(default=1)),
                    ("is_active", models.BooleanField(default=True)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "uom",
                        erp.fields.CompanyForeignKey(
                            on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="inventory.uom"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="item_company_id"),
                        models.UniqueConstraint(fields=("company", "sku"), name="item_sku"),
                        models.CheckConstraint(
                            condition=models.Q(("mrp__gte", 0), ("mrp__lt", Decimal("10000000000"))),
                            name="item_mrp_in_range",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("sale_rate__gte", 0), ("sale_rate__lt", Decimal("10000000000"))),
                            name="item_sale_rate_in_range",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("gst_rate__gte", 0), ("gst_rate__lt", 100)), name="item_gst_rate"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("kind__in", ["GOODS", "SERVICE"])), name="item_kind_known"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("issue_rule__in", ["FIFO", "FEFO"])), name="item_issue_rule_known"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("kind", "SERVICE"), _negated=True), ("tracked", False), _connector="OR"
                            ),
                            name="item_service_never_tracked",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("purchase_rate__gte", 0), ("purchase_rate__lt", Decimal("10000000000"))),
                            name="item_purchase_rate_in_range",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("reorder_level__gte", 0), ("reorder_level__lt", Decimal("10000000000000000"))
                            ),
                            name="item_reorder_level_in_range",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="Batch",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("batch_no", models.CharField(max_length=100)),
                    ("expiry_date", models.DateField(null=True)),
                    ("is_blocked", models.BooleanField(default=False)),
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
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="batch_company_id"),
                        models.UniqueConstraint(fields=("company", "item", "batch_no"), name="batch_number"),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="Warehouse",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("code", models.CharField(max_length=20)),
                    ("name", models.CharField(max_length=100)),
                    ("state_code", models.CharField(blank=True, default="", max_length=2)),
                    ("is_default", models.BooleanField(default=False)),
                    ("is_quarantine", models.BooleanField(default=False)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="warehouse_company_id"),
                        models.UniqueConstraint(fields=("company", "code"), name="warehouse_code"),
                        models.UniqueConstraint(
                            condition=models.Q(("is_default", True)), fields=("company",), name="warehouse_one_default"
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="StockMovement",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("kind", models.CharField(max_length=12)),
                    ("quantity", models.DecimalField(decimal_places=3, max_digits=18)),
                    ("value", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("booking_date", models.DateField()),
                    ("source_kind", models.CharField(max_length=20)),
                    ("source_id", models.UUIDField()),
                    ("source_line_id", models.UUIDField(null=True)),
                    ("recorded_at", models.DateTimeField()),
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
                        "voucher",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
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
                ],
                options={
                    "indexes": [
                        models.Index(fields=["company", "item", "warehouse", "booking_date"], name="stockmovement_by_item"),
                        models.Index(fields=["company", "source_id"], name="stockmovement_by_source"),
                        models.Index(fields=["company", "voucher"], name="stockmovement_by_voucher"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="stockmovement_company_id"),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "kind__in",
                                    [
                                        "OPENING",
                                        "RECEIPT",
                                        "SALE",
                                        "RETURN",
                                        "ADJUSTMENT",
                                        "TRANSFER",
                                        "REVALUATION",
                                        "REVERSAL",
                                    ],
                                )
                            ),
                            name="stockmovement_kind_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("quantity__gt", 0),
                                    ("quantity__lt", Decimal("10000000000000000")),
                                    ("value__gte", 0),
                                    ("value__lt", Decimal("10000000000000000")),
                                ),
                                models.Q(("quantity__lt", 0), ("value__lte", 0)),
                                _connector="OR",
                            ),
                            name="stockmovement_value_has_its_sign",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("voucher__isnull", False), ("kind", "TRANSFER"), _connector="OR"),
                            name="stockmovement_booked_but_transfers",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("kind", "SALE"), _negated=True),
                                models.Q(("quantity__lt", 0), ("source_line_id__isnull", False)),
                                _connector="OR",
                            ),
                            name="stockmovement_sale_of_a_line",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("kind", "SALE")),
                            fields=("company", "source_line_id"),
                            name="stockmovement_one_issue_per_line",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="StockLayer",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("received_on", models.DateField()),
                    ("booked_on", models.DateField()),
                    ("quantity", models.DecimalField(decimal_places=3, max_digits=18)),
                    ("value", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("quantity_left", models.DecimalField(decimal_places=3, max_digits=18)),
                    ("value_left", models.DecimalField(decimal_places=2, max_digits=18)),
                    (
                        "batch",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.batch",
                        ),
                    ),
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
                        "successor_of",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.stocklayer",
                        ),
                    ),
                    (
                        "movement",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.stockmovement",
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
                    "indexes": [
                        models.Index(
                            condition=models.Q(("quantity_left__gt", 0)),
                            fields=["company", "item", "warehouse", "received_on", "id"],
                            name="stocklayer_usable",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="stocklayer_company_id"),
                        models.UniqueConstraint(fields=("company", "movement"), name="stocklayer_one_per_movement"),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("quantity__gt", 0),
                                ("quantity__lt", Decimal("10000000000000000")),
                                ("value__gte", 0),
                                ("value__lt", Decimal("10000000000000000")),
                                ("quantity_left__gte", 0),
                                ("quantity_left__lte", models.F("quantity")),
                                ("value_left__gte", 0),
                                ("value_left__lte", models.F("value")),
                                models.Q(("quantity_left__gt", 0), ("value_left", 0), _connector="OR"),
                            ),
                            name="stocklayer_left_within_what_came",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="LayerConsumption",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("quantity", models.DecimalField(decimal_places=3, max_digits=18)),
                    ("cost", models.DecimalField(decimal_places=2, max_digits=18)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "restores",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.layerconsumption",
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
                        "movement",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.stockmovement",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["company", "movement"], name="layerconsumption_by_movement"),
                        models.Index(fields=["company", "layer"], name="layerconsumption_by_layer"),
                        models.Index(
                            condition=models.Q(("restores__isnull", False)),
                            fields=["company", "restores"],
                            name="layerconsumption_restores",
                        ),
                        models.Index(
                            condition=models.Q(("restores__isnull", False)),
                            fields=["company", "layer"],
                            name="layerconsumption_restored",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="layerconsumption_company_id"),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("cost__gte", 0),
                                    ("cost__lt", Decimal("10000000000000000")),
                                    ("quantity__gt", 0),
                                    ("quantity__lt", Decimal("10000000000000000")),
                                    ("restores__isnull", True),
                                ),
                                models.Q(("cost__lte", 0), ("quantity__lt", 0), ("restores__isnull", False)),
                                _connector="OR",
                            ),
                            name="layerconsumption_sign",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="StockDocument",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("number", models.CharField(max_length=16)),
                    ("kind", models.CharField(max_length=10)),
                    ("document_date", models.DateField()),
                    ("reason", models.CharField(blank=True, default="", max_length=500)),
                    ("created_at", models.DateTimeField()),
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
                            null=True,
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
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="stockdocument_company_id"),
                        models.UniqueConstraint(fields=("company", "number"), name="stockdocument_number"),
                        models.CheckConstraint(
                            condition=models.Q(("kind__in", ["OPENING", "COUNT", "DAMAGE", "EXPIRY"])),
                            name="stockdocument_kind_known",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="StockBalance",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("on_hand", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                    ("reserved", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
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
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="stockbalance_company_id"),
                        models.UniqueConstraint(fields=("company", "item", "warehouse"), name="stockbalance_one"),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("on_hand__gte", models.F("reserved")),
                                ("on_hand__lt", Decimal("10000000000000000")),
                                ("reserved__gte", 0),
                            ),
                            name="stockbalance_covers_reserved",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="Reservation",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("quantity", models.DecimalField(decimal_places=3, max_digits=18)),
                    ("source_kind", models.CharField(max_length=20)),
                    ("source_id", models.UUIDField()),
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
                    "indexes": [models.Index(fields=["company", "item", "warehouse"], name="reservation_by_item")],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="reservation_company_id"),
                        models.UniqueConstraint(
                            fields=("company", "source_kind", "source_id"), name="reservation_one_per_source"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("quantity__gt", 0), ("quantity__lt", Decimal("10000000000000000"))),
                            name="reservation_positive",
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
                model_name="batch",
                trigger=pgtrigger.compiler.Trigger(
                    name="frozen",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF ROW(OLD.id, OLD.company_id, OLD.item_id) IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.item_id) THEN\n        RAISE EXCEPTION 'batch_frozen: a batch stays with its item'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'batch_frozen';\n    END IF;\n    RETURN NEW;\n",
                        hash="855cccacdc3d13d025cf1dc58700cd08faaf365d",
                        operation="UPDATE",
                        pgid="pgtrigger_frozen_9b0b3",
                        table="inventory_batch",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="layerconsumption",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="de07c66f28100e8aab667f9a972e294c0c2dbe85",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_f67c3",
                        table="inventory_layerconsumption",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="layerconsumption",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="2e0941425f9fe081064b40463fbb039ee7b65644",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_e15af",
                        table="inventory_layerconsumption",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="layerconsumption",
                trigger=pgtrigger.compiler.Trigger(
                    name="layers_follow",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        declare="DECLARE astray boolean; unusable boolean; restoring boolean; restored boolean;",
                        func="\n    UPDATE inventory_stocklayer l\n    SET quantity_left = l.quantity_left - c.quantity, value_left = l.value_left - c.cost\n    FROM (SELECT company_id, layer_id, sum(quantity) AS quantity, sum(cost) AS cost FROM written GROUP BY 1, 2) c\n    WHERE l.company_id = c.company_id AND l.id = c.layer_id;\n    SELECT bool_or(m.item_id <> l.item_id OR m.warehouse_id <> l.warehouse_id OR m.booking_date < l.booked_on),\n        bool_or(m.kind = 'SALE' AND (l.quarantine OR l.blocked)), bool_or(c.restores_id IS NOT NULL),\n        bool_or(c.restores_id IS NULL AND EXISTS (SELECT 1 FROM inventory_layerconsumption r\n            WHERE r.company_id = c.company_id AND r.layer_id = c.layer_id AND r.restores_id IS NOT NULL))\n    INTO astray, unusable, restoring, restored\n    FROM written c\n    CROSS JOIN LATERAL (\n        SELECT item_id, warehouse_id, booking_date, kind FROM inventory_stockmovement\n        WHERE company_id = c.company_id AND id = c.movement_id OFFSET 0) m\n    CROSS JOIN LATERAL (\n        SELECT item_id, warehouse_id, booked_on, (SELECT w.is_quarantine FROM inventory_warehouse w\n                WHERE w.company_id = s.company_id AND w.id = s.warehouse_id) AS quarantine,\n            (SELECT b.is_blocked FROM inventory_batch b WHERE b.company_id = s.company_id AND b.id = s.batch_id) AS blocked\n        FROM inventory_stocklayer s WHERE s.company_id = c.company_id AND s.id = c.layer_id OFFSET 0) l;\n    IF astray THEN\n        RAISE EXCEPTION 'consumption_fits_layer: the layer is of the same item and warehouse, and booked by that day'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'consumption_fits_layer';\n    ELSIF unusable THEN\n        RAISE EXCEPTION 'sale_of_usable_layer: nothing is sold out of quarantine or of a blocked batch'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'sale_of_usable_layer';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM (SELECT company_id, layer_id, sum(cost) AS cost FROM written GROUP BY 1, 2\n            HAVING bool_and(restores_id IS NULL)) c\n        CROSS JOIN LATERAL (\n            SELECT quantity, value, quantity_left, value_left FROM inventory_stocklayer\n            WHERE company_id = c.company_id AND id = c.layer_id OFFSET 0) l\n        WHERE l.value_left <> least(l.value_left + c.cost,\n            div(200 * l.value * l.quantity_left + l.quantity, 2 * l.quantity) / 100)) THEN\n        RAISE EXCEPTION 'layer_remainder: what is left of a layer keeps its rounded share of the value'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'layer_remainder';\n    END IF;\n    IF restoring AND EXISTS (\n        SELECT 1 FROM (SELECT DISTINCT company_id, restores_id FROM written WHERE restores_id IS NOT NULL) t\n        JOIN inventory_layerconsumption o ON o.company_id = t.company_id AND o.id = t.restores_id\n        JOIN inventory_stockmovement taken ON taken.company_id = o.company_id AND taken.id = o.movement_id\n        CROSS JOIN LATERAL (\n            SELECT sum(r.quantity) AS quantity, sum(r.cost) AS cost, bool_and(r.layer_id = o.layer_id) AS there,\n                min(m.booking_date) AS day\n            FROM inventory_layerconsumption r\n            JOIN inventory_stockmovement m ON m.company_id = r.company_id AND m.id = r.movement_id\n            WHERE r.company_id = o.company_id AND r.restores_id = o.id) r\n        WHERE o.restores_id IS NOT NULL OR NOT r.there OR r.day < taken.booking_date\n            OR o.quantity + r.quantity < 0 OR o.cost + r.cost < 0\n            OR (o.quantity + r.quantity = 0 AND o.cost + r.cost <> 0)) THEN\n        RAISE EXCEPTION 'restore_within_taken: no more goes back than was taken, into its layer, at its cost, not earlier'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'restore_within_taken';\n    END IF;\n    IF restored AND EXISTS (\n        SELECT 1 FROM (SELECT DISTINCT company_id, layer_id FROM written WHERE restores_id IS NULL) t\n        JOIN inventory_stocklayer l ON l.company_id = t.company_id AND l.id = t.layer_id\n        CROSS JOIN LATERAL (\n            SELECT sum(sum(c.quantity)) OVER (ORDER BY m.booking_date) AS gone\n            FROM inventory_layerconsumption c\n            JOIN inventory_stockmovement m ON m.company_id = c.company_id AND m.id = c.movement_id\n            WHERE c.company_id = l.company_id AND c.layer_id = l.id\n            GROUP BY m.booking_date) s\n        WHERE s.gone > l.quantity) THEN\n        RAISE EXCEPTION 'layer_holds_on_every_day: a later return puts nothing back into the past'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'layer_holds_on_every_day';\n    END IF;\n\n    IF EXISTS (\n        SELECT 1 FROM (SELECT DISTINCT company_id, movement_id AS id FROM written) t\n        CROSS JOIN LATERAL (\n            SELECT quantity, value FROM inventory_stockmovement WHERE company_id = t.company_id AND id = t.id OFFSET 0) m\n        CROSS JOIN LATERAL (\n            SELECT coalesce(sum(quantity), 0) AS quantity, coalesce(sum(cost), 0) AS cost FROM inventory_layerconsumption\n            WHERE company_id = t.company_id AND movement_id = t.id) c\n        LEFT JOIN LATERAL (\n            SELECT quantity, value FROM inventory_stocklayer\n            WHERE company_id = t.company_id AND movement_id = t.id OFFSET 0) l ON true\n        WHERE m.quantity <> coalesce(l.quantity, 0) - c.quantity OR m.value <> coalesce(l.value, 0) - c.cost) THEN\n        RAISE EXCEPTION 'movement_is_its_layers: quantity and value of a movement are those of its layers'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_is_its_layers';\n    END IF;\n\n    RETURN NULL;\n",
                        hash="2aa3fde063205b2c45cb3374361548fc9225192c",
                        level="STATEMENT",
                        operation="INSERT",
                        pgid="pgtrigger_layers_follow_bfd83",
                        referencing="REFERENCING NEW TABLE AS written ",
                        table="inventory_layerconsumption",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="item",
                trigger=pgtrigger.compiler.Trigger(
                    name="has_moved",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."tracked" IS DISTINCT FROM (NEW."tracked") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."uom_id" IS DISTINCT FROM (NEW."uom_id"))',
                        func="\n    IF EXISTS (SELECT 1 FROM inventory_stockmovement m WHERE m.company_id = OLD.company_id AND m.item_id = OLD.id) THEN\n        RAISE EXCEPTION 'item_has_moved: kind, unit and tracking of an item that ever moved stay as they are'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'item_has_moved';\n    END IF;\n    RETURN NEW;\n",
                        hash="be66fc673d550d953f1377eaeba476fd73b37441",
                        operation="UPDATE",
                        pgid="pgtrigger_has_moved_88c34",
                        table="inventory_item",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="item",
                trigger=pgtrigger.compiler.Trigger(
                    name="layers_have_batches",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (NEW."batch_required" AND NOT OLD."batch_required")',
                        func="\n    IF EXISTS (\n        SELECT 1 FROM inventory_stocklayer l\n        WHERE l.company_id = OLD.company_id AND l.item_id = OLD.id AND l.quantity_left > 0 AND l.batch_id IS NULL) THEN\n        RAISE EXCEPTION 'layers_have_batches: there is stock of this item without a batch'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'layers_have_batches';\n    END IF;\n    RETURN NEW;\n",
                        hash="d29a7818052ee0b0fc2c481c2e31c03196421829",
                        operation="UPDATE",
                        pgid="pgtrigger_layers_have_batches_234f4",
                        table="inventory_item",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stockmovement",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="a5e18f65c61fc2bb27fd1f19a61ad8d60af4cdd1",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_353f0",
                        table="inventory_stockmovement",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stockmovement",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="10eaad2d0658ca5b2c9466f4df2a7cd07f15662e",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_ce0c1",
                        table="inventory_stockmovement",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stockmovement",
                trigger=pgtrigger.compiler.Trigger(
                    name="on_hand_follows",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        declare="DECLARE homeless boolean; empty boolean; untracked boolean; astray boolean;",
                        func="\n    UPDATE inventory_stockbalance b\n    SET on_hand = b.on_hand + m.quantity\n    FROM (SELECT company_id, item_id, warehouse_id, sum(quantity) AS quantity FROM written GROUP BY 1, 2, 3) m\n    WHERE b.company_id = m.company_id AND b.item_id = m.item_id AND b.warehouse_id = m.warehouse_id;\n    SELECT bool_or(NOT EXISTS (SELECT 1 FROM inventory_stockbalance b\n            WHERE b.company_id = m.company_id AND b.item_id = m.item_id AND b.warehouse_id = m.warehouse_id)),\n        bool_or(NOT EXISTS (SELECT 1 FROM inventory_layerconsumption c\n                WHERE c.company_id = m.company_id AND c.movement_id = m.id)\n            AND NOT EXISTS (SELECT 1 FROM inventory_stocklayer l\n                WHERE l.company_id = m.company_id AND l.movement_id = m.id)),\n        bool_or(NOT (SELECT i.tracked FROM inventory_item i WHERE i.company_id = m.company_id AND i.id = m.item_id)),\n        bool_or((SELECT v.tx <> pg_current_xact_id() OR v.voucher_date <> m.booking_date\n                OR (m.kind = 'SALE' AND (v.kind <> 'SALES' OR v.source_id <> m.source_id))\n            FROM accounting_voucher v WHERE v.company_id = m.company_id AND v.id = m.voucher_id))\n    INTO homeless, empty, untracked, astray\n    FROM written m;\n    IF homeless THEN\n        RAISE EXCEPTION 'movement_has_balance: the stock balance row must exist before stock moves'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_has_balance';\n    ELSIF empty THEN\n        RAISE EXCEPTION 'movement_is_its_layers: quantity and value of a movement are those of its layers'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_is_its_layers';\n    ELSIF untracked THEN\n        RAISE EXCEPTION 'movement_of_tracked_item: only tracked items have stock'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_of_tracked_item';\n    ELSIF astray THEN\n        RAISE EXCEPTION 'movement_with_its_voucher: goods move with their voucher, in its transaction, on its date'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_with_its_voucher';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM (SELECT company_id, voucher_id, sum(value) AS value, count(*) AS rows FROM written\n            WHERE voucher_id IS NOT NULL GROUP BY 1, 2) t\n        CROSS JOIN LATERAL (\n            SELECT coalesce(sum(value), 0) AS value, count(*) AS rows FROM inventory_stockmovement\n            WHERE company_id = t.company_id AND voucher_id = t.voucher_id) s\n        WHERE s.rows > t.rows AND t.value <> 0 AND s.value - t.value = (\n            SELECT coalesce(sum(debit - credit), 0) FROM accounting_ledgerentry\n            WHERE company_id = t.company_id AND voucher_id = t.voucher_id AND role = 'INVENTORY')) THEN\n        RAISE EXCEPTION 'stock_is_booked: this voucher has all the movements that its INVENTORY legs are worth'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_is_booked';\n    END IF;\n    RETURN NULL;\n",
                        hash="8ca345ba28a821c70b04cbf4817b125aeb31f9ed",
                        level="STATEMENT",
                        operation="INSERT",
                        pgid="pgtrigger_on_hand_follows_ae4c4",
                        referencing="REFERENCING NEW TABLE AS written ",
                        table="inventory_stockmovement",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stocklayer",
                trigger=pgtrigger.compiler.Trigger(
                    name="frozen",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF pg_trigger_depth() < 2 OR ROW(OLD.id, OLD.company_id, OLD.item_id, OLD.warehouse_id, OLD.batch_id, OLD.received_on,\n            OLD.booked_on, OLD.quantity, OLD.value, OLD.movement_id, OLD.successor_of_id)\n        IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.item_id, NEW.warehouse_id, NEW.batch_id, NEW.received_on,\n            NEW.booked_on, NEW.quantity, NEW.value, NEW.movement_id, NEW.successor_of_id) THEN\n        RAISE EXCEPTION 'layer_frozen: only consumption rows change what is left of a layer'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'layer_frozen';\n    END IF;\n    RETURN NEW;\n",
                        hash="e3d0b7e4a24728c4bd42f3d8cfd8d7e46cf5b28e",
                        operation="UPDATE",
                        pgid="pgtrigger_frozen_6b54d",
                        table="inventory_stocklayer",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stocklayer",
                trigger=pgtrigger.compiler.Trigger(
                    name="begins_full",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF NEW.quantity_left <> NEW.quantity OR NEW.value_left <> NEW.value THEN\n        RAISE EXCEPTION 'layer_frozen: a layer begins full'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'layer_frozen';\n    END IF;\n    RETURN NEW;\n",
                        hash="3fc0eb9a13a5535015dd6dded07813cff62fb537",
                        operation="INSERT",
                        pgid="pgtrigger_begins_full_bd7bb",
                        table="inventory_stocklayer",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stocklayer",
                trigger=pgtrigger.compiler.Trigger(
                    name="fits_movement",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF EXISTS (\n        SELECT 1 FROM written l\n        CROSS JOIN LATERAL (\n            SELECT item_id, warehouse_id, booking_date, quantity FROM inventory_stockmovement\n            WHERE company_id = l.company_id AND id = l.movement_id OFFSET 0) m\n        WHERE m.item_id <> l.item_id OR m.warehouse_id <> l.warehouse_id OR m.booking_date <> l.booked_on OR m.quantity < 0\n            OR (SELECT b.item_id <> l.item_id FROM inventory_batch b\n                WHERE b.company_id = l.company_id AND b.id = l.batch_id)\n            OR (l.batch_id IS NULL AND (SELECT i.batch_required FROM inventory_item i\n                WHERE i.company_id = l.company_id AND i.id = l.item_id))) THEN\n        RAISE EXCEPTION 'layer_fits_movement: a layer is what its movement brought, with its batch where the item needs one'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'layer_fits_movement';\n    END IF;\n\n    IF EXISTS (\n        SELECT 1 FROM (SELECT company_id, movement_id AS id FROM written) t\n        CROSS JOIN LATERAL (\n            SELECT quantity, value FROM inventory_stockmovement WHERE company_id = t.company_id AND id = t.id OFFSET 0) m\n        CROSS JOIN LATERAL (\n            SELECT coalesce(sum(quantity), 0) AS quantity, coalesce(sum(cost), 0) AS cost FROM inventory_layerconsumption\n            WHERE company_id = t.company_id AND movement_id = t.id) c\n        LEFT JOIN LATERAL (\n            SELECT quantity, value FROM inventory_stocklayer\n            WHERE company_id = t.company_id AND movement_id = t.id OFFSET 0) l ON true\n        WHERE m.quantity <> coalesce(l.quantity, 0) - c.quantity OR m.value <> coalesce(l.value, 0) - c.cost) THEN\n        RAISE EXCEPTION 'movement_is_its_layers: quantity and value of a movement are those of its layers'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_is_its_layers';\n    END IF;\n\n    RETURN NULL;\n",
                        hash="7ffdcf389358d0a96cde92d6ce0e6cd6f88bbd45",
                        level="STATEMENT",
                        operation="INSERT",
                        pgid="pgtrigger_fits_movement_75af6",
                        referencing="REFERENCING NEW TABLE AS written ",
                        table="inventory_stocklayer",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stocklayer",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'never_deleted: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="5ef545016ca9fd8a55f998562473859894c3396f",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_9c65a",
                        table="inventory_stocklayer",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stocklayer",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="b71bb8cd528886bae9ba240e30a04860ae97de24",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_5fbd1",
                        table="inventory_stocklayer",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stockdocument",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'never_deleted: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="74fcd229d46d3eb8a6b3f696dfe4e24f3ff1a16c",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_0c180",
                        table="inventory_stockdocument",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stockdocument",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="7d1096b42df1b9c2880e2a10907ce99a250696cb",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_64b40",
                        table="inventory_stockdocument",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stockbalance",
                trigger=pgtrigger.compiler.Trigger(
                    name="begins",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF NEW.on_hand <> 0 OR NEW.reserved <> 0 THEN\n        RAISE EXCEPTION 'balance_follows: a stock balance begins at nothing'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'balance_follows';\n    END IF;\n    RETURN NEW;\n",
                        hash="fb442d7c08c81b739f08852a73dc52d45a5267c8",
                        operation="INSERT",
                        pgid="pgtrigger_begins_7cf34",
                        table="inventory_stockbalance",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stockbalance",
                trigger=pgtrigger.compiler.Trigger(
                    name="follows",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF ROW(OLD.id, OLD.company_id, OLD.item_id, OLD.warehouse_id)\n            IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.item_id, NEW.warehouse_id)\n       OR (OLD.on_hand <> NEW.on_hand AND pg_trigger_depth() < 2) THEN\n        RAISE EXCEPTION 'balance_follows: only movements change what is on hand'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'balance_follows';\n    END IF;\n    RETURN NEW;\n",
                        hash="75487854bdce398898c950676c57e489b1caed93",
                        operation="UPDATE",
                        pgid="pgtrigger_follows_f1d23",
                        table="inventory_stockbalance",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stockbalance",
                trigger=pgtrigger.compiler.Trigger(
                    name="reserved_adds_up",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."reserved" IS DISTINCT FROM (NEW."reserved"))',
                        func="\n    IF EXISTS (\n        SELECT 1 FROM (SELECT NEW.company_id, NEW.item_id, NEW.warehouse_id) t\n        LEFT JOIN inventory_stockbalance b\n            ON b.company_id = t.company_id AND b.item_id = t.item_id AND b.warehouse_id = t.warehouse_id\n        WHERE b.reserved IS DISTINCT FROM (\n            SELECT coalesce(sum(r.quantity), 0) FROM inventory_reservation r\n            WHERE r.company_id = t.company_id AND r.item_id = t.item_id AND r.warehouse_id = t.warehouse_id)) THEN\n        RAISE EXCEPTION 'reserved_adds_up: what a balance says is reserved is the sum of its reservations'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'reserved_adds_up';\n    END IF;\n    RETURN NULL;\n",
                        hash="90b5e81e531f71d8fc2fd762a352e5c891e59ac1",
                        operation="UPDATE",
                        pgid="pgtrigger_reserved_adds_up_ebbfe",
                        table="inventory_stockbalance",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stockbalance",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'never_deleted: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="513c066448630025c98dbc9a5d9c47790d387ecb",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_74d7d",
                        table="inventory_stockbalance",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="stockbalance",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="ab6f1fd8c208071d7bd5ff5b1527e32cc7bfdd23",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_0cda8",
                        table="inventory_stockbalance",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="reservation",
                trigger=pgtrigger.compiler.Trigger(
                    name="adds_up_insert",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF EXISTS (\n        SELECT 1 FROM (SELECT company_id, item_id, warehouse_id FROM written) t\n        LEFT JOIN inventory_stockbalance b\n            ON b.company_id = t.company_id AND b.item_id = t.item_id AND b.warehouse_id = t.warehouse_id\n        WHERE b.reserved IS DISTINCT FROM (\n            SELECT coalesce(sum(r.quantity), 0) FROM inventory_reservation r\n            WHERE r.company_id = t.company_id AND r.item_id = t.item_id AND r.warehouse_id = t.warehouse_id)) THEN\n        RAISE EXCEPTION 'reserved_adds_up: what a balance says is reserved is the sum of its reservations'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'reserved_adds_up';\n    END IF;\n    RETURN NULL;\n",
                        hash="8e7665d4febd9cd6b0234e0399b7f46bc04ab838",
                        level="STATEMENT",
                        operation="INSERT",
                        pgid="pgtrigger_adds_up_insert_5c20a",
                        referencing="REFERENCING NEW TABLE AS written ",
                        table="inventory_reservation",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="reservation",
                trigger=pgtrigger.compiler.Trigger(
                    name="adds_up_update",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF EXISTS (\n        SELECT 1 FROM (SELECT company_id, item_id, warehouse_id FROM before UNION SELECT company_id, item_id, warehouse_id FROM written) t\n        LEFT JOIN inventory_stockbalance b\n            ON b.company_id = t.company_id AND b.item_id = t.item_id AND b.warehouse_id = t.warehouse_id\n        WHERE b.reserved IS DISTINCT FROM (\n            SELECT coalesce(sum(r.quantity), 0) FROM inventory_reservation r\n            WHERE r.company_id = t.company_id AND r.item_id = t.item_id AND r.warehouse_id = t.warehouse_id)) THEN\n        RAISE EXCEPTION 'reserved_adds_up: what a balance says is reserved is the sum of its reservations'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'reserved_adds_up';\n    END IF;\n    RETURN NULL;\n",
                        hash="c40a6b8ad08650aeb3536fca54c140852075c910",
                        level="STATEMENT",
                        operation="UPDATE",
                        pgid="pgtrigger_adds_up_update_85817",
                        referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS written ",
                        table="inventory_reservation",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="reservation",
                trigger=pgtrigger.compiler.Trigger(
                    name="adds_up_delete",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF EXISTS (\n        SELECT 1 FROM (SELECT company_id, item_id, warehouse_id FROM written) t\n        LEFT JOIN inventory_stockbalance b\n            ON b.company_id = t.company_id AND b.item_id = t.item_id AND b.warehouse_id = t.warehouse_id\n        WHERE b.reserved IS DISTINCT FROM (\n            SELECT coalesce(sum(r.quantity), 0) FROM inventory_reservation r\n            WHERE r.company_id = t.company_id AND r.item_id = t.item_id AND r.warehouse_id = t.warehouse_id)) THEN\n        RAISE EXCEPTION 'reserved_adds_up: what a balance says is reserved is the sum of its reservations'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'reserved_adds_up';\n    END IF;\n    RETURN NULL;\n",
                        hash="810b6fd9958936dd3a0b8eb6c29b8ae42050244a",
                        level="STATEMENT",
                        operation="DELETE",
                        pgid="pgtrigger_adds_up_delete_c1e56",
                        referencing="REFERENCING OLD TABLE AS written ",
                        table="inventory_reservation",
                        when="AFTER",
                    ),
                ),
            ),
        ),
    ]
