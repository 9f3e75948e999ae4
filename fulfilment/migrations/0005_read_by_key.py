from django.db import migrations

from erp.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0004_by_end"),
    ]

    operations = [
        run_sql_file(__file__, "0005_read_by_key"),
    ]
