from django.db import migrations

from erp.migrating import add_company_foreign_key, add_company_policy, run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0006_guarded_documents"),
        ("inventory", "0007_booked_stock"),
        ("sales", "0006_order_series"),
    ]

    operations = [
        add_company_policy("invoices_contentseal"),
        add_company_foreign_key("invoices_contentseal", "invoice_id", "invoices_invoice"),
        run_sql_file(__file__, "0007_judged_documents"),
    ]
