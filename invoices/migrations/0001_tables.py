from decimal import Decimal

import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.text
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
        ("invoices", "0001_initial"),
        ("invoices", "0002_company_scope"),
        ("invoices", "0003_finite_totals_and_moved_lines"),
        ("invoices", "0004_books"),
        ("invoices", "0005_books_company_scope"),
        ("invoices", "0006_guarded_documents"),
        ("invoices", "0007_judged_documents"),
        ("invoices", "0008_audit_views"),
        ("invoices", "0009_credit_notes"),
    ]

    initial = True

    dependencies = [
        ("accounting", "0001_tables"),
        ("erp", "0001_tables"),
        ("erp", "__first__"),
        ("inventory", "0001_tables"),
        ("sales", "0001_tables"),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="Invoice",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("serial", erp.fields.IdentityField()),
                    ("invoice_type", models.CharField(max_length=8)),
                    ("origin", models.CharField(max_length=8)),
                    ("invoice_no", models.CharField(max_length=100)),
                    ("invoice_date", models.DateField()),
                    ("created_by", models.CharField(blank=True, default="", max_length=150)),
                    ("priority", models.CharField(default="MEDIUM", max_length=6)),
                    ("given_total", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                    ("items_total", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("total_value", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("temp_name", models.CharField(blank=True, default="", max_length=255)),
                    ("remarks", models.CharField(blank=True, default="", max_length=5000)),
                    ("fulfilment_status", models.CharField(max_length=10, null=True)),
                    ("billing_status", models.CharField(max_length=11, null=True)),
                    ("status", models.CharField(default="DRAFT", max_length=14)),
                    ("due_date", models.DateField(null=True)),
                    ("subtotal", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                    ("tax_amount", models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=18)),
                    ("round_off", models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=18)),
                    ("amount_received", models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=18)),
                    ("party_name", models.CharField(blank=True, db_default="", default="", max_length=255)),
                    ("party_gstin", models.CharField(blank=True, db_default="", default="", max_length=15)),
                    ("billing_address", models.CharField(blank=True, db_default="", default="", max_length=2000)),
                    ("shipping_address", models.CharField(blank=True, db_default="", default="", max_length=2000)),
                    ("company_state_code", models.CharField(blank=True, db_default="", default="", max_length=2)),
                    ("company_gstin", models.CharField(blank=True, db_default="", default="", max_length=15)),
                    ("place_of_supply", models.CharField(blank=True, db_default="", default="", max_length=2)),
                    ("apply_gst", models.BooleanField(db_default=True, default=True)),
                    ("notes", models.CharField(blank=True, db_default="", default="", max_length=2000)),
                    ("revision", models.IntegerField(db_default=1, default=1)),
                    ("handling", models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
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
                        "created_user",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "currency",
                        models.ForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="erp.currency",
                        ),
                    ),
                    (
                        "customer",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="sales.customer",
                        ),
                    ),
                    (
                        "sales_order",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="sales.salesorder",
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
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.warehouse",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["company", "-created_at", "-serial"], name="invoice_newest"),
                        models.Index(fields=["company", "fulfilment_status", "-serial"], name="invoice_by_fulfilment"),
                        models.Index(fields=["company", "customer"], name="invoice_by_customer"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="invoice_company_id"),
                        models.UniqueConstraint(fields=("company", "serial"), name="invoice_serial"),
                        models.UniqueConstraint(
                            condition=models.Q(("invoice_type", "SALES"), models.Q(("origin", "HISTORY"), _negated=True)),
                            fields=("company", "invoice_no"),
                            name="invoice_sales_number",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("invoice_no", ""), _negated=True), name="invoice_no_given"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("origin", "HISTORY"),
                                ("invoice_no", django.db.models.functions.text.Trim(models.F("invoice_no"))),
                                _connector="OR",
                            ),
                            name="invoice_no_trimmed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("invoice_type__in", ["SALES", "PURCHASE"])), name="invoice_type_known"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("origin__in", ["IMPORTED", "ISSUED", "HISTORY"])),
                            name="invoice_origin_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("priority__in", ["LOW", "MEDIUM", "HIGH"])), name="invoice_priority_known"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("status__in", ["DRAFT", "POSTED", "PARTIALLY_PAID", "PAID", "CANCELLED"])),
                            name="invoice_status_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "fulfilment_status__in",
                                    [
                                        "INVOICED",
                                        "PICKING",
                                        "PICKED",
                                        "PACKING",
                                        "BOXING",
                                        "PACKED",
                                        "DISPATCHED",
                                        "DELIVERED",
                                        "REVIEW",
                                    ],
                                )
                            ),
                            name="invoice_fulfilment_status_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("billing_status__in", ["BILLED", "REVIEW", "RE_INVOICED"])),
                            name="invoice_billing_status_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("billing_status__isnull", False),
                                    ("customer__isnull", False),
                                    ("fulfilment_status__isnull", False),
                                    ("invoice_type", "SALES"),
                                ),
                                models.Q(
                                    ("billing_status__isnull", True),
                                    ("fulfilment_status__isnull", True),
                                    ("invoice_type", "PURCHASE"),
                                ),
                                _connector="OR",
                            ),
                            name="invoice_workflow_only_on_sales",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("fulfilment_status", "REVIEW"), ("billing_status", "REVIEW")),
                                models.Q(
                                    models.Q(("fulfilment_status", "REVIEW"), _negated=True),
                                    models.Q(("billing_status", "REVIEW"), _negated=True),
                                ),
                                ("fulfilment_status__isnull", True),
                                _connector="OR",
                            ),
                            name="invoice_review_in_both",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("items_total__gte", 0),
                                ("items_total__lt", Decimal("10000000000000000")),
                                ("total_value__gte", 0),
                                ("total_value__lt", Decimal("10000000000000000")),
                                models.Q(
                                    models.Q(("given_total__gte", 0), ("given_total__lt", Decimal("10000000000000000"))),
                                    ("given_total__isnull", True),
                                    _connector="OR",
                                ),
                            ),
                            name="invoice_totals_in_range",
                        ),
                        models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="invoice_version_positive"),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("origin", "IMPORTED"), _negated=True),
                                (
                                    "total_value",
                                    django.db.models.functions.comparison.Coalesce(
                                        models.F("given_total"), models.F("items_total")
                                    ),
                                ),
                                _connector="OR",
                            ),
                            name="invoice_imported_total",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("amount_received__lt", Decimal("10000000000000000")),
                                ("tax_amount__gte", 0),
                                ("tax_amount__lt", Decimal("10000000000000000")),
                                models.Q(
                                    ("subtotal__isnull", True),
                                    models.Q(("subtotal__gte", 0), ("subtotal__lt", Decimal("10000000000000000"))),
                                    _connector="OR",
                                ),
                                ("revision__gte", 1),
                                ("round_off__lt", Decimal("10000000000000000")),
                            ),
                            name="invoice_parts_in_range",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("origin", "ISSUED"), _negated=True),
                                ("invoice_no__regex", "^[A-Za-z0-9/-]{1,16}$"),
                                _connector="OR",
                            ),
                            name="invoice_own_number_legal",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("subtotal__isnull", True),
                                models.Q(
                                    (
                                        "total_value",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("subtotal"), "+", models.F("tax_amount")
                                            ),
                                            "+",
                                            models.F("round_off"),
                                        ),
                                    ),
                                    ("round_off__gte", "-0.50"),
                                    ("round_off__lte", "0.50"),
                                ),
                                _connector="OR",
                            ),
                            name="invoice_total_adds_up",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("amount_received", 0), ("status__in", ["DRAFT", "CANCELLED"])),
                                models.Q(
                                    ("subtotal__isnull", False),
                                    ("voucher__isnull", False),
                                    models.Q(
                                        models.Q(("amount_received", 0), ("status", "POSTED"), ("total_value__gt", 0)),
                                        models.Q(("amount_received", models.F("total_value")), ("status", "PAID")),
                                        models.Q(
                                            ("amount_received__gt", 0),
                                            ("amount_received__lt", models.F("total_value")),
                                            ("status", "PARTIALLY_PAID"),
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                _connector="OR",
                            ),
                            name="invoice_status_follows_the_money",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("status", "DRAFT"), _negated=True), ("voucher__isnull", True), _connector="OR"
                            ),
                            name="invoice_draft_has_no_voucher",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("invoice_date__gte", "1900-01-01"), ("invoice_date__lte", "2199-12-31")),
                            name="invoice_date_in_range",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="CreditNote",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("credit_note_number", models.CharField(max_length=16)),
                    ("status", models.CharField(max_length=9)),
                    ("credit_date", models.DateField()),
                    ("reason", models.CharField(max_length=15)),
                    ("return_stock", models.BooleanField()),
                    ("subtotal", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("tax_amount", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("round_off", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                    ("total_value", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("amount_applied", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
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
                        "invoice",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="credit_notes",
                            to="invoices.invoice",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["company", "-credit_date", "-id"], name="creditnote_newest"),
                        models.Index(fields=["company", "invoice"], name="creditnote_by_invoice"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="creditnote_company_id"),
                        models.UniqueConstraint(fields=("company", "credit_note_number"), name="creditnote_number"),
                        models.CheckConstraint(
                            condition=models.Q(("status__in", ["DRAFT", "POSTED", "CANCELLED"])),
                            name="creditnote_status_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("reason__in", ["SALES_RETURN", "PRICE_REDUCTION", "DEFICIENT", "TAX_CORRECTION", "OTHER"])
                            ),
                            name="creditnote_reason_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("subtotal__gte", 0),
                                ("subtotal__lt", Decimal("10000000000000000")),
                                ("tax_amount__gte", 0),
                                ("round_off__gte", "-0.50"),
                                ("round_off__lte", "0.50"),
                                ("tax_amount__lt", Decimal("10000000000000000")),
                                ("total_value__gte", 0),
                                ("total_value__lt", Decimal("10000000000000000")),
                            ),
                            name="creditnote_parts_in_range",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "total_value",
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("subtotal"), "+", models.F("tax_amount")
                                        ),
                                        "+",
                                        models.F("round_off"),
                                    ),
                                )
                            ),
                            name="creditnote_total_adds_up",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("amount_applied__gte", 0), ("amount_applied__lte", models.F("total_value"))),
                            name="creditnote_applied_within_total",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("status", "POSTED"), ("voucher__isnull", False)),
                                models.Q(
                                    ("amount_applied", 0), ("status__in", ["DRAFT", "CANCELLED"]), ("voucher__isnull", True)
                                ),
                                _connector="OR",
                            ),
                            name="creditnote_posted_has_voucher",
                        ),
                        models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="creditnote_version_positive"),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="CreditNoteAllocation",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("allocation_date", models.DateField()),
                    ("created_at", models.DateTimeField()),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "credit_note",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="allocations",
                            to="invoices.creditnote",
                        ),
                    ),
                    (
                        "invoice",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="credit_allocations",
                            to="invoices.invoice",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["company", "invoice"], name="creditallocation_by_invoice"),
                        models.Index(fields=["company", "credit_note"], name="creditallocation_by_note"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="creditnoteallocation_company_id"),
                        models.CheckConstraint(
                            condition=models.Q(("amount__gt", 0), ("amount__lt", Decimal("10000000000000000"))),
                            name="creditnoteallocation_positive",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="ContentSeal",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("revision", models.IntegerField()),
                    ("content_hash", models.BinaryField()),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "invoice",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="invoices.invoice",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="contentseal_company_id"),
                        models.UniqueConstraint(
                            fields=("company", "invoice", "revision"), name="contentseal_one_per_revision"
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="InvoiceItem",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("line_no", models.IntegerField()),
                    ("name", models.CharField(max_length=255)),
                    ("item_code", models.CharField(max_length=100)),
                    ("barcode", models.CharField(blank=True, default="", max_length=100)),
                    ("quantity", models.DecimalField(decimal_places=3, max_digits=18)),
                    ("mrp", models.DecimalField(decimal_places=4, max_digits=18)),
                    ("line_total", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("hsn_code", models.CharField(blank=True, db_default="", default="", max_length=8)),
                    ("discount_pct", models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=5)),
                    ("allocated_discount", models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=18)),
                    ("import_discount", models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=18)),
                    ("gst_rate", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                    ("cgst", models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=18)),
                    ("sgst", models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=18)),
                    ("utgst", models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=18)),
                    ("igst", models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=18)),
                    ("posted_as_tracked", models.BooleanField(null=True)),
                    ("company_name", models.CharField(blank=True, default="", max_length=255)),
                    ("packing", models.CharField(blank=True, default="", max_length=100)),
                    ("shelf_location", models.CharField(blank=True, default="", max_length=100)),
                    ("batch_no", models.CharField(blank=True, default="", max_length=100)),
                    ("expiry_date", models.DateField(null=True)),
                    ("remarks", models.CharField(blank=True, default="", max_length=2000)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "invoice",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="items",
                            to="invoices.invoice",
                        ),
                    ),
                    (
                        "item",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.item",
                        ),
                    ),
                    (
                        "order_line",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="sales.salesorderline",
                        ),
                    ),
                    (
                        "uom",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inventory.uom",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("order_line__isnull", False)),
                            fields=["company", "order_line"],
                            name="invoiceitem_by_order_line",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="invoiceitem_company_id"),
                        models.UniqueConstraint(
                            deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                            fields=("company", "invoice", "line_no"),
                            name="invoiceitem_line_no",
                        ),
                        models.CheckConstraint(condition=models.Q(("line_no__gte", 1)), name="invoiceitem_line_no_positive"),
                        models.CheckConstraint(
                            condition=models.Q(("quantity__gt", 0), ("quantity__lt", 1000000000)),
                            name="invoiceitem_quantity_positive",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("mrp__gte", 0), ("mrp__lt", 10000000000)), name="invoiceitem_mrp_in_range"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("line_total__gte", 0),
                                (
                                    "line_total",
                                    django.db.models.expressions.CombinedExpression(
                                        models.Func(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.F("quantity"), "*", models.F("mrp")
                                                    ),
                                                    "*",
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.Value(100), "-", models.F("discount_pct")
                                                    ),
                                                ),
                                                "/",
                                                models.Value(100),
                                            ),
                                            2,
                                            function="ROUND",
                                        ),
                                        "-",
                                        models.F("allocated_discount"),
                                    ),
                                ),
                            ),
                            name="invoiceitem_line_total",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("cgst", 0), ("sgst", 0), ("utgst", 0)),
                                models.Q(("cgst", models.F("sgst")), ("igst", 0), ("utgst", 0)),
                                models.Q(("cgst", models.F("utgst")), ("igst", 0), ("sgst", 0)),
                                _connector="OR",
                            ),
                            name="invoiceitem_tax_of_one_kind",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("discount_pct__gte", 0),
                                ("discount_pct__lte", 100),
                                ("line_total__lt", Decimal("10000000000000000")),
                                ("allocated_discount__lt", Decimal("10000000000000000")),
                                ("import_discount__lt", Decimal("10000000000000000")),
                                ("import_discount__lte", models.F("line_total")),
                                models.Q(
                                    ("gst_rate__isnull", True),
                                    models.Q(("gst_rate__gte", 0), ("gst_rate__lt", 100)),
                                    _connector="OR",
                                ),
                            ),
                            name="invoiceitem_parts_in_range",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("cgst__gte", 0),
                                ("cgst__lt", Decimal("10000000000000000")),
                                ("sgst__gte", 0),
                                ("sgst__lt", Decimal("10000000000000000")),
                                ("igst__gte", 0),
                                ("igst__lt", Decimal("10000000000000000")),
                                ("utgst__gte", 0),
                                ("utgst__lt", Decimal("10000000000000000")),
                            ),
                            name="invoiceitem_taxes_in_range",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("posted_as_tracked", True), _negated=True),
                                ("item__isnull", False),
                                _connector="OR",
                            ),
                            name="invoiceitem_tracked_is_an_item",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="CreditNoteLine",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("line_no", models.IntegerField()),
                    ("quantity", models.DecimalField(decimal_places=3, max_digits=18, null=True)),
                    ("line_total", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("cgst", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                    ("sgst", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                    ("utgst", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                    ("igst", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                    ("returned_qty", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "credit_note",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="lines",
                            to="invoices.creditnote",
                        ),
                    ),
                    (
                        "invoice_item",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="invoices.invoiceitem",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["company", "invoice_item"], name="creditnoteline_by_item")],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="creditnoteline_company_id"),
                        models.UniqueConstraint(fields=("company", "credit_note", "line_no"), name="creditnoteline_line_no"),
                        models.UniqueConstraint(
                            fields=("company", "credit_note", "invoice_item"), name="creditnoteline_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("line_no__gte", 1)), name="creditnoteline_line_no_positive"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("quantity__gt", 0),
                                    ("quantity__isnull", False),
                                    ("quantity__lt", Decimal("1000000000")),
                                    models.Q(("returned_qty", 0), ("returned_qty", models.F("quantity")), _connector="OR"),
                                ),
                                models.Q(("line_total__gt", 0), ("quantity__isnull", True), ("returned_qty", 0)),
                                _connector="OR",
                            ),
                            name="creditnoteline_quantity_or_amount",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("cgst__gte", 0),
                                ("cgst__lt", Decimal("10000000000000000")),
                                ("line_total__gte", 0),
                                ("line_total__lt", Decimal("10000000000000000")),
                                ("sgst__gte", 0),
                                ("sgst__lt", Decimal("10000000000000000")),
                                ("utgst__gte", 0),
                                ("utgst__lt", Decimal("10000000000000000")),
                                ("igst__gte", 0),
                                ("igst__lt", Decimal("10000000000000000")),
                            ),
                            name="creditnoteline_amounts_in_range",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("cgst", 0), ("sgst", 0), ("utgst", 0)),
                                models.Q(("cgst", models.F("sgst")), ("igst", 0), ("utgst", 0)),
                                models.Q(("cgst", models.F("utgst")), ("igst", 0), ("sgst", 0)),
                                _connector="OR",
                            ),
                            name="creditnoteline_tax_of_one_kind",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="Payment",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("payment_number", models.CharField(max_length=16)),
                    ("kind", models.CharField(max_length=7)),
                    ("status", models.CharField(max_length=9)),
                    ("payment_date", models.DateField()),
                    ("mode", models.CharField(max_length=13)),
                    ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("allocated_amount", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                    ("reference_number", models.CharField(blank=True, default="", max_length=100)),
                    ("notes", models.CharField(blank=True, default="", max_length=2000)),
                    ("planned", models.JSONField(db_default=models.Value([], models.JSONField()), default=list)),
                    ("version", models.IntegerField(default=1)),
                    ("created_at", models.DateTimeField()),
                    ("updated_at", models.DateTimeField()),
                    (
                        "account",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="accounting.ledgeraccount",
                        ),
                    ),
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
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="sales.customer",
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
                ],
                options={
                    "indexes": [models.Index(fields=["company", "-payment_date", "-id"], name="payment_newest")],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="payment_company_id"),
                        models.UniqueConstraint(fields=("company", "payment_number"), name="payment_number"),
                        models.CheckConstraint(
                            condition=models.Q(("kind__in", ["RECEIPT", "PAYMENT"])), name="payment_kind_known"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("status__in", ["DRAFT", "POSTED", "REVERSED", "CANCELLED"])),
                            name="payment_status_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("mode__in", ["CASH", "CHEQUE", "BANK_TRANSFER", "UPI", "CARD", "OTHER"])),
                            name="payment_mode_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("allocated_amount__gte", 0),
                                ("amount__gt", 0),
                                ("amount__lt", Decimal("10000000000000000")),
                                ("allocated_amount__lte", models.F("amount")),
                            ),
                            name="payment_allocated_within_amount",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("status", "POSTED"), _negated=True), ("voucher__isnull", False), _connector="OR"
                            ),
                            name="payment_posted_has_voucher",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("status", "DRAFT"), ("planned", []), _connector="OR"),
                            name="payment_plans_as_draft",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="PaymentAllocation",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("allocation_date", models.DateField()),
                    ("created_at", models.DateTimeField()),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "invoice",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="allocations",
                            to="invoices.invoice",
                        ),
                    ),
                    (
                        "payment",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="allocations",
                            to="invoices.payment",
                        ),
                    ),
                    (
                        "releases",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="invoices.paymentallocation",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["company", "invoice"], name="paymentallocation_by_invoice"),
                        models.Index(fields=["company", "payment"], name="paymentallocation_by_payment"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="paymentallocation_company_id"),
                        models.UniqueConstraint(fields=("company", "releases"), name="paymentallocation_released_once"),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("amount__gt", 0),
                                    ("amount__lt", Decimal("10000000000000000")),
                                    ("releases__isnull", True),
                                ),
                                models.Q(("amount__lt", 0), ("releases__isnull", False)),
                                _connector="OR",
                            ),
                            name="paymentallocation_sign",
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
                model_name="invoice",
                trigger=pgtrigger.compiler.Trigger(
                    name="adds_up",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        constraint="CONSTRAINT",
                        func="\n    IF NOT EXISTS (\n        SELECT 1 FROM invoices_invoice i\n        CROSS JOIN LATERAL (\n            SELECT sum(l.line_total) AS total, sum(l.line_total - l.import_discount) AS net,\n                sum(l.cgst + l.sgst + l.utgst + l.igst) AS tax\n            FROM invoices_invoiceitem l WHERE l.company_id = NEW.company_id AND l.invoice_id = NEW.id) l\n        WHERE i.id = NEW.id AND i.items_total = l.total AND i.tax_amount = l.tax\n            AND coalesce(i.subtotal, l.net) = l.net) THEN\n        RAISE EXCEPTION 'invoice_adds_up: items_total, subtotal or tax of invoice % differs from its lines', NEW.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_adds_up';\n    END IF;\n    RETURN NULL;\n",
                        hash="e494df0a1632145308f18334713107ef982264a5",
                        operation='INSERT OR UPDATE OF "items_total", "subtotal", "tax_amount"',
                        pgid="pgtrigger_adds_up_d06c6",
                        table="invoices_invoice",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="invoice",
                trigger=pgtrigger.compiler.Trigger(
                    name="begins_in_books",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (NOT (NEW."status" = \'DRAFT\') OR NEW."amount_received" > 0)',
                        constraint="CONSTRAINT",
                        declare="DECLARE doc record; booked record;",
                        func="\n    SELECT i.id, i.company_id, i.revision, i.status, i.total_value, i.amount_received,\n        i.status IN ('DRAFT', 'CANCELLED') AS open,\n        i.invoice_type = 'PURCHASE' AS purchase, i.customer_id, i.voucher_id,\n        (SELECT v.source_kind = 'invoice' AND v.source_id = i.id AND v.source_revision = i.revision AND v.reverses_id IS NULL\n                AND NOT EXISTS (SELECT 1 FROM accounting_voucher r\n                    WHERE r.company_id = v.company_id AND r.reverses_id = v.id)\n            FROM accounting_voucher v WHERE v.company_id = i.company_id AND v.id = i.voucher_id) AS stands,\n        (SELECT ARRAY[sum(l.cgst), sum(l.sgst), sum(l.utgst), sum(l.igst)] FROM invoices_invoiceitem l\n            WHERE l.company_id = i.company_id AND l.invoice_id = i.id) AS tax,\n        invoices_settled(i.company_id, i.id) AS allocated,\n        (SELECT s.content_hash FROM invoices_contentseal s\n            WHERE s.company_id = i.company_id AND s.invoice_id = i.id AND s.revision = i.revision) AS said\n    INTO doc FROM invoices_invoice i WHERE i.id = NEW.id;\n    IF doc.open THEN\n        IF EXISTS (\n            SELECT 1 FROM accounting_voucher v\n            WHERE v.company_id = doc.company_id AND v.source_kind = 'invoice' AND v.source_id = doc.id\n                AND v.reverses_id IS NULL AND NOT EXISTS (\n                    SELECT 1 FROM accounting_voucher r WHERE r.company_id = v.company_id AND r.reverses_id = v.id)) THEN\n            RAISE EXCEPTION 'posted_has_voucher: invoice % is %, and its voucher stands', doc.id, doc.status\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';\n        ELSIF EXISTS (\n            SELECT 1 FROM invoices_creditnote n\n            WHERE n.company_id = doc.company_id AND n.invoice_id = doc.id AND n.status <> 'CANCELLED') THEN\n            RAISE EXCEPTION 'credited_invoice_stands: invoice % is %, and has credit notes', doc.id, doc.status\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'credited_invoice_stands';\n        END IF;\n    ELSIF doc.stands IS NOT TRUE THEN\n        RAISE EXCEPTION 'posted_has_voucher: invoice % is % without a standing voucher of its revision', doc.id, doc.status\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';\n    ELSE\n        SELECT coalesce(sum(e.amount_currency) FILTER (WHERE e.role IN ('RECEIVABLE', 'PAYABLE')), 0) AS party,\n            bool_or(e.role = 'RECEIVABLE' AND doc.customer_id <> (SELECT a.owner_id FROM accounting_ledgeraccount a\n                WHERE a.company_id = e.company_id AND a.id = e.account_id)) AS astray,\n            ARRAY[coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%PUT_CGST'), 0),\n                coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%PUT_SGST'), 0),\n                coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%PUT_UTGST'), 0),\n                coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%PUT_IGST'), 0)] AS tax,\n            invoices_content_hash(doc.company_id, doc.id) AS says\n        INTO booked FROM accounting_ledgerentry e WHERE e.company_id = doc.company_id AND e.voucher_id = doc.voucher_id;\n        IF booked.astray OR booked.tax <> doc.tax\n           OR booked.party <> (CASE WHEN doc.purchase THEN -doc.total_value ELSE doc.total_value END) THEN\n            RAISE EXCEPTION 'voucher_is_the_document: party and tax legs of invoice % are its total and taxes', doc.id\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_the_document';\n        END IF;\n        IF doc.said IS NULL THEN\n            INSERT INTO invoices_contentseal (id, company_id, invoice_id, revision, content_hash)\n            VALUES (gen_random_uuid(), doc.company_id, doc.id, doc.revision, booked.says);\n        ELSIF doc.said <> booked.says THEN\n            RAISE EXCEPTION 'posted_content_stays: what is posted changes by a new revision only'\n                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'posted_content_stays';\n        END IF;\n    END IF;\n    IF doc.amount_received <> doc.allocated THEN\n        RAISE EXCEPTION 'allocation_adds_up: invoice % says it received %', doc.id, doc.amount_received\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';\n    END IF;\n    RETURN NULL;\n",
                        hash="8a438bcd2bbd0f17981e2a5e28abba061f7f3ad8",
                        operation="INSERT",
                        pgid="pgtrigger_begins_in_books_34407",
                        table="invoices_invoice",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="invoice",
                trigger=pgtrigger.compiler.Trigger(
                    name="follows_books",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."amount_received" IS DISTINCT FROM (NEW."amount_received") OR OLD."apply_gst" IS DISTINCT FROM (NEW."apply_gst") OR OLD."billing_address" IS DISTINCT FROM (NEW."billing_address") OR OLD."company_gstin" IS DISTINCT FROM (NEW."company_gstin") OR OLD."company_state_code" IS DISTINCT FROM (NEW."company_state_code") OR OLD."currency_id" IS DISTINCT FROM (NEW."currency_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."given_total" IS DISTINCT FROM (NEW."given_total") OR OLD."invoice_date" IS DISTINCT FROM (NEW."invoice_date") OR OLD."invoice_no" IS DISTINCT FROM (NEW."invoice_no") OR OLD."invoice_type" IS DISTINCT FROM (NEW."invoice_type") OR OLD."items_total" IS DISTINCT FROM (NEW."items_total") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."party_gstin" IS DISTINCT FROM (NEW."party_gstin") OR OLD."party_name" IS DISTINCT FROM (NEW."party_name") OR OLD."place_of_supply" IS DISTINCT FROM (NEW."place_of_supply") OR OLD."revision" IS DISTINCT FROM (NEW."revision") OR OLD."round_off" IS DISTINCT FROM (NEW."round_off") OR OLD."sales_order_id" IS DISTINCT FROM (NEW."sales_order_id") OR OLD."shipping_address" IS DISTINCT FROM (NEW."shipping_address") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."subtotal" IS DISTINCT FROM (NEW."subtotal") OR OLD."tax_amount" IS DISTINCT FROM (NEW."tax_amount") OR OLD."total_value" IS DISTINCT FROM (NEW."total_value") OR OLD."voucher_id" IS DISTINCT FROM (NEW."voucher_id") OR OLD."warehouse_id" IS DISTINCT FROM (NEW."warehouse_id"))',
                        constraint="CONSTRAINT",
                        declare="DECLARE doc record; booked record;",
                        func="\n    SELECT i.id, i.company_id, i.revision, i.status, i.total_value, i.amount_received,\n        i.status IN ('DRAFT', 'CANCELLED') AS open,\n        i.invoice_type = 'PURCHASE' AS purchase, i.customer_id, i.voucher_id,\n        (SELECT v.source_kind = 'invoice' AND v.source_id = i.id AND v.source_revision = i.revision AND v.reverses_id IS NULL\n                AND NOT EXISTS (SELECT 1 FROM accounting_voucher r\n                    WHERE r.company_id = v.company_id AND r.reverses_id = v.id)\n            FROM accounting_voucher v WHERE v.company_id = i.company_id AND v.id = i.voucher_id) AS stands,\n        (SELECT ARRAY[sum(l.cgst), sum(l.sgst), sum(l.utgst), sum(l.igst)] FROM invoices_invoiceitem l\n            WHERE l.company_id = i.company_id AND l.invoice_id = i.id) AS tax,\n        invoices_settled(i.company_id, i.id) AS allocated,\n        (SELECT s.content_hash FROM invoices_contentseal s\n            WHERE s.company_id = i.company_id AND s.invoice_id = i.id AND s.revision = i.revision) AS said\n    INTO doc FROM invoices_invoice i WHERE i.id = NEW.id;\n    IF doc.open THEN\n        IF EXISTS (\n            SELECT 1 FROM accounting_voucher v\n            WHERE v.company_id = doc.company_id AND v.source_kind = 'invoice' AND v.source_id = doc.id\n                AND v.reverses_id IS NULL AND NOT EXISTS (\n                    SELECT 1 FROM accounting_voucher r WHERE r.company_id = v.company_id AND r.reverses_id = v.id)) THEN\n            RAISE EXCEPTION 'posted_has_voucher: invoice % is %, and its voucher stands', doc.id, doc.status\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';\n        ELSIF EXISTS (\n            SELECT 1 FROM invoices_creditnote n\n            WHERE n.company_id = doc.company_id AND n.invoice_id = doc.id AND n.status <> 'CANCELLED') THEN\n            RAISE EXCEPTION 'credited_invoice_stands: invoice % is %, and has credit notes', doc.id, doc.status\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'credited_invoice_stands';\n        END IF;\n    ELSIF doc.stands IS NOT TRUE THEN\n        RAISE EXCEPTION 'posted_has_voucher: invoice % is % without a standing voucher of its revision', doc.id, doc.status\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';\n    ELSE\n        SELECT coalesce(sum(e.amount_currency) FILTER (WHERE e.role IN ('RECEIVABLE', 'PAYABLE')), 0) AS party,\n            bool_or(e.role = 'RECEIVABLE' AND doc.customer_id <> (SELECT a.owner_id FROM accounting_ledgeraccount a\n                WHERE a.company_id = e.company_id AND a.id = e.account_id)) AS astray,\n            ARRAY[coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%PUT_CGST'), 0),\n                coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%PUT_SGST'), 0),\n                coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%PUT_UTGST'), 0),\n                coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%PUT_IGST'), 0)] AS tax,\n            invoices_content_hash(doc.company_id, doc.id) AS says\n        INTO booked FROM accounting_ledgerentry e WHERE e.company_id = doc.company_id AND e.voucher_id = doc.voucher_id;\n        IF booked.astray OR booked.tax <> doc.tax\n           OR booked.party <> (CASE WHEN doc.purchase THEN -doc.total_value ELSE doc.total_value END) THEN\n            RAISE EXCEPTION 'voucher_is_the_document: party and tax legs of invoice % are its total and taxes', doc.id\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_the_document';\n        END IF;\n        IF doc.said IS NULL THEN\n            INSERT INTO invoices_contentseal (id, company_id, invoice_id, revision, content_hash)\n            VALUES (gen_random_uuid(), doc.company_id, doc.id, doc.revision, booked.says);\n        ELSIF doc.said <> booked.says THEN\n            RAISE EXCEPTION 'posted_content_stays: what is posted changes by a new revision only'\n                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'posted_content_stays';\n        END IF;\n    END IF;\n    IF doc.amount_received <> doc.allocated THEN\n        RAISE EXCEPTION 'allocation_adds_up: invoice % says it received %', doc.id, doc.amount_received\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';\n    END IF;\n    RETURN NULL;\n",
                        hash="902b1bb97c834b9c3b985f81115728a688900503",
                        operation="UPDATE",
                        pgid="pgtrigger_follows_books_1117a",
                        table="invoices_invoice",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="invoice",
                trigger=pgtrigger.compiler.Trigger(
                    name="begins_issued",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (NOT (NEW."status" = \'DRAFT\') OR NEW."amount_received" > 0)',
                        constraint="CONSTRAINT",
                        func="\n    IF EXISTS (\n        SELECT 1 FROM invoices_invoice i\n        JOIN invoices_invoiceitem l ON l.company_id = i.company_id AND l.invoice_id = i.id\n        WHERE i.id = NEW.id AND i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID') AND i.invoice_type = 'SALES'\n            AND (l.posted_as_tracked IS NULL OR l.posted_as_tracked <> coalesce(\n                (SELECT m.item_id = l.item_id AND m.quantity = -l.quantity FROM inventory_stockmovement m\n                WHERE m.company_id = l.company_id AND m.source_line_id = l.id AND m.kind = 'SALE'\n                    AND m.voucher_id = i.voucher_id), false)))\n       OR EXISTS (\n        SELECT 1 FROM invoices_invoice i\n        WHERE i.id = NEW.id AND i.voucher_id IS NOT NULL AND i.status <> 'CANCELLED'\n            AND (SELECT count(*) FILTER (WHERE m.kind = 'SALE') FROM inventory_stockmovement m\n                WHERE m.company_id = i.company_id AND m.voucher_id = i.voucher_id)\n            <> (SELECT count(*) FROM invoices_invoiceitem l\n                WHERE l.company_id = i.company_id AND l.invoice_id = i.id AND l.posted_as_tracked)) THEN\n        RAISE EXCEPTION 'tracked_lines_issued: each tracked line of invoice % has one issue of its quantity', NEW.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'tracked_lines_issued';\n    END IF;\n    RETURN NULL;\n",
                        hash="6b4be15c192c9c3dd1e190428ac770ee19cf6882",
                        operation="INSERT",
                        pgid="pgtrigger_begins_issued_5922c",
                        table="invoices_invoice",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="invoice",
                trigger=pgtrigger.compiler.Trigger(
                    name="issues_tracked_lines",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."voucher_id" IS DISTINCT FROM (NEW."voucher_id"))',
                        constraint="CONSTRAINT",
                        func="\n    IF EXISTS (\n        SELECT 1 FROM invoices_invoice i\n        JOIN invoices_invoiceitem l ON l.company_id = i.company_id AND l.invoice_id = i.id\n        WHERE i.id = NEW.id AND i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID') AND i.invoice_type = 'SALES'\n            AND (l.posted_as_tracked IS NULL OR l.posted_as_tracked <> coalesce(\n                (SELECT m.item_id = l.item_id AND m.quantity = -l.quantity FROM inventory_stockmovement m\n                WHERE m.company_id = l.company_id AND m.source_line_id = l.id AND m.kind = 'SALE'\n                    AND m.voucher_id = i.voucher_id), false)))\n       OR EXISTS (\n        SELECT 1 FROM invoices_invoice i\n        WHERE i.id = NEW.id AND i.voucher_id IS NOT NULL AND i.status <> 'CANCELLED'\n            AND (SELECT count(*) FILTER (WHERE m.kind = 'SALE') FROM inventory_stockmovement m\n                WHERE m.company_id = i.company_id AND m.voucher_id = i.voucher_id)\n            <> (SELECT count(*) FROM invoices_invoiceitem l\n                WHERE l.company_id = i.company_id AND l.invoice_id = i.id AND l.posted_as_tracked)) THEN\n        RAISE EXCEPTION 'tracked_lines_issued: each tracked line of invoice % has one issue of its quantity', NEW.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'tracked_lines_issued';\n    END IF;\n    RETURN NULL;\n",
                        hash="6bbe68815e934bdfa973efa85a2541dfc7398816",
                        operation="UPDATE",
                        pgid="pgtrigger_issues_tracked_lines_8ad99",
                        table="invoices_invoice",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="invoice",
                trigger=pgtrigger.compiler.Trigger(
                    name="identity_stays",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."invoice_no" IS DISTINCT FROM (NEW."invoice_no") OR OLD."invoice_type" IS DISTINCT FROM (NEW."invoice_type") OR OLD."serial" IS DISTINCT FROM (NEW."serial"))',
                        func="\n    RAISE EXCEPTION 'identity_stays: a document keeps its number and its kind'\n        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'identity_stays';\n",
                        hash="db00fda43611469790bfc048f50dc55f5e6e3e83",
                        operation="UPDATE",
                        pgid="pgtrigger_identity_stays_4ab35",
                        table="invoices_invoice",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="invoice",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'never_deleted: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="3844b142061f0117264018c5e6fdc3392135fe32",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_6c88f",
                        table="invoices_invoice",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="invoice",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="1fe3d0711277ce8b270d73c597e31cbcb22e4b52",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_a6e1d",
                        table="invoices_invoice",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnoteallocation",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="ece374307f1f137e1d30909b8c03e1f679850129",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_550ae",
                        table="invoices_creditnoteallocation",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnoteallocation",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="6a9423228b2742cee164e5625e0507d828bbe38c",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_cd69c",
                        table="invoices_creditnoteallocation",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnoteallocation",
                trigger=pgtrigger.compiler.Trigger(
                    name="received_follows",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF EXISTS (\n        SELECT 1 FROM (SELECT DISTINCT company_id, invoice_id FROM written) t\n        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id\n        WHERE i.amount_received <> invoices_settled(t.company_id, t.invoice_id))\n       OR EXISTS (\n        SELECT 1 FROM (SELECT DISTINCT company_id, credit_note_id FROM written) t\n        JOIN invoices_creditnote n ON n.company_id = t.company_id AND n.id = t.credit_note_id\n        WHERE n.amount_applied <> (SELECT sum(a.amount) FROM invoices_creditnoteallocation a\n            WHERE a.company_id = t.company_id AND a.credit_note_id = t.credit_note_id)) THEN\n        RAISE EXCEPTION 'allocation_adds_up: received and applied amounts are the sums of the allocation rows'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM written w\n        JOIN invoices_creditnote n ON n.company_id = w.company_id AND n.id = w.credit_note_id\n        JOIN invoices_invoice i ON i.company_id = w.company_id AND i.id = w.invoice_id\n        WHERE n.customer_id IS DISTINCT FROM i.customer_id OR n.currency_id IS DISTINCT FROM i.currency_id\n            OR i.invoice_type <> 'SALES' OR n.status <> 'POSTED') THEN\n        RAISE EXCEPTION 'allocation_joins_alike: a posted credit note settles invoices of its customer and currency'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_joins_alike';\n    END IF;\n    RETURN NULL;\n",
                        hash="cc5155ddb3305e0c13ca150ed46d371999b7dccd",
                        level="STATEMENT",
                        operation="INSERT",
                        pgid="pgtrigger_received_follows_15184",
                        referencing="REFERENCING NEW TABLE AS written ",
                        table="invoices_creditnoteallocation",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnote",
                trigger=pgtrigger.compiler.Trigger(
                    name="begins_in_books",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (NEW."version" >= 1)',
                        constraint="CONSTRAINT",
                        declare="DECLARE doc record; booked record;",
                        func="\n    SELECT n.*, i.customer_id AS invoiced_customer, i.currency_id AS invoiced_currency, i.invoice_type,\n        i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID') AS invoice_stands,\n        (SELECT v.source_kind = 'credit_note' AND v.source_id = n.id AND v.kind = 'CREDIT_NOTE' AND NOT EXISTS (\n                SELECT 1 FROM accounting_voucher r WHERE r.company_id = v.company_id AND r.reverses_id = v.id)\n            FROM accounting_voucher v WHERE v.company_id = n.company_id AND v.id = n.voucher_id) AS stands,\n        l.rows, l.net, l.tax, l.taxes, (SELECT coalesce(sum(a.amount), 0) FROM invoices_creditnoteallocation a\n            WHERE a.company_id = n.company_id AND a.credit_note_id = n.id) AS allocated\n    INTO doc FROM invoices_creditnote n\n    JOIN invoices_invoice i ON i.company_id = n.company_id AND i.id = n.invoice_id\n    CROSS JOIN LATERAL (\n        SELECT count(*) AS rows, sum(line_total) AS net, sum(cgst + sgst + utgst + igst) AS tax,\n            ARRAY[sum(cgst), sum(sgst), sum(utgst), sum(igst)] AS taxes\n        FROM invoices_creditnoteline WHERE company_id = n.company_id AND credit_note_id = n.id) l\n    WHERE n.id = NEW.id;\n    IF doc.rows = 0 OR doc.subtotal <> doc.net OR doc.tax_amount <> doc.tax THEN\n        RAISE EXCEPTION 'credit_note_adds_up: subtotal or tax of credit note % differs from its lines', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_adds_up';\n    END IF;\n    IF doc.invoice_type <> 'SALES' OR doc.customer_id <> doc.invoiced_customer\n       OR doc.currency_id <> doc.invoiced_currency OR (doc.status <> 'CANCELLED' AND NOT doc.invoice_stands) THEN\n        RAISE EXCEPTION 'credit_of_posted_invoice: credit note % is of a posted invoice of its customer', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_of_posted_invoice';\n    END IF;\n    IF doc.amount_applied <> doc.allocated THEN\n        RAISE EXCEPTION 'allocation_adds_up: credit note % says that % is applied', doc.id, doc.amount_applied\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';\n    END IF;\n    IF doc.status <> 'POSTED' THEN\n        RETURN NULL;\n    END IF;\n    IF doc.stands IS NOT TRUE THEN\n        RAISE EXCEPTION 'posted_has_voucher: credit note % is posted without a standing voucher of its own', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';\n    END IF;\n    SELECT coalesce(sum(e.credit - e.debit) FILTER (WHERE e.role = 'RECEIVABLE'), 0) AS party,\n        bool_or(e.role = 'RECEIVABLE' AND doc.customer_id <> (SELECT a.owner_id FROM accounting_ledgeraccount a\n            WHERE a.company_id = e.company_id AND a.id = e.account_id)) AS astray,\n        ARRAY[coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = 'OUTPUT_CGST'), 0),\n            coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = 'OUTPUT_SGST'), 0),\n            coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = 'OUTPUT_UTGST'), 0),\n            coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = 'OUTPUT_IGST'), 0)] AS taxes\n    INTO booked FROM accounting_ledgerentry e WHERE e.company_id = doc.company_id AND e.voucher_id = doc.voucher_id;\n    IF booked.astray OR booked.party <> doc.total_value OR booked.taxes <> doc.taxes THEN\n        RAISE EXCEPTION 'voucher_is_the_document: party and tax legs of credit note % are its total and taxes', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_the_document';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM (SELECT invoice_item_id, returned_qty FROM invoices_creditnoteline\n            WHERE company_id = doc.company_id AND credit_note_id = doc.id AND returned_qty > 0) l\n        FULL JOIN (SELECT source_line_id, sum(quantity) AS quantity FROM inventory_stockmovement\n            WHERE company_id = doc.company_id AND voucher_id = doc.voucher_id GROUP BY 1) m\n            ON m.source_line_id = l.invoice_item_id\n        WHERE l.returned_qty IS DISTINCT FROM m.quantity) THEN\n        RAISE EXCEPTION 'returned_goods_move: what credit note % takes back is what its movements bring', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'returned_goods_move';\n    END IF;\n    RETURN NULL;\n",
                        hash="d737717adc3cbd082404d59a148867756a5ecee3",
                        operation="INSERT",
                        pgid="pgtrigger_begins_in_books_a685b",
                        table="invoices_creditnote",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnote",
                trigger=pgtrigger.compiler.Trigger(
                    name="follows_books",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."amount_applied" IS DISTINCT FROM (NEW."amount_applied") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."voucher_id" IS DISTINCT FROM (NEW."voucher_id"))',
                        constraint="CONSTRAINT",
                        declare="DECLARE doc record; booked record;",
                        func="\n    SELECT n.*, i.customer_id AS invoiced_customer, i.currency_id AS invoiced_currency, i.invoice_type,\n        i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID') AS invoice_stands,\n        (SELECT v.source_kind = 'credit_note' AND v.source_id = n.id AND v.kind = 'CREDIT_NOTE' AND NOT EXISTS (\n                SELECT 1 FROM accounting_voucher r WHERE r.company_id = v.company_id AND r.reverses_id = v.id)\n            FROM accounting_voucher v WHERE v.company_id = n.company_id AND v.id = n.voucher_id) AS stands,\n        l.rows, l.net, l.tax, l.taxes, (SELECT coalesce(sum(a.amount), 0) FROM invoices_creditnoteallocation a\n            WHERE a.company_id = n.company_id AND a.credit_note_id = n.id) AS allocated\n    INTO doc FROM invoices_creditnote n\n    JOIN invoices_invoice i ON i.company_id = n.company_id AND i.id = n.invoice_id\n    CROSS JOIN LATERAL (\n        SELECT count(*) AS rows, sum(line_total) AS net, sum(cgst + sgst + utgst + igst) AS tax,\n            ARRAY[sum(cgst), sum(sgst), sum(utgst), sum(igst)] AS taxes\n        FROM invoices_creditnoteline WHERE company_id = n.company_id AND credit_note_id = n.id) l\n    WHERE n.id = NEW.id;\n    IF doc.rows = 0 OR doc.subtotal <> doc.net OR doc.tax_amount <> doc.tax THEN\n        RAISE EXCEPTION 'credit_note_adds_up: subtotal or tax of credit note % differs from its lines', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_adds_up';\n    END IF;\n    IF doc.invoice_type <> 'SALES' OR doc.customer_id <> doc.invoiced_customer\n       OR doc.currency_id <> doc.invoiced_currency OR (doc.status <> 'CANCELLED' AND NOT doc.invoice_stands) THEN\n        RAISE EXCEPTION 'credit_of_posted_invoice: credit note % is of a posted invoice of its customer', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_of_posted_invoice';\n    END IF;\n    IF doc.amount_applied <> doc.allocated THEN\n        RAISE EXCEPTION 'allocation_adds_up: credit note % says that % is applied', doc.id, doc.amount_applied\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';\n    END IF;\n    IF doc.status <> 'POSTED' THEN\n        RETURN NULL;\n    END IF;\n    IF doc.stands IS NOT TRUE THEN\n        RAISE EXCEPTION 'posted_has_voucher: credit note % is posted without a standing voucher of its own', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';\n    END IF;\n    SELECT coalesce(sum(e.credit - e.debit) FILTER (WHERE e.role = 'RECEIVABLE'), 0) AS party,\n        bool_or(e.role = 'RECEIVABLE' AND doc.customer_id <> (SELECT a.owner_id FROM accounting_ledgeraccount a\n            WHERE a.company_id = e.company_id AND a.id = e.account_id)) AS astray,\n        ARRAY[coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = 'OUTPUT_CGST'), 0),\n            coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = 'OUTPUT_SGST'), 0),\n            coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = 'OUTPUT_UTGST'), 0),\n            coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = 'OUTPUT_IGST'), 0)] AS taxes\n    INTO booked FROM accounting_ledgerentry e WHERE e.company_id = doc.company_id AND e.voucher_id = doc.voucher_id;\n    IF booked.astray OR booked.party <> doc.total_value OR booked.taxes <> doc.taxes THEN\n        RAISE EXCEPTION 'voucher_is_the_document: party and tax legs of credit note % are its total and taxes', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_the_document';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM (SELECT invoice_item_id, returned_qty FROM invoices_creditnoteline\n            WHERE company_id = doc.company_id AND credit_note_id = doc.id AND returned_qty > 0) l\n        FULL JOIN (SELECT source_line_id, sum(quantity) AS quantity FROM inventory_stockmovement\n            WHERE company_id = doc.company_id AND voucher_id = doc.voucher_id GROUP BY 1) m\n            ON m.source_line_id = l.invoice_item_id\n        WHERE l.returned_qty IS DISTINCT FROM m.quantity) THEN\n        RAISE EXCEPTION 'returned_goods_move: what credit note % takes back is what its movements bring', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'returned_goods_move';\n    END IF;\n    RETURN NULL;\n",
                        hash="16635c77290c8e7594a1e0a975d948edf5f3e4bf",
                        operation="UPDATE",
                        pgid="pgtrigger_follows_books_99b96",
                        table="invoices_creditnote",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnote",
                trigger=pgtrigger.compiler.Trigger(
                    name="stays",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."credit_date" IS DISTINCT FROM (NEW."credit_date") OR OLD."credit_note_number" IS DISTINCT FROM (NEW."credit_note_number") OR OLD."currency_id" IS DISTINCT FROM (NEW."currency_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."invoice_id" IS DISTINCT FROM (NEW."invoice_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."return_stock" IS DISTINCT FROM (NEW."return_stock") OR OLD."round_off" IS DISTINCT FROM (NEW."round_off") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."subtotal" IS DISTINCT FROM (NEW."subtotal") OR OLD."tax_amount" IS DISTINCT FROM (NEW."tax_amount") OR OLD."total_value" IS DISTINCT FROM (NEW."total_value") OR OLD."voucher_id" IS DISTINCT FROM (NEW."voucher_id"))',
                        func="\n    IF ROW(OLD.company_id, OLD.credit_note_number, OLD.invoice_id, OLD.customer_id, OLD.credit_date, OLD.reason,\n            OLD.return_stock, OLD.currency_id, OLD.subtotal, OLD.tax_amount, OLD.round_off, OLD.total_value)\n        IS DISTINCT FROM ROW(NEW.company_id, NEW.credit_note_number, NEW.invoice_id, NEW.customer_id, NEW.credit_date,\n            NEW.reason, NEW.return_stock, NEW.currency_id, NEW.subtotal, NEW.tax_amount, NEW.round_off, NEW.total_value)\n       OR OLD.status <> 'DRAFT' THEN\n        RAISE EXCEPTION 'credit_note_stays: a credit note says what it said; a draft is posted or cancelled, once'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'credit_note_stays';\n    END IF;\n    RETURN NEW;\n",
                        hash="438b191fcb3d1cb8a928cdb9bfdbda0e0d12f590",
                        operation="UPDATE",
                        pgid="pgtrigger_stays_1d0e4",
                        table="invoices_creditnote",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnote",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'never_deleted: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="e5fa6d4913d86e501842cc355166b09078fdb315",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_f8aaa",
                        table="invoices_creditnote",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnote",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="6740520656413d7bda07edea9b8c6101db36c2b5",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_ef1b6",
                        table="invoices_creditnote",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="contentseal",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="58e8e8eea1d03aac6227e332d87dc25fbbbd3061",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_8794a",
                        table="invoices_contentseal",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="contentseal",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="5be7cea008855f4c051ad1839dc9badf799658c3",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_e105f",
                        table="invoices_contentseal",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="invoiceitem",
                trigger=pgtrigger.compiler.Trigger(
                    name="adds_up_insert",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF EXISTS (\n        SELECT 1 FROM (SELECT DISTINCT company_id, invoice_id FROM touched) t\n        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id\n        CROSS JOIN LATERAL (\n            SELECT sum(l.line_total) AS total, sum(l.line_total - l.import_discount) AS net,\n                sum(l.cgst + l.sgst + l.utgst + l.igst) AS tax\n            FROM invoices_invoiceitem l WHERE l.company_id = t.company_id AND l.invoice_id = t.invoice_id) l\n        WHERE i.items_total IS DISTINCT FROM l.total OR i.tax_amount <> l.tax OR coalesce(i.subtotal, l.net) <> l.net) THEN\n        RAISE EXCEPTION 'invoice_adds_up: the lines differ from items_total, subtotal or tax of their invoice'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_adds_up';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM (SELECT DISTINCT company_id, invoice_id FROM touched) t\n        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id\n        JOIN invoices_contentseal s\n            ON s.company_id = i.company_id AND s.invoice_id = i.id AND s.revision = i.revision\n        WHERE i.status <> 'DRAFT' AND s.content_hash <> invoices_content_hash(i.company_id, i.id)) THEN\n        RAISE EXCEPTION 'posted_content_stays: what is posted changes by a new revision only'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'posted_content_stays';\n    END IF;\n    RETURN NULL;\n",
                        hash="df4a3c09017ce813e680fd9cae46289e959e6e90",
                        level="STATEMENT",
                        operation="INSERT",
                        pgid="pgtrigger_adds_up_insert_1c86d",
                        referencing="REFERENCING NEW TABLE AS touched ",
                        table="invoices_invoiceitem",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="invoiceitem",
                trigger=pgtrigger.compiler.Trigger(
                    name="adds_up_update",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF EXISTS (\n        SELECT 1 FROM (SELECT company_id, invoice_id FROM before UNION SELECT company_id, invoice_id FROM touched) t\n        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id\n        CROSS JOIN LATERAL (\n            SELECT sum(l.line_total) AS total, sum(l.line_total - l.import_discount) AS net,\n                sum(l.cgst + l.sgst + l.utgst + l.igst) AS tax\n            FROM invoices_invoiceitem l WHERE l.company_id = t.company_id AND l.invoice_id = t.invoice_id) l\n        WHERE i.items_total IS DISTINCT FROM l.total OR i.tax_amount <> l.tax OR coalesce(i.subtotal, l.net) <> l.net) THEN\n        RAISE EXCEPTION 'invoice_adds_up: the lines differ from items_total, subtotal or tax of their invoice'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_adds_up';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM (SELECT company_id, invoice_id FROM before UNION SELECT company_id, invoice_id FROM touched) t\n        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id\n        JOIN invoices_contentseal s\n            ON s.company_id = i.company_id AND s.invoice_id = i.id AND s.revision = i.revision\n        WHERE i.status <> 'DRAFT' AND s.content_hash <> invoices_content_hash(i.company_id, i.id)) THEN\n        RAISE EXCEPTION 'posted_content_stays: what is posted changes by a new revision only'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'posted_content_stays';\n    END IF;\n    RETURN NULL;\n",
                        hash="0253a529e5f063a74a17f1592553cfafcfec06af",
                        level="STATEMENT",
                        operation="UPDATE",
                        pgid="pgtrigger_adds_up_update_1240a",
                        referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS touched ",
                        table="invoices_invoiceitem",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="invoiceitem",
                trigger=pgtrigger.compiler.Trigger(
                    name="adds_up_delete",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF EXISTS (\n        SELECT 1 FROM (SELECT DISTINCT company_id, invoice_id FROM touched) t\n        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id\n        CROSS JOIN LATERAL (\n            SELECT sum(l.line_total) AS total, sum(l.line_total - l.import_discount) AS net,\n                sum(l.cgst + l.sgst + l.utgst + l.igst) AS tax\n            FROM invoices_invoiceitem l WHERE l.company_id = t.company_id AND l.invoice_id = t.invoice_id) l\n        WHERE i.items_total IS DISTINCT FROM l.total OR i.tax_amount <> l.tax OR coalesce(i.subtotal, l.net) <> l.net) THEN\n        RAISE EXCEPTION 'invoice_adds_up: the lines differ from items_total, subtotal or tax of their invoice'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_adds_up';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM (SELECT DISTINCT company_id, invoice_id FROM touched) t\n        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id\n        JOIN invoices_contentseal s\n            ON s.company_id = i.company_id AND s.invoice_id = i.id AND s.revision = i.revision\n        WHERE i.status <> 'DRAFT' AND s.content_hash <> invoices_content_hash(i.company_id, i.id)) THEN\n        RAISE EXCEPTION 'posted_content_stays: what is posted changes by a new revision only'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'posted_content_stays';\n    END IF;\n    RETURN NULL;\n",
                        hash="415add70601b4b8c4f029f8052244e7bacb0e143",
                        level="STATEMENT",
                        operation="DELETE",
                        pgid="pgtrigger_adds_up_delete_168b0",
                        referencing="REFERENCING OLD TABLE AS touched ",
                        table="invoices_invoiceitem",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="invoiceitem",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="0fb6cb6ec29f896b50e9c1fcb081f3fa1609c49c",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_f199c",
                        table="invoices_invoiceitem",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnoteline",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="8217d10b94c6d4e04970bbef184e1d10989e6751",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_88d1c",
                        table="invoices_creditnoteline",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnoteline",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="cf5ae0ef19ae11c0fc5beb2ad5f320b2b71b92f4",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_00896",
                        table="invoices_creditnoteline",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="creditnoteline",
                trigger=pgtrigger.compiler.Trigger(
                    name="within_invoice",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF EXISTS (\n        SELECT 1 FROM written w\n        JOIN invoices_creditnote n ON n.company_id = w.company_id AND n.id = w.credit_note_id\n        JOIN invoices_invoiceitem l ON l.company_id = w.company_id AND l.id = w.invoice_item_id\n        WHERE l.invoice_id <> n.invoice_id OR (w.returned_qty > 0 AND l.posted_as_tracked IS NOT TRUE)) THEN\n        RAISE EXCEPTION 'credit_of_its_invoice: a credit note names lines of its own invoice, and returns stock that is kept'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_of_its_invoice';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM (SELECT DISTINCT company_id, invoice_item_id FROM written) t\n        JOIN invoices_invoiceitem l ON l.company_id = t.company_id AND l.id = t.invoice_item_id\n        CROSS JOIN LATERAL (\n            SELECT coalesce(sum(c.quantity), 0) AS quantity, sum(c.line_total) AS net, sum(c.cgst) AS cgst,\n                sum(c.sgst) AS sgst, sum(c.utgst) AS utgst, sum(c.igst) AS igst\n            FROM invoices_creditnoteline c\n            JOIN invoices_creditnote n ON n.company_id = c.company_id AND n.id = c.credit_note_id\n            WHERE c.company_id = t.company_id AND c.invoice_item_id = t.invoice_item_id AND n.status <> 'CANCELLED') c\n        WHERE c.quantity > l.quantity OR c.net > l.line_total - l.import_discount OR c.cgst > l.cgst OR c.sgst > l.sgst\n            OR c.utgst > l.utgst OR c.igst > l.igst) THEN\n        RAISE EXCEPTION 'credit_within_invoice: no more of a line is credited than was invoiced'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_within_invoice';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM written w\n        JOIN invoices_creditnote n ON n.company_id = w.company_id AND n.id = w.credit_note_id\n        CROSS JOIN LATERAL (\n            SELECT sum(l.line_total) AS net, sum(l.cgst + l.sgst + l.utgst + l.igst) AS tax FROM invoices_creditnoteline l\n            WHERE l.company_id = n.company_id AND l.credit_note_id = n.id) l\n        WHERE n.subtotal <> l.net OR n.tax_amount <> l.tax) THEN\n        RAISE EXCEPTION 'credit_note_adds_up: the lines differ from subtotal or tax of their credit note'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_adds_up';\n    END IF;\n    RETURN NULL;\n",
                        hash="e2c0f9be12550eb3cb5c590abfc5168d8d4937a0",
                        level="STATEMENT",
                        operation="INSERT",
                        pgid="pgtrigger_within_invoice_e6867",
                        referencing="REFERENCING NEW TABLE AS written ",
                        table="invoices_creditnoteline",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="payment",
                trigger=pgtrigger.compiler.Trigger(
                    name="begins_in_books",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (NOT (NEW."status" = \'DRAFT\') OR NEW."allocated_amount" > 0)',
                        constraint="CONSTRAINT",
                        declare="DECLARE doc invoices_payment; stands boolean;",
                        func="\n    SELECT * INTO doc FROM invoices_payment WHERE id = NEW.id;\n    SELECT EXISTS (\n        SELECT 1 FROM accounting_voucher v\n        WHERE v.company_id = doc.company_id AND v.source_kind = 'payment' AND v.source_id = doc.id AND v.reverses_id IS NULL\n            AND (doc.status <> 'POSTED' OR v.id = doc.voucher_id) AND NOT EXISTS (\n                SELECT 1 FROM accounting_voucher r WHERE r.company_id = v.company_id AND r.reverses_id = v.id))\n    INTO stands;\n    IF stands <> (doc.status = 'POSTED') THEN\n        RAISE EXCEPTION 'posted_has_voucher: payment % is %, which its voucher contradicts', doc.id, doc.status\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';\n    END IF;\n    IF doc.status = 'POSTED' AND NOT EXISTS (\n        SELECT 1 FROM accounting_ledgerentry e\n        JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id\n        WHERE e.company_id = doc.company_id AND e.voucher_id = doc.voucher_id\n        HAVING coalesce(sum(e.amount_currency) FILTER (WHERE e.account_id = doc.account_id), 0)\n                = CASE doc.kind WHEN 'RECEIPT' THEN doc.amount ELSE -doc.amount END\n            AND (doc.customer_id IS NULL\n                OR abs(coalesce(sum(e.amount_currency) FILTER (WHERE a.owner_id = doc.customer_id), 0)) = doc.amount)) THEN\n        RAISE EXCEPTION 'voucher_is_the_document: money and party legs of payment % are its amount', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_the_document';\n    END IF;\n    IF doc.allocated_amount <> (SELECT coalesce(sum(a.amount), 0) FROM invoices_paymentallocation a\n            WHERE a.company_id = doc.company_id AND a.payment_id = doc.id)\n       OR (doc.status <> 'POSTED' AND doc.allocated_amount <> 0) THEN\n        RAISE EXCEPTION 'allocation_adds_up: payment % says that % is allocated', doc.id, doc.allocated_amount\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';\n    END IF;\n    RETURN NULL;\n",
                        hash="5258e0cd23c15e24665a401cc03d620b98f8dfd7",
                        operation="INSERT",
                        pgid="pgtrigger_begins_in_books_e4c1b",
                        table="invoices_payment",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="payment",
                trigger=pgtrigger.compiler.Trigger(
                    name="follows_books",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."account_id" IS DISTINCT FROM (NEW."account_id") OR OLD."allocated_amount" IS DISTINCT FROM (NEW."allocated_amount") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."currency_id" IS DISTINCT FROM (NEW."currency_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."payment_date" IS DISTINCT FROM (NEW."payment_date") OR OLD."payment_number" IS DISTINCT FROM (NEW."payment_number") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."voucher_id" IS DISTINCT FROM (NEW."voucher_id"))',
                        constraint="CONSTRAINT",
                        declare="DECLARE doc invoices_payment; stands boolean;",
                        func="\n    SELECT * INTO doc FROM invoices_payment WHERE id = NEW.id;\n    SELECT EXISTS (\n        SELECT 1 FROM accounting_voucher v\n        WHERE v.company_id = doc.company_id AND v.source_kind = 'payment' AND v.source_id = doc.id AND v.reverses_id IS NULL\n            AND (doc.status <> 'POSTED' OR v.id = doc.voucher_id) AND NOT EXISTS (\n                SELECT 1 FROM accounting_voucher r WHERE r.company_id = v.company_id AND r.reverses_id = v.id))\n    INTO stands;\n    IF stands <> (doc.status = 'POSTED') THEN\n        RAISE EXCEPTION 'posted_has_voucher: payment % is %, which its voucher contradicts', doc.id, doc.status\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';\n    END IF;\n    IF doc.status = 'POSTED' AND NOT EXISTS (\n        SELECT 1 FROM accounting_ledgerentry e\n        JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id\n        WHERE e.company_id = doc.company_id AND e.voucher_id = doc.voucher_id\n        HAVING coalesce(sum(e.amount_currency) FILTER (WHERE e.account_id = doc.account_id), 0)\n                = CASE doc.kind WHEN 'RECEIPT' THEN doc.amount ELSE -doc.amount END\n            AND (doc.customer_id IS NULL\n                OR abs(coalesce(sum(e.amount_currency) FILTER (WHERE a.owner_id = doc.customer_id), 0)) = doc.amount)) THEN\n        RAISE EXCEPTION 'voucher_is_the_document: money and party legs of payment % are its amount', doc.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_the_document';\n    END IF;\n    IF doc.allocated_amount <> (SELECT coalesce(sum(a.amount), 0) FROM invoices_paymentallocation a\n            WHERE a.company_id = doc.company_id AND a.payment_id = doc.id)\n       OR (doc.status <> 'POSTED' AND doc.allocated_amount <> 0) THEN\n        RAISE EXCEPTION 'allocation_adds_up: payment % says that % is allocated', doc.id, doc.allocated_amount\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';\n    END IF;\n    RETURN NULL;\n",
                        hash="c4214bb04172f6a554dcc8ddd4382ef44947e375",
                        operation="UPDATE",
                        pgid="pgtrigger_follows_books_7a1b8",
                        table="invoices_payment",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="payment",
                trigger=pgtrigger.compiler.Trigger(
                    name="stays",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."account_id" IS DISTINCT FROM (NEW."account_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."currency_id" IS DISTINCT FROM (NEW."currency_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."payment_date" IS DISTINCT FROM (NEW."payment_date") OR OLD."payment_number" IS DISTINCT FROM (NEW."payment_number") OR OLD."voucher_id" IS DISTINCT FROM (NEW."voucher_id"))',
                        func="\n    IF OLD.status <> 'DRAFT' THEN\n        RAISE EXCEPTION 'posted_content_stays: a posted payment is reversed, never changed'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'posted_content_stays';\n    END IF;\n    RETURN NEW;\n",
                        hash="499e42b626638ccf4acabd107fa135c4f87d7a74",
                        operation="UPDATE",
                        pgid="pgtrigger_stays_dd447",
                        table="invoices_payment",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="payment",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'never_deleted: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="6008feba8a735e5581172b976726282a0efc351c",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_cea03",
                        table="invoices_payment",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="payment",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="cd01d3c426c345859b5499ca10e4362ccec3cc07",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_5f036",
                        table="invoices_payment",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="paymentallocation",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="71e203278920d03ad4960deecb1ad043edf663c7",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_ee80d",
                        table="invoices_paymentallocation",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="paymentallocation",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="41e27b800c9f121d4263425ac467963acd0c2b4a",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_bd3d4",
                        table="invoices_paymentallocation",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="paymentallocation",
                trigger=pgtrigger.compiler.Trigger(
                    name="received_follows",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF EXISTS (\n        SELECT 1 FROM (SELECT DISTINCT company_id, invoice_id FROM written) t\n        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id\n        WHERE i.amount_received <> invoices_settled(t.company_id, t.invoice_id))\n       OR EXISTS (\n        SELECT 1 FROM (SELECT DISTINCT company_id, payment_id FROM written) t\n        JOIN invoices_payment p ON p.company_id = t.company_id AND p.id = t.payment_id\n        WHERE p.allocated_amount <> (SELECT sum(a.amount) FROM invoices_paymentallocation a\n            WHERE a.company_id = t.company_id AND a.payment_id = t.payment_id)) THEN\n        RAISE EXCEPTION 'allocation_adds_up: received and allocated amounts are the sums of the allocation rows'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_adds_up';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM written w\n        JOIN invoices_payment p ON p.company_id = w.company_id AND p.id = w.payment_id\n        JOIN invoices_invoice i ON i.company_id = w.company_id AND i.id = w.invoice_id\n        WHERE p.customer_id IS DISTINCT FROM i.customer_id OR p.currency_id IS DISTINCT FROM i.currency_id\n            OR (p.kind = 'RECEIPT') <> (i.invoice_type = 'SALES')\n            OR (w.releases_id IS NULL AND p.status <> 'POSTED')) THEN\n        RAISE EXCEPTION 'allocation_joins_alike: a posted payment settles invoices of its party, currency and direction'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_joins_alike';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM written w\n        JOIN invoices_paymentallocation o ON o.company_id = w.company_id AND o.id = w.releases_id\n        WHERE o.releases_id IS NOT NULL OR o.invoice_id <> w.invoice_id OR o.payment_id IS DISTINCT FROM w.payment_id\n            OR o.amount + w.amount < 0) THEN\n        RAISE EXCEPTION 'release_undoes_allocation: a release takes back one allocation, at most all of it'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'release_undoes_allocation';\n    END IF;\n    RETURN NULL;\n",
                        hash="589a4844ae38979eed5096f10b78e4c483762458",
                        level="STATEMENT",
                        operation="INSERT",
                        pgid="pgtrigger_received_follows_beeed",
                        referencing="REFERENCING NEW TABLE AS written ",
                        table="invoices_paymentallocation",
                        when="AFTER",
                    ),
                ),
            ),
        ),
    ]
