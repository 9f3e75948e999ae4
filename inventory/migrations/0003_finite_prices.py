from decimal import Decimal

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0002_company_scope"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="item",
            name="item_mrp_not_negative",
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(("mrp__gte", 0), ("mrp__lt", Decimal("10000000000"))), name="item_mrp_in_range"
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(("sale_rate__gte", 0), ("sale_rate__lt", Decimal("10000000000"))),
                name="item_sale_rate_in_range",
            ),
        ),
    ]
