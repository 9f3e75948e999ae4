from django.db import migrations

from erp.migrating import create_audit_views


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0004_company_and_series"),
        ("erp", "0008_audit_views"),
    ]

    operations = [
        create_audit_views(__file__, "0005_audit_views"),
    ]
