"""What the database enforces and Django cannot declare: companies kept apart, laws between tables, views of violations."""

from django.db import migrations

from erp.migrating import add_company_foreign_key, add_company_policy, create_audit_views, run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("purchasing", "0001_tables"),
        ("inventory", "0002_laws"),
    ]
    replaces = [("purchasing", "0003_purchase_orders")]

    operations = [
        add_company_policy("purchasing_supplier"),
        add_company_policy("purchasing_goodsreceipt"),
        add_company_policy("purchasing_goodsreceiptline"),
        add_company_policy("purchasing_purchaseorder"),
        add_company_policy("purchasing_purchaseorderline"),
        add_company_foreign_key("purchasing_goodsreceipt", "supplier_id", "purchasing_supplier"),
        add_company_foreign_key("purchasing_goodsreceipt", "warehouse_id", "inventory_warehouse"),
        add_company_foreign_key("purchasing_goodsreceipt", "voucher_id", "accounting_voucher"),
        add_company_foreign_key("purchasing_goodsreceiptline", "receipt_id", "purchasing_goodsreceipt"),
        add_company_foreign_key("purchasing_goodsreceiptline", "item_id", "inventory_item"),
        add_company_foreign_key("purchasing_goodsreceiptline", "layer_id", "inventory_stocklayer"),
        add_company_foreign_key("purchasing_purchaseorder", "supplier_id", "purchasing_supplier"),
        add_company_foreign_key("purchasing_purchaseorder", "warehouse_id", "inventory_warehouse"),
        add_company_foreign_key("purchasing_purchaseorderline", "order_id", "purchasing_purchaseorder"),
        add_company_foreign_key("purchasing_purchaseorderline", "item_id", "inventory_item"),
        add_company_foreign_key("purchasing_purchaseorderline", "uom_id", "inventory_uom"),
        add_company_foreign_key("purchasing_goodsreceipt", "purchase_order_id", "purchasing_purchaseorder"),
        add_company_foreign_key("purchasing_goodsreceiptline", "order_line_id", "purchasing_purchaseorderline"),
        run_sql_file(__file__, "booked_receipts"),
        create_audit_views(__file__, "receipt_audit_views"),
        run_sql_file(__file__, "received_orders"),
        create_audit_views(__file__, "order_audit_views"),
    ]
