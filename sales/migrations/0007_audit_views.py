from django.db import migrations

from erp.migrating import create_audit_views


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0006_order_series"),
        ("inventory", "0008_audit_views"),
    ]

    operations = [
        create_audit_views(__file__, "0007_audit_views"),
    ]
