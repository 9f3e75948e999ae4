from django.db import migrations, models

from erp.migrating import Together


class Migration(migrations.Migration):
    dependencies = [
        ("erp", "0019_learn_sizes"),
    ]

    operations = [
        Together(
            migrations.AddField(
                model_name="company",
                name="address",
                field=models.CharField(blank=True, db_default="", default="", max_length=500),
            ),
            migrations.AddField(
                model_name="company",
                name="email",
                field=models.CharField(blank=True, db_default="", default="", max_length=254),
            ),
            migrations.AddField(
                model_name="company",
                name="legal_name",
                field=models.CharField(blank=True, db_default="", default="", max_length=255),
            ),
            migrations.AddField(
                model_name="company",
                name="phone",
                field=models.CharField(blank=True, db_default="", default="", max_length=30),
            ),
        ),
    ]
