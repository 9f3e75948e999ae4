"""Audit entries are sealed: numbered without gap and chained by hashes. Those that are there already wait like new ones."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import erp.fields
from erp.migrating import Together, add_company_foreign_key, add_company_policy, create_audit_views, run_sql_file


def relay_policy(table: str) -> migrations.RunSQL:
    """The relay seals the entries of every company."""
    return migrations.RunSQL(
        f'CREATE POLICY relay_all ON "{table}" TO erp_relay USING (true) WITH CHECK (true)',
        f'DROP POLICY relay_all ON "{table}"',
    )


class Migration(migrations.Migration):
    dependencies = [
        ("erp", "0015_stream_tickets"),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="AuditHead",
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
                    (
                        "hash",
                        models.BinaryField(
                            default=b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                        ),
                    ),
                ],
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="AuditSeal",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("number", models.BigIntegerField()),
                    ("hash", models.BinaryField()),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                    (
                        "entry",
                        erp.fields.CompanyForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="erp.auditentry",
                        ),
                    ),
                ],
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name="UnsealedEntry",
                fields=[
                    ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                    (
                        "company",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="erp.company"
                        ),
                    ),
                ],
                managers=[
                    ("unscoped", django.db.models.manager.Manager()),
                ],
            ),
        ),
        Together(
            migrations.AddField(
                model_name="auditentry",
                name="address",
                field=models.CharField(blank=True, db_default="", default="", max_length=45),
            ),
            migrations.AddField(
                model_name="auditentry",
                name="key_prefix",
                field=models.CharField(blank=True, db_default="", default="", max_length=16),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name="auditentry",
                trigger=pgtrigger.compiler.Trigger(
                    name="waits_for_its_seal",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n                INSERT INTO erp_unsealedentry (id, company_id) SELECT id, company_id FROM written;\n                RETURN NULL;\n                ",
                        hash="c3666ec11869a2322f9d30a5b7b553a533de3fb3",
                        level="STATEMENT",
                        operation="INSERT",
                        pgid="pgtrigger_waits_for_its_seal_46324",
                        referencing="REFERENCING NEW TABLE AS written ",
                        table="erp_auditentry",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="audithead",
                trigger=pgtrigger.compiler.Trigger(
                    name="head_of_its_seals",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n                IF TG_OP = 'UPDATE' AND (OLD.company_id <> NEW.company_id OR OLD.last_number > NEW.last_number)\n                        OR (NEW.last_number <> 0 OR NEW.hash <> decode(repeat('00', 32), 'hex'))\n                        AND NOT EXISTS (SELECT FROM erp_auditseal s WHERE s.company_id = NEW.company_id\n                            AND s.number = NEW.last_number AND s.hash = NEW.hash) THEN\n                    RAISE EXCEPTION 'head_of_its_seals: the head of an audit is its last seal'\n                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'head_of_its_seals';\n                END IF;\n                RETURN NEW;\n                ",
                        hash="53fb4ef4603243ac311944fd04df8e1890e73127",
                        operation="INSERT OR UPDATE",
                        pgid="pgtrigger_head_of_its_seals_bfb69",
                        table="erp_audithead",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="audithead",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'never_deleted: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="a06ca9d763da0db8431f34e507e7f47462f81db5",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_87198",
                        table="erp_audithead",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="audithead",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="9e21dd194ebe0588e471cb592988885c651fac49",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_d9fc7",
                        table="erp_audithead",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="auditseal",
                constraint=models.UniqueConstraint(fields=("company", "number"), name="auditseal_number"),
            ),
            migrations.AddConstraint(
                model_name="auditseal",
                constraint=models.UniqueConstraint(fields=("company", "entry"), name="auditseal_once"),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="auditseal",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="1de49fbf5cb474145b7fb23bbfe482c72ddb8256",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_bbbdb",
                        table="erp_auditseal",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="auditseal",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="9b944ca0c776fbc7aa93a16ca1b9937aaae234fb",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_e4b96",
                        table="erp_auditseal",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="auditseal",
                trigger=pgtrigger.compiler.Trigger(
                    name="continues_the_chain",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n                SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;\n                IF EXISTS (\n                    SELECT FROM (\n                        SELECT w.company_id, w.number, w.entry_id, w.hash,\n                            coalesce(lag(w.number) OVER mine, h.last_number) AS number_before,\n                            coalesce(lag(w.hash) OVER mine, h.hash) AS hash_before\n                        FROM written w LEFT JOIN erp_audithead h ON h.company_id = w.company_id\n                        WINDOW mine AS (PARTITION BY w.company_id ORDER BY w.number)) link\n                    LEFT JOIN erp_auditentry e ON e.company_id = link.company_id AND e.id = link.entry_id\n                    WHERE link.number IS DISTINCT FROM link.number_before + 1\n                        OR link.hash IS DISTINCT FROM erp_audit_hash(link.hash_before, link.number, e)) THEN\n                    RAISE EXCEPTION 'continues_the_chain: a seal follows the last one of its company'\n                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'continues_the_chain';\n                END IF;\n                UPDATE erp_audithead h SET last_number = latest.number, hash = latest.hash\n                FROM (SELECT DISTINCT ON (company_id) company_id, number, hash FROM written\n                    ORDER BY company_id, number DESC) latest\n                WHERE h.company_id = latest.company_id;\n                RETURN NULL;\n                ",
                        hash="2d6827d77c15b96c5481124a28d6dae7795dabe4",
                        level="STATEMENT",
                        operation="INSERT",
                        pgid="pgtrigger_continues_the_chain_9af9f",
                        referencing="REFERENCING NEW TABLE AS written ",
                        table="erp_auditseal",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="unsealedentry",
                trigger=pgtrigger.compiler.Trigger(
                    name="sealed_first",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n                IF EXISTS (SELECT FROM gone JOIN erp_auditentry e ON e.company_id = gone.company_id AND e.id = gone.id\n                        WHERE NOT EXISTS (SELECT FROM erp_auditseal s\n                            WHERE s.company_id = gone.company_id AND s.entry_id = gone.id)) THEN\n                    RAISE EXCEPTION 'sealed_first: an audit entry waits until it is sealed'\n                        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'sealed_first';\n                END IF;\n                RETURN NULL;\n                ",
                        hash="90b6ea8bc2c992201fe8996f7cdbeadbaee09ee4",
                        level="STATEMENT",
                        operation="DELETE",
                        pgid="pgtrigger_sealed_first_4a7b4",
                        referencing="REFERENCING OLD TABLE AS gone ",
                        table="erp_unsealedentry",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="unsealedentry",
                trigger=pgtrigger.compiler.Trigger(
                    name="waits_unchanged",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'waits_unchanged: what waits for its seal is never changed' USING ERRCODE = 'restrict_violation';",
                        hash="1c90517daa6d3a90c50ca01eb7aaca5d4096e8b5",
                        operation="UPDATE",
                        pgid="pgtrigger_waits_unchanged_95896",
                        table="erp_unsealedentry",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="unsealedentry",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'append_only: % is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                        hash="df83b211eaf58d6b9184380f3cfbbfd9d622f98b",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_31bfd",
                        table="erp_unsealedentry",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
        run_sql_file(__file__, "0016_audit_hashes"),
        add_company_foreign_key("erp_auditseal", "entry_id", "erp_auditentry"),
        add_company_policy("erp_auditseal"),
        add_company_policy("erp_audithead"),
        add_company_policy("erp_unsealedentry"),
        relay_policy("erp_auditseal"),
        relay_policy("erp_audithead"),
        relay_policy("erp_unsealedentry"),
        create_audit_views(__file__, "0016_audit_seal_views"),
        migrations.RunSQL(
            "INSERT INTO erp_unsealedentry (id, company_id) SELECT id, company_id FROM erp_auditentry",
            migrations.RunSQL.noop,
        ),
    ]
