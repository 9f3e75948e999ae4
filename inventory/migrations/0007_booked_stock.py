from django.db import migrations

from erp.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0006_guarded_stock"),
        ("accounting", "0004_company_and_series"),
    ]

    operations = [
        run_sql_file(__file__, "0007_booked_stock"),
    ]
