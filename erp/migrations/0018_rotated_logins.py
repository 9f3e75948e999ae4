from django.db import migrations, models

from erp.migrating import Together


class Migration(migrations.Migration):
    dependencies = [
        ("erp", "0017_versions"),
    ]

    operations = [
        Together(
            migrations.AddField(
                model_name="login",
                name="generation",
                field=models.IntegerField(db_default=0, default=0),
            ),
            migrations.AddField(
                model_name="login",
                name="rotated_at",
                field=models.DateTimeField(null=True),
            ),
        ),
        migrations.AddConstraint(
            model_name="login",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("generation", 0), ("rotated_at__isnull", True)),
                    models.Q(("generation__gt", 0), ("rotated_at__isnull", False)),
                    _connector="OR",
                ),
                name="login_rotated_at_a_time",
            ),
        ),
    ]
