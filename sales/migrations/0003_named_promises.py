from django.db import migrations

_NAME = """
UPDATE inventory_reservation r SET source_number = o.order_number
FROM sales_salesorderline l
JOIN sales_salesorder o ON o.company_id = l.company_id AND o.id = l.order_id
WHERE r.company_id = l.company_id AND r.source_id = l.id AND r.source_kind = 'sales_order_line' AND r.source_number = ''
"""


class Migration(migrations.Migration):
    """What was promised before reservations said so is called by its order's number."""

    dependencies = [
        ("sales", "0002_laws"),
        ("inventory", "0003_moving_stock"),
    ]

    operations = [
        migrations.RunSQL(_NAME, migrations.RunSQL.noop),
    ]
