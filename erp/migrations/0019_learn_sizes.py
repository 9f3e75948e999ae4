from django.db import migrations

from erp.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("erp", "0018_rotated_logins"),
    ]

    operations = [
        run_sql_file(__file__, "0019_learn_sizes"),
    ]
