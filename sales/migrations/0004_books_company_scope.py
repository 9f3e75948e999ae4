from django.db import migrations

from erp.migrating import add_company_foreign_key, add_company_policy


class Migration(migrations.Migration):
    dependencies = [("sales", "0003_books"), ("inventory", "0004_books")]

    operations = [
        add_company_policy("sales_salesorder"),
        add_company_policy("sales_salesorderline"),
        add_company_foreign_key("sales_salesorder", "customer_id", "sales_customer"),
        add_company_foreign_key("sales_salesorder", "salesman_id", "sales_salesman"),
        add_company_foreign_key("sales_salesorder", "warehouse_id", "inventory_warehouse"),
        add_company_foreign_key("sales_salesorderline", "order_id", "sales_salesorder"),
        add_company_foreign_key("sales_salesorderline", "item_id", "inventory_item"),
        add_company_foreign_key("sales_salesorderline", "uom_id", "inventory_uom"),
    ]
