from django.db import migrations

from erp.migrating import add_company_policy


class Migration(migrations.Migration):
    dependencies = [("erp", "0004_books")]

    operations = [
        add_company_policy("erp_registration"),
        add_company_policy("erp_numberseries"),
    ]
