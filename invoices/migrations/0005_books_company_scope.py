from django.db import migrations

from erp.migrating import add_company_foreign_key, add_company_policy


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0004_books"),
        ("accounting", "0001_books"),
        ("inventory", "0004_books"),
        ("sales", "0003_books"),
    ]

    operations = [
        add_company_policy("invoices_payment"),
        add_company_policy("invoices_paymentallocation"),
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
    ]
