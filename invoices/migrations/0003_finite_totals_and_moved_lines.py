from decimal import Decimal

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0002_company_scope"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="invoiceitem",
            name="adds_up_update",
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_totals_not_negative",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoiceitem",
            trigger=pgtrigger.compiler.Trigger(
                name="adds_up_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF EXISTS (\n        SELECT 1 FROM (SELECT company_id, invoice_id FROM before UNION SELECT company_id, invoice_id FROM touched) t\n        JOIN invoices_invoice i ON i.company_id = t.company_id AND i.id = t.invoice_id\n        WHERE i.items_total IS DISTINCT FROM (\n            SELECT sum(l.line_total) FROM invoices_invoiceitem l\n            WHERE l.company_id = t.company_id AND l.invoice_id = t.invoice_id)) THEN\n        RAISE EXCEPTION 'invoice_adds_up: the lines differ from items_total of their invoice'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_adds_up';\n    END IF;\n    RETURN NULL;\n",
                    hash="6877bb9e827be918febdd40964788e63c76135c5",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_adds_up_update_1240a",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS touched ",
                    table="invoices_invoiceitem",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="invoice_version_positive"),
        ),
    ]
