from django.db import migrations

from erp.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0003_guarded_books"),
        ("erp", "0007_numbers"),
    ]

    operations = [
        run_sql_file(__file__, "0004_company_and_series"),
    ]
