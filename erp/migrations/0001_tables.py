import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.manager
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import erp.identifiers
import erp.models.companies
from erp.migrating import Together


class Migration(migrations.Migration):
    replaces = [
        ("erp", "0001_initial"),
        ("erp", "0002_company_scope"),
        ("erp", "0003_remembered_answers"),
        ("erp", "0004_books"),
        ("erp", "0005_books_company_scope"),
        ("erp", "0006_guarded_companies"),
        ("erp", "0007_numbers"),
    ]

    initial = True

    dependencies = []

    operations = [
        Together(
            migrations.CreateModel(
                name="Currency",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("code", models.CharField(max_length=3, unique=True)),
                    ("name", models.CharField(max_length=60)),
                    ("symbol", models.CharField(blank=True, default="", max_length=8)),
                    ("decimal_places", models.SmallIntegerField(default=2)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("decimal_places__in", [0, 2])), name="currency_decimal_places"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Company",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("code", models.CharField(max_length=20, unique=True)),
                    ("name", models.CharField(max_length=255)),
                    ("timezone", models.CharField(default="Asia/Kolkata", max_length=64)),
                    ("fiscal_year_start", models.SmallIntegerField(default=4)),
                    ("is_active", models.BooleanField(default=True)),
                    ("created_at", models.DateTimeField()),
                    ("books_start_date", models.DateField(null=True)),
                    ("soft_lock_date", models.DateField(null=True)),
                    ("tax_lock_date", models.DateField(null=True)),
                    ("hard_lock_date", models.DateField(null=True)),
                    ("total_mismatch", models.CharField(default="accept", max_length=6)),
                    ("on_conflict", models.CharField(default="update", max_length=6)),
                    ("reimport_in_progress", models.CharField(default="accept", max_length=6)),
                    (
                        "jwt_import_roles",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=20),
                            default=erp.models.companies.all_but_viewer,
                            size=None,
                        ),
                    ),
                    (
                        "base_currency",
                        models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.currency"),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("total_mismatch__in", ["accept", "reject"])), name="company_total_mismatch"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("on_conflict__in", ["update", "reject"])), name="company_on_conflict"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("reimport_in_progress__in", ["accept", "reject"])),
                            name="company_reimport_in_progress",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("fiscal_year_start__gte", 1), ("fiscal_year_start__lte", 12)),
                            name="company_fiscal_year_start",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ApiKey",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("name", models.CharField(max_length=100)),
                    ("prefix", models.CharField(max_length=16, unique=True)),
                    ("hashed_key", models.CharField(max_length=150)),
                    (
                        "scopes",
                        django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                    ),
                    ("on_conflict", models.CharField(max_length=6, null=True)),
                    (
                        "allowed_ips",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.GenericIPAddressField(), default=list, size=None
                        ),
                    ),
                    ("created_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField(null=True)),
                    ("revoked_at", models.DateTimeField(null=True)),
                    ("last_used_at", models.DateTimeField(null=True)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="apikey_company_id"),
                        models.CheckConstraint(condition=models.Q(("scopes", []), _negated=True), name="apikey_has_scope"),
                        models.CheckConstraint(
                            condition=models.Q(("hashed_key__regex", "^(sha512|pbkdf2_sha256|argon2|scrypt)\\$")),
                            name="apikey_hashed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("on_conflict__in", ["update", "reject"])), name="apikey_on_conflict"
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="User",
                fields=[
                    ("password", models.CharField(max_length=128, verbose_name="password")),
                    ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("email", models.EmailField(max_length=254, unique=True)),
                    ("name", models.CharField(blank=True, default="", max_length=150)),
                    ("phone", models.CharField(blank=True, default="", max_length=30)),
                    ("is_active", models.BooleanField(default=True)),
                    ("is_superuser", models.BooleanField(default=False)),
                    ("date_joined", models.DateTimeField(default=django.utils.timezone.now)),
                    (
                        "active_company",
                        models.ForeignKey(
                            null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                            name="user_email_lower_case",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="IdempotencyKey",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("credential_id", models.UUIDField()),
                    ("route", models.CharField(max_length=120)),
                    ("key", models.CharField(max_length=255)),
                    ("part", models.IntegerField(default=0)),
                    ("body_hash", models.BinaryField()),
                    ("status", models.SmallIntegerField()),
                    ("answer", models.TextField()),
                    ("created_at", models.DateTimeField()),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["created_at"], name="idempotencykey_age")],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("company", "credential_id", "route", "key", "part"), name="idempotencykey_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("status__gte", 200), ("status__lt", 300)), name="idempotencykey_success_only"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("status", 204), models.Q(("answer", ""), _negated=True), _connector="OR"),
                            name="idempotencykey_has_answer",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="Login",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("created_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT, related_name="logins", to=settings.AUTH_USER_MODEL
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Membership",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("role", models.CharField(max_length=20)),
                    ("is_active", models.BooleanField(default=True)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="memberships",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="membership_company_id"),
                        models.UniqueConstraint(fields=("company", "user"), name="membership_one_per_user"),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "role__in",
                                    [
                                        "OWNER",
                                        "ADMIN",
                                        "ACCOUNTANT",
                                        "SALES_MANAGER",
                                        "PURCHASE_MANAGER",
                                        "STOCK_KEEPER",
                                        "BILLER",
                                        "PICKER",
                                        "PACKER",
                                        "DELIVERY",
                                        "VIEWER",
                                    ],
                                )
                            ),
                            name="membership_role",
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="NumberSeries",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("series", models.CharField(max_length=10)),
                    ("year", models.SmallIntegerField(default=0)),
                    ("last_number", models.IntegerField(default=0)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="numberseries_company_id"),
                        models.UniqueConstraint(fields=("company", "series", "year"), name="numberseries_one"),
                        models.CheckConstraint(
                            condition=models.Q(("last_number__gte", 0)), name="numberseries_not_negative"
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="OutboxEvent",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("number", models.BigIntegerField(null=True)),
                    ("type", models.CharField(max_length=40)),
                    ("subject_kind", models.CharField(max_length=20)),
                    ("subject_id", models.UUIDField()),
                    ("payload", models.TextField()),
                    ("created_at", models.DateTimeField()),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("number__isnull", True)), fields=["id"], name="outboxevent_unnumbered"
                        ),
                        models.Index(fields=["company", "subject_id"], name="outboxevent_subject"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "number"), name="outboxevent_number"),
                        models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="outboxevent_number_positive"),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="Registration",
                fields=[
                    (
                        "id",
                        models.UUIDField(default=erp.identifiers.new_id, editable=False, primary_key=True, serialize=False),
                    ),
                    ("state_code", models.CharField(max_length=2)),
                    ("gstin", models.CharField(max_length=15)),
                    ("is_default", models.BooleanField(default=False)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("company", "id"), name="registration_company_id"),
                        models.UniqueConstraint(fields=("company", "state_code"), name="registration_state"),
                        models.UniqueConstraint(
                            condition=models.Q(("is_default", True)), fields=("company",), name="registration_one_default"
                        ),
                    ],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="EventChannel",
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
                    ("last_number", models.BigIntegerField(default=0)),
                    ("floor", models.BigIntegerField(default=0)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("floor__gte", 0), ("last_number__gte", models.F("floor"))),
                            name="eventchannel_floor_below_head",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="AuditEntry",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("at", models.DateTimeField()),
                    ("actor_kind", models.CharField(max_length=10)),
                    ("actor_id", models.UUIDField(null=True)),
                    ("actor_name", models.CharField(max_length=254)),
                    ("request_id", models.CharField(blank=True, default="", max_length=64)),
                    ("action", models.CharField(max_length=60)),
                    ("subject_kind", models.CharField(max_length=20)),
                    ("subject_id", models.UUIDField()),
                    ("changes", models.TextField(blank=True, default="")),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["company", "subject_id"], name="auditentry_subject")],
                    "constraints": [models.UniqueConstraint(fields=("company", "id"), name="auditentry_company_id")],
                },
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name="auditentry",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="320122b420565a5ce903bd66cfb5a63ce92b2d63",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_7123a",
                        table="erp_auditentry",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="auditentry",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="9728ca8acbf9617c431d25a8e1a2196a1fbdeb96",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_e7536",
                        table="erp_auditentry",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="company",
                trigger=pgtrigger.compiler.Trigger(
                    name="hard_lock_moves_forward",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."hard_lock_date" IS DISTINCT FROM (NEW."hard_lock_date"))',
                        func="\n                IF OLD.hard_lock_date IS NOT NULL AND coalesce(NEW.hard_lock_date, '-infinity') < OLD.hard_lock_date THEN\n                    RAISE EXCEPTION 'hard_lock_moves_forward: % was final', OLD.hard_lock_date\n                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'hard_lock_moves_forward';\n                END IF;\n                RETURN NEW;\n                ",
                        hash="a65d9285f0cea262d5bc709a866e6cc02bf0eb09",
                        operation="UPDATE",
                        pgid="pgtrigger_hard_lock_moves_forward_ba90e",
                        table="erp_company",
                        when="BEFORE",
                    ),
                ),
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
            pgtrigger.migrations.AddTrigger(
                model_name="membership",
                trigger=pgtrigger.compiler.Trigger(
                    name="keeps_an_owner",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."is_active" AND OLD."role" = \'OWNER\')',
                        constraint="CONSTRAINT",
                        func="\n                IF NOT EXISTS (SELECT 1 FROM erp_membership m\n                        WHERE m.company_id = OLD.company_id AND m.role = 'OWNER' AND m.is_active) THEN\n                    RAISE EXCEPTION 'keeps_an_owner: a company has one active owner at least'\n                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'keeps_an_owner';\n                END IF;\n                RETURN NULL;\n                ",
                        hash="cfe2cdc94e10bc3798f77cb47b2fbcde5caeeb23",
                        operation="UPDATE",
                        pgid="pgtrigger_keeps_an_owner_baa06",
                        table="erp_membership",
                        timing="DEFERRABLE INITIALLY DEFERRED",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="membership",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'never_deleted: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="47178d3a11fd16ef56de5a6619b14120e02c3aa9",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_d5aa0",
                        table="erp_membership",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="numberseries",
                trigger=pgtrigger.compiler.Trigger(
                    name="counts_up",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n                IF NEW.last_number < OLD.last_number OR ROW(OLD.id, OLD.company_id, OLD.series, OLD.year)\n                        IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.series, NEW.year) THEN\n                    RAISE EXCEPTION 'counts_up: a series only counts up'\n                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'counts_up';\n                END IF;\n                RETURN NEW;\n                ",
                        hash="7e0570294e32a1a373074b93d1ac268952f805e3",
                        operation="UPDATE",
                        pgid="pgtrigger_counts_up_99d8c",
                        table="erp_numberseries",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="numberseries",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'never_deleted: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="c1fe230588cfcf601ec2e5f6dd674799c1ea64ea",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_cfc89",
                        table="erp_numberseries",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="numberseries",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="14a7e9debdd80174978e4d7e5147e971159306bc",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_62dcc",
                        table="erp_numberseries",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="outboxevent",
                trigger=pgtrigger.compiler.Trigger(
                    name="numbered_once",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n                IF OLD.number IS NOT NULL OR ROW(OLD.id, OLD.company_id, OLD.type, OLD.subject_kind, OLD.subject_id,\n                        OLD.payload, OLD.created_at) IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.type,\n                        NEW.subject_kind, NEW.subject_id, NEW.payload, NEW.created_at) THEN\n                    RAISE EXCEPTION 'numbered_once: an event is never changed' USING ERRCODE = 'restrict_violation';\n                END IF;\n                RETURN NEW;\n                ",
                        hash="3db79fb72173bb817a5515ba179d1287b489a4a7",
                        operation="UPDATE",
                        pgid="pgtrigger_numbered_once_60848",
                        table="erp_outboxevent",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="outboxevent",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="f50a4bc8a7763544bca264f3298afed8025eea52",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_6054b",
                        table="erp_outboxevent",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
    ]
