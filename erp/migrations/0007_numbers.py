from django.db import migrations

from erp.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("erp", "0006_guarded_companies"),
    ]

    operations = [
        run_sql_file(__file__, "0007_numbers"),
    ]
