from django.db import migrations

from erp.migrating import create_audit_views


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0007_booked_stock"),
        ("accounting", "0005_audit_views"),
    ]

    operations = [
        create_audit_views(__file__, "0008_audit_views"),
    ]
