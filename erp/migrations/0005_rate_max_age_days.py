from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("erp", "0004_invoicing_policies"),
    ]

    operations = [
        migrations.AddField(
            model_name="company",
            name="rate_max_age_days",
            field=models.SmallIntegerField(db_default=7, default=7),
        ),
        migrations.AddConstraint(
            model_name="company",
            constraint=models.CheckConstraint(
                condition=models.Q(("rate_max_age_days__gte", 0), ("rate_max_age_days__lte", 366)),
                name="company_rate_max_age_days",
            ),
        ),
    ]
