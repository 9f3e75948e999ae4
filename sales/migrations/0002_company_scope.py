from django.db import migrations

from erp.migrating import add_company_policy


class Migration(migrations.Migration):
    dependencies = [("sales", "0001_initial")]

    operations = [
        add_company_policy("sales_customer"),
        add_company_policy("sales_salesman"),
    ]
