from django.db import migrations

from erp.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0005_read_by_key"),
    ]

    operations = [
        run_sql_file(__file__, "0006_trays_by_key"),
    ]
