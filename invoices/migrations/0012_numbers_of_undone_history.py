from django.db import migrations, models

from erp.migrating import Together, run_sql_file


class Migration(migrations.Migration):
    dependencies = [("invoices", "0011_numbers_of_history")]

    operations = [
        Together(
            migrations.RemoveConstraint(model_name="invoice", name="invoice_sales_number"),
            migrations.AddConstraint(
                model_name="invoice",
                constraint=models.UniqueConstraint(
                    condition=models.Q(
                        ("invoice_type", "SALES"),
                        models.Q(
                            models.Q(("origin", "HISTORY"), _negated=True),
                            models.Q(("status", "CANCELLED"), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    fields=("company", "invoice_no"),
                    name="invoice_sales_number",
                ),
            ),
        ),
        run_sql_file(__file__, "0012_numbers_of_undone_history"),
    ]
