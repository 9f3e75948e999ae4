from django.db import migrations

from erp.migrating import add_company_foreign_key, add_company_policy


class Migration(migrations.Migration):
    dependencies = [("inventory", "0004_books"), ("accounting", "0001_books")]

    operations = [
        add_company_policy("inventory_batch"),
        add_company_policy("inventory_stockbalance"),
        add_company_policy("inventory_reservation"),
        add_company_policy("inventory_stockmovement"),
        add_company_policy("inventory_stocklayer"),
        add_company_policy("inventory_layerconsumption"),
        add_company_policy("inventory_stockdocument"),
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
    ]
