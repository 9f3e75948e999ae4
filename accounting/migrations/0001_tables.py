import datetime
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
        ("accounting", "0001_books"),
        ("accounting", "0002_books_company_scope"),
        ("accounting", "0003_guarded_books"),
        ("accounting", "0004_company_and_series"),
    ]

    initial = True

    dependencies = [
        ("erp", "0001_tables"),
        ("erp", "__first__"),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="FoldMark",
                fields=[
                    (
                        "company",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="erp.company",
                        ),
                    ),
                    ("tx", erp.fields.TransactionIdField()),
                    ("cluster", models.BigIntegerField(default=0)),
                ],
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="LedgerAccount",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("code", models.CharField(max_length=60)),
                    ("name", models.CharField(max_length=255)),
                    ("type", models.CharField(max_length=9)),
                    ("role", models.CharField(max_length=20, null=True)),
                    ("owner_id", models.UUIDField(null=True)),
                    ("is_group", models.BooleanField(default=False)),
                    ("is_control", models.BooleanField(default=False)),
                    ("is_active", models.BooleanField(default=True)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "currency",
                        models.ForeignKey(
                            null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.currency"
                        ),
                    ),
                    (
                        "parent",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="accounting.ledgeraccount",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="ledgeraccount_company_id"),
                        models.UniqueConstraint(fields=("company", "code"), name="ledgeraccount_code"),
                        models.UniqueConstraint(
                            condition=models.Q(("role__isnull", False)),
                            fields=("company", "role", "owner_id"),
                            name="ledgeraccount_one_per_role_and_owner",
                            nulls_distinct=False,
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("type__in", ["ASSET", "LIABILITY", "EQUITY", "INCOME", "EXPENSE"])),
                            name="ledgeraccount_type_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("owner_id__isnull", True),
                                models.Q(("is_group", False), ("role__in", ["RECEIVABLE", "PAYABLE"])),
                                _connector="OR",
                            ),
                            name="ledgeraccount_only_parties_own",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="AccountDay",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("day", models.DateField()),
                    ("debit", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("credit", models.DecimalField(decimal_places=2, max_digits=18)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "account",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="accounting.ledgeraccount",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "account", "day"), name="accountday_one"),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("credit__gte", 0),
                                ("credit__lt", Decimal("10000000000000000")),
                                ("debit__gte", 0),
                                ("debit__lt", Decimal("10000000000000000")),
                            ),
                            name="accountday_in_range",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="FiscalYear",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("year", models.SmallIntegerField()),
                    ("start_date", models.DateField()),
                    ("end_date", models.DateField()),
                    ("closed_at", models.DateTimeField(null=True)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="fiscalyear_company_id"),
                        models.UniqueConstraint(fields=("company", "year"), name="fiscalyear_year"),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "end_date__gte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("start_date"), "+", models.Value(datetime.timedelta(days=364))
                                    ),
                                ),
                                (
                                    "end_date__lte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("start_date"), "+", models.Value(datetime.timedelta(days=365))
                                    ),
                                ),
                            ),
                            name="fiscalyear_lasts_a_year",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("start_date__year", models.F("year"))), name="fiscalyear_named_by_its_start"
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="Voucher",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("kind", models.CharField(max_length=14)),
                    ("number", models.CharField(max_length=16)),
                    ("voucher_date", models.DateField()),
                    ("source_kind", models.CharField(max_length=20)),
                    ("source_id", models.UUIDField()),
                    ("source_revision", models.IntegerField(default=1)),
                    ("total", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("entry_count", models.IntegerField()),
                    ("narration", models.CharField(blank=True, default="", max_length=500)),
                    ("posted_at", models.DateTimeField()),
                    ("tx", erp.fields.TransactionIdField()),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "fiscal_year",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="accounting.fiscalyear",
                        ),
                    ),
                    (
                        "posted_by",
                        models.ForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "reverses",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="reversed_by",
                            to="accounting.voucher",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["company", "voucher_date", "id"], name="voucher_by_date"),
                        models.Index(fields=["company", "tx"], name="voucher_by_transaction"),
                        models.Index(
                            condition=models.Q(("kind", "YEAR_CLOSE")), fields=["company"], name="voucher_year_close"
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="voucher_company_id"),
                        models.UniqueConstraint(fields=("company", "number"), name="voucher_number"),
                        models.UniqueConstraint(
                            condition=models.Q(("reverses__isnull", True)),
                            fields=("company", "source_kind", "source_id", "source_revision"),
                            name="voucher_one_per_source_and_revision",
                        ),
                        models.UniqueConstraint(fields=("company", "reverses"), name="voucher_reversed_once"),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "kind__in",
                                    [
                                        "GOODS_RECEIPT",
                                        "PURCHASE",
                                        "SALES",
                                        "RECEIPT",
                                        "PAYMENT",
                                        "CREDIT_NOTE",
                                        "DEBIT_NOTE",
                                        "REVERSAL",
                                        "FX",
                                        "STOCK",
                                        "OPENING",
                                        "REVALUATION",
                                        "YEAR_CLOSE",
                                        "JOURNAL",
                                        "GST_SETTLEMENT",
                                    ],
                                )
                            ),
                            name="voucher_kind_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("entry_count__gte", 0), ("total__gte", 0), ("total__lt", Decimal("10000000000000000"))
                            ),
                            name="voucher_total_in_range",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("reverses__isnull", True), models.Q(("kind", "REVERSAL"), _negated=True)),
                                models.Q(("kind", "REVERSAL"), ("reverses__isnull", False)),
                                _connector="OR",
                            ),
                            name="voucher_only_reversals_reverse",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("source_revision__gte", 1)), name="voucher_revision_positive"
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="LedgerEntry",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("voucher_date", models.DateField()),
                    ("line_no", models.SmallIntegerField()),
                    ("debit", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("credit", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("amount_currency", models.DecimalField(decimal_places=2, max_digits=18)),
                    ("role", models.CharField(blank=True, default="", max_length=20)),
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
                        "voucher",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="entries",
                            to="accounting.voucher",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["company", "account", "voucher_date", "id"], name="ledgerentry_statement")
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "voucher", "line_no"), name="ledgerentry_line_no"),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("credit", 0), ("debit__gt", 0)),
                                models.Q(("credit__gt", 0), ("debit", 0)),
                                _connector="OR",
                            ),
                            name="ledgerentry_one_positive_side",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("credit__lt", Decimal("10000000000000000")), ("debit__lt", Decimal("10000000000000000"))
                            ),
                            name="ledgerentry_finite",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("amount_currency__gte", 0),
                                    ("amount_currency__lt", Decimal("10000000000000000")),
                                    ("debit__gt", 0),
                                ),
                                models.Q(("amount_currency__lte", 0), ("credit__gt", 0)),
                                _connector="OR",
                            ),
                            name="ledgerentry_currency_on_the_same_side",
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
                model_name="foldmark",
                trigger=pgtrigger.compiler.Trigger(
                    name="begins",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    NEW.tx := '0';\n    NEW.cluster := (SELECT system_identifier FROM pg_control_system());\n    RETURN NEW;\n",
                        hash="5c2d27f22b14769d8a3cd584f3528410b337b70b",
                        operation="INSERT",
                        pgid="pgtrigger_begins_593d2",
                        table="accounting_foldmark",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="foldmark",
                trigger=pgtrigger.compiler.Trigger(
                    name="folds",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        declare="DECLARE since xid8; here bigint;",
                        func="\n    since := OLD.tx;\n    here := (SELECT system_identifier FROM pg_control_system());\n    IF OLD.cluster <> here OR NEW.tx = '0' THEN\n        DELETE FROM accounting_accountday WHERE company_id = OLD.company_id;\n        since := '0';\n    END IF;\n    NEW.company_id := OLD.company_id;\n    NEW.cluster := here;\n    NEW.tx := pg_snapshot_xmin(pg_current_snapshot());\n    INSERT INTO accounting_accountday AS d (company_id, account_id, day, debit, credit)\n    SELECT e.company_id, e.account_id, e.voucher_date, sum(e.debit), sum(e.credit)\n    FROM accounting_voucher v\n    JOIN accounting_ledgerentry e ON e.company_id = v.company_id AND e.voucher_id = v.id\n    WHERE v.company_id = OLD.company_id AND v.tx >= since AND v.tx < NEW.tx\n    GROUP BY e.company_id, e.account_id, e.voucher_date\n    ORDER BY e.account_id, e.voucher_date\n    ON CONFLICT (company_id, account_id, day)\n        DO UPDATE SET debit = d.debit + EXCLUDED.debit, credit = d.credit + EXCLUDED.credit;\n    RETURN NEW;\n",
                        hash="e1ff2beb260d04213bcf4c8b383a3279d6d90c89",
                        operation="UPDATE",
                        pgid="pgtrigger_folds_a9b4d",
                        table="accounting_foldmark",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="foldmark",
                trigger=pgtrigger.compiler.Trigger(
                    name="stays",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF pg_trigger_depth() < 2 THEN\n        RAISE EXCEPTION 'folded_only: account days are written by moving the mark, by nothing else'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'folded_only';\n    END IF;\n    RETURN coalesce(NEW, OLD);\n",
                        hash="d0ec1c17e9bb1d9f30212e9c771fded505108799",
                        operation="DELETE",
                        pgid="pgtrigger_stays_42dcc",
                        table="accounting_foldmark",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="foldmark",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="49c87fb6f57d12061df3c0248228a26d2685a63d",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_53f29",
                        table="accounting_foldmark",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="fiscalyear",
                trigger=pgtrigger.compiler.Trigger(
                    name="frozen",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF TG_OP = 'DELETE' OR ROW(OLD.id, OLD.company_id, OLD.year, OLD.start_date, OLD.end_date)\n        IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.year, NEW.start_date, NEW.end_date) THEN\n        RAISE EXCEPTION 'year_frozen: a fiscal year is closed and reopened, nothing else'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'year_frozen';\n    END IF;\n    RETURN NEW;\n",
                        hash="24209009f144ab84d226e8af8f5fbb1c2e144cb9",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_frozen_00b6d",
                        table="accounting_fiscalyear",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="ledgeraccount",
                trigger=pgtrigger.compiler.Trigger(
                    name="frozen",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF ROW(OLD.id, OLD.company_id, OLD.code, OLD.type, OLD.role, OLD.owner_id, OLD.is_group, OLD.is_control, OLD.currency_id)\n        IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.code, NEW.type, NEW.role, NEW.owner_id, NEW.is_group,\n            NEW.is_control, NEW.currency_id) THEN\n        RAISE EXCEPTION 'account_frozen: of an account only name, parent and activity change'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'account_frozen';\n    END IF;\n    RETURN NEW;\n",
                        hash="34bcf8b84152bee848c28b20f12a7fe4772142a5",
                        operation="UPDATE",
                        pgid="pgtrigger_frozen_1acf8",
                        table="accounting_ledgeraccount",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="accountday",
                trigger=pgtrigger.compiler.Trigger(
                    name="folded_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF pg_trigger_depth() < 2 THEN\n        RAISE EXCEPTION 'folded_only: account days are written by moving the mark, by nothing else'\n            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'folded_only';\n    END IF;\n    RETURN coalesce(NEW, OLD);\n",
                        hash="d4aa2851c1c908bc773a977aa5ddea1852e0bea3",
                        operation="INSERT OR UPDATE OR DELETE",
                        pgid="pgtrigger_folded_only_6efb4",
                        table="accounting_accountday",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="accountday",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="98aa0ba56dda6f9a27a91238f3728c5704870f23",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_edb92",
                        table="accounting_accountday",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="voucher",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="ca49388ebce1347d5893637f8a5da37551349d3e",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_d4661",
                        table="accounting_voucher",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="voucher",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="e6ceba640188db5c03fa3128b875ba229da225e7",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_304f8",
                        table="accounting_voucher",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="voucher",
                trigger=pgtrigger.compiler.Trigger(
                    name="not_in_locked_period",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF EXISTS (\n        SELECT 1 FROM erp_company c\n        WHERE c.id = NEW.company_id AND (NEW.voucher_date <= c.hard_lock_date\n            OR NEW.voucher_date < c.books_start_date))\n       OR EXISTS (\n        SELECT 1 FROM accounting_fiscalyear y\n        WHERE y.company_id = NEW.company_id AND y.id = NEW.fiscal_year_id\n            AND (NEW.voucher_date NOT BETWEEN y.start_date AND y.end_date\n                OR (y.closed_at IS NOT NULL AND NEW.kind <> 'YEAR_CLOSE'))) THEN\n        RAISE EXCEPTION 'period_closed: nothing is booked on %', NEW.voucher_date\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_closed';\n    END IF;\n    IF NOT EXISTS (\n        SELECT 1 FROM erp_numberseries s\n        JOIN accounting_fiscalyear y ON y.company_id = s.company_id AND y.year = s.year\n        WHERE s.company_id = NEW.company_id AND s.series = 'JV' AND y.id = NEW.fiscal_year_id\n            AND NEW.number = 'JV-' || y.year || '-' || substring(NEW.number FROM '[0-9]{5,8}$')\n            AND substring(NEW.number FROM '[0-9]{5,8}$')::int <= s.last_number) THEN\n        RAISE EXCEPTION 'number_of_its_series: % was not taken from the series of its year', NEW.number\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'number_of_its_series';\n    END IF;\n    RETURN NEW;\n",
                        hash="d047bb213bf42e1c1f81699777fe0775b1d98726",
                        operation="INSERT",
                        pgid="pgtrigger_not_in_locked_period_086a8",
                        table="accounting_voucher",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="voucher",
                trigger=pgtrigger.compiler.Trigger(
                    name="balances",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        constraint="CONSTRAINT",
                        declare="DECLARE entries bigint; debits numeric; credits numeric;",
                        func="\n    SELECT count(*), coalesce(sum(debit), 0), coalesce(sum(credit), 0)\n    INTO entries, debits, credits\n    FROM accounting_ledgerentry WHERE company_id = NEW.company_id AND voucher_id = NEW.id;\n    IF debits <> credits OR debits <> NEW.total OR entries <> NEW.entry_count\n       OR (entries < 2 AND NOT (entries = 0 AND NEW.total = 0)) THEN\n        RAISE EXCEPTION 'voucher_balances: voucher % has % entries, debit %, credit %, total %',\n            NEW.number, entries, debits, credits, NEW.total\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_balances';\n    END IF;\n    IF NEW.reverses_id IS NOT NULL AND (\n        EXISTS (\n            SELECT 1 FROM accounting_voucher o\n            WHERE o.company_id = NEW.company_id AND o.id = NEW.reverses_id\n                AND (o.reverses_id IS NOT NULL OR o.voucher_date > NEW.voucher_date OR o.entry_count <> NEW.entry_count\n                    OR ROW(o.source_kind, o.source_id, o.source_revision)\n                        <> ROW(NEW.source_kind, NEW.source_id, NEW.source_revision)))\n        OR EXISTS (\n            SELECT 1 FROM accounting_ledgerentry e\n            WHERE e.company_id = NEW.company_id AND e.voucher_id IN (NEW.id, NEW.reverses_id)\n            GROUP BY e.account_id, e.role, e.currency_id\n            HAVING sum(e.debit - e.credit) <> 0 OR sum(e.amount_currency) <> 0)) THEN\n        RAISE EXCEPTION 'reversal_mirrors: a reversal has the legs of its voucher with the sides changed'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'reversal_mirrors';\n    END IF;\n    RETURN NULL;\n",
                        hash="b4b848436ea8e11e26380e25e8577c6e5cb502c8",
                        operation="INSERT",
                        pgid="pgtrigger_balances_c719a",
                        table="accounting_voucher",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="ledgerentry",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="bfcd5c0125dfbd83c0a79b345e9a11ff32135ff0",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_458bd",
                        table="accounting_ledgerentry",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="ledgerentry",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="486809c99bf2b8d97712f9f66561194ddadd70e9",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_8c53d",
                        table="accounting_ledgerentry",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="ledgerentry",
                trigger=pgtrigger.compiler.Trigger(
                    name="fits_voucher",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF EXISTS (\n        SELECT 1 FROM written e\n        LEFT JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id\n        WHERE v.tx IS DISTINCT FROM pg_current_xact_id() OR v.voucher_date <> e.voucher_date\n            OR e.line_no NOT BETWEEN 1 AND v.entry_count) THEN\n        RAISE EXCEPTION 'entry_with_its_voucher: entries come with their voucher, in its transaction, 1…n'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_with_its_voucher';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM written e\n        JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id\n        JOIN erp_company c ON c.id = e.company_id\n        WHERE a.is_group OR NOT a.is_active OR a.role <> e.role\n            OR (a.currency_id IS NOT NULL AND a.currency_id <> e.currency_id)\n            OR (c.base_currency_id = e.currency_id AND e.amount_currency <> e.debit - e.credit)) THEN\n        RAISE EXCEPTION 'entry_account_takes_it: a group, an inactive account, another role or currency takes none'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_account_takes_it';\n    END IF;\n    IF EXISTS (\n        SELECT 1 FROM written e\n        JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id\n        JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id\n        WHERE a.is_control AND (v.kind = 'JOURNAL' OR (v.kind = 'GST_SETTLEMENT'\n            AND a.role NOT LIKE 'INPUT\\_%' AND a.role NOT LIKE 'OUTPUT\\_%'))) THEN\n        RAISE EXCEPTION 'control_account: control accounts take no journals'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'control_account';\n    END IF;\n    RETURN NULL;\n",
                        hash="ffc715c5ac7cf844c135b6cf9791bd52548a9a2a",
                        level="STATEMENT",
                        operation="INSERT",
                        pgid="pgtrigger_fits_voucher_a16ec",
                        referencing="REFERENCING NEW TABLE AS written ",
                        table="accounting_ledgerentry",
                        when="AFTER",
                    ),
                ),
            ),
        ),
    ]
