from django.db import migrations

from erp.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0005_guarded_orders"),
        ("erp", "0007_numbers"),
    ]

    operations = [
        run_sql_file(__file__, "0006_order_series"),
    ]
