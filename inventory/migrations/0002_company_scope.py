from django.db import migrations

from erp.migrating import add_company_foreign_key, add_company_policy


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]

    operations = [
        add_company_policy("inventory_uom"),
        add_company_policy("inventory_warehouse"),
        add_company_policy("inventory_item"),
        add_company_foreign_key("inventory_item", "uom_id", "inventory_uom"),
    ]
