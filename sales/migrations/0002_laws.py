"""What the database enforces and Django cannot declare: companies kept apart, laws between tables, views of violations."""

from django.db import migrations

from erp.migrating import add_company_foreign_key, add_company_policy, create_audit_views, run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0001_tables"),
        ("inventory", "0002_laws"),
    ]
    replaces = [("sales", "0007_audit_views")]

    operations = [
        add_company_policy("sales_customer"),
        add_company_policy("sales_salesman"),
        add_company_policy("sales_salesorder"),
        add_company_policy("sales_salesorderline"),
        add_company_foreign_key("sales_salesorder", "customer_id", "sales_customer"),
        add_company_foreign_key("sales_salesorder", "salesman_id", "sales_salesman"),
        add_company_foreign_key("sales_salesorder", "warehouse_id", "inventory_warehouse"),
        add_company_foreign_key("sales_salesorderline", "order_id", "sales_salesorder"),
        add_company_foreign_key("sales_salesorderline", "item_id", "inventory_item"),
        add_company_foreign_key("sales_salesorderline", "uom_id", "inventory_uom"),
        run_sql_file(__file__, "order_series"),
        create_audit_views(__file__, "audit_views"),
    ]
