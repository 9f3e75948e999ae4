"""What the database enforces and Django cannot declare: companies kept apart, laws between tables, views of violations."""

from django.db import migrations

from erp.migrating import add_company_foreign_key, add_company_policy, create_audit_views, run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0001_tables"),
        ("accounting", "0002_laws"),
        ("erp", "0002_laws"),
    ]
    replaces = [("inventory", "0008_audit_views")]

    operations = [
        add_company_policy("inventory_uom"),
        add_company_policy("inventory_warehouse"),
        add_company_policy("inventory_item"),
        add_company_policy("inventory_batch"),
        add_company_policy("inventory_stockbalance"),
        add_company_policy("inventory_reservation"),
        add_company_policy("inventory_stockmovement"),
        add_company_policy("inventory_stocklayer"),
        add_company_policy("inventory_layerconsumption"),
        add_company_policy("inventory_stockdocument"),
        add_company_foreign_key("inventory_item", "uom_id", "inventory_uom"),
        add_company_foreign_key("inventory_batch", "item_id", "inventory_item"),
        add_company_foreign_key("inventory_stockbalance", "item_id", "inventory_item"),
        add_company_foreign_key("inventory_stockbalance", "warehouse_id", "inventory_warehouse"),
        add_company_foreign_key("inventory_reservation", "item_id", "inventory_item"),
        add_company_foreign_key("inventory_reservation", "warehouse_id", "inventory_warehouse"),
        add_company_foreign_key("inventory_stockmovement", "item_id", "inventory_item"),
        add_company_foreign_key("inventory_stockmovement", "warehouse_id", "inventory_warehouse"),
        add_company_foreign_key("inventory_stockmovement", "voucher_id", "accounting_voucher"),
        add_company_foreign_key("inventory_stocklayer", "item_id", "inventory_item"),
        add_company_foreign_key("inventory_stocklayer", "warehouse_id", "inventory_warehouse"),
        add_company_foreign_key("inventory_stocklayer", "batch_id", "inventory_batch"),
        add_company_foreign_key("inventory_stocklayer", "movement_id", "inventory_stockmovement"),
        add_company_foreign_key("inventory_stocklayer", "successor_of_id", "inventory_stocklayer"),
        add_company_foreign_key("inventory_layerconsumption", "movement_id", "inventory_stockmovement"),
        add_company_foreign_key("inventory_layerconsumption", "layer_id", "inventory_stocklayer"),
        add_company_foreign_key("inventory_layerconsumption", "restores_id", "inventory_layerconsumption"),
        add_company_foreign_key("inventory_stockdocument", "warehouse_id", "inventory_warehouse"),
        add_company_foreign_key("inventory_stockdocument", "voucher_id", "accounting_voucher"),
        run_sql_file(__file__, "booked_stock"),
        create_audit_views(__file__, "audit_views"),
    ]
