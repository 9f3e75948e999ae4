from django.db import migrations

from erp.migrating import create_audit_views


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0007_judged_documents"),
        ("sales", "0007_audit_views"),
    ]

    operations = [
        create_audit_views(__file__, "0008_audit_views"),
    ]
