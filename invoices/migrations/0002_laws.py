"""What the database enforces and Django cannot declare: companies kept apart, laws between tables, views of violations."""

from django.db import migrations

from erp.migrating import add_company_foreign_key, add_company_policy, create_audit_views, run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0001_tables"),
        ("sales", "0002_laws"),
        ("purchasing", "0002_laws"),
    ]
    replaces = [("invoices", "0010_planned_allocations")]

    operations = [
        add_company_policy("invoices_invoice"),
        add_company_policy("invoices_invoiceitem"),
        add_company_policy("invoices_payment"),
        add_company_policy("invoices_paymentallocation"),
        add_company_policy("invoices_contentseal"),
        add_company_policy("invoices_creditnote"),
        add_company_policy("invoices_creditnoteline"),
        add_company_policy("invoices_creditnoteallocation"),
        add_company_foreign_key("invoices_invoice", "customer_id", "sales_customer"),
        add_company_foreign_key("invoices_invoice", "salesman_id", "sales_salesman"),
        add_company_foreign_key("invoices_invoiceitem", "invoice_id", "invoices_invoice"),
        add_company_foreign_key("invoices_invoice", "sales_order_id", "sales_salesorder"),
        add_company_foreign_key("invoices_invoice", "warehouse_id", "inventory_warehouse"),
        add_company_foreign_key("invoices_invoice", "voucher_id", "accounting_voucher"),
        add_company_foreign_key("invoices_invoiceitem", "item_id", "inventory_item"),
        add_company_foreign_key("invoices_invoiceitem", "order_line_id", "sales_salesorderline"),
        add_company_foreign_key("invoices_invoiceitem", "uom_id", "inventory_uom"),
        add_company_foreign_key("invoices_payment", "customer_id", "sales_customer"),
        add_company_foreign_key("invoices_payment", "account_id", "accounting_ledgeraccount"),
        add_company_foreign_key("invoices_payment", "voucher_id", "accounting_voucher"),
        add_company_foreign_key("invoices_paymentallocation", "payment_id", "invoices_payment"),
        add_company_foreign_key("invoices_paymentallocation", "invoice_id", "invoices_invoice"),
        add_company_foreign_key("invoices_paymentallocation", "releases_id", "invoices_paymentallocation"),
        add_company_foreign_key("invoices_contentseal", "invoice_id", "invoices_invoice"),
        add_company_foreign_key("invoices_creditnote", "invoice_id", "invoices_invoice"),
        add_company_foreign_key("invoices_creditnote", "customer_id", "sales_customer"),
        add_company_foreign_key("invoices_creditnote", "voucher_id", "accounting_voucher"),
        add_company_foreign_key("invoices_creditnoteline", "credit_note_id", "invoices_creditnote"),
        add_company_foreign_key("invoices_creditnoteline", "invoice_item_id", "invoices_invoiceitem"),
        add_company_foreign_key("invoices_creditnoteallocation", "credit_note_id", "invoices_creditnote"),
        add_company_foreign_key("invoices_creditnoteallocation", "invoice_id", "invoices_invoice"),
        run_sql_file(__file__, "judged_documents"),
        create_audit_views(__file__, "audit_views"),
        run_sql_file(__file__, "credit_notes"),
        create_audit_views(__file__, "credit_audit_views"),
    ]
