from django.db import migrations

from erp.migrating import create_audit_views


class Migration(migrations.Migration):
    dependencies = [
        ("erp", "0007_numbers"),
    ]

    operations = [
        create_audit_views(__file__, "0008_audit_views"),
    ]
