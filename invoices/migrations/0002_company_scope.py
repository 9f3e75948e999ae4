from django.db import migrations

from erp.migrating import add_company_foreign_key, add_company_policy


class Migration(migrations.Migration):
    dependencies = [("invoices", "0001_initial"), ("sales", "0002_company_scope")]

    operations = [
        add_company_policy("invoices_invoice"),
        add_company_policy("invoices_invoiceitem"),
        add_company_foreign_key("invoices_invoice", "customer_id", "sales_customer"),
        add_company_foreign_key("invoices_invoice", "salesman_id", "sales_salesman"),
        add_company_foreign_key("invoices_invoiceitem", "invoice_id", "invoices_invoice"),
    ]
