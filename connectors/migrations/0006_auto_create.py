from django.db import migrations, models

from erp.migrating import Together


class Migration(migrations.Migration):
    dependencies = [("connectors", "0005_undone_runs")]

    operations = [
        Together(
            migrations.RemoveConstraint(model_name="importrun", name="importrun_kind_known"),
            migrations.AddConstraint(
                model_name="importrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(("kind__in", ["UISP_MIGRATION", "UISP_FORWARDING", "NINJA_IMPORT", "NINJA_CREATE"])),
                    name="importrun_kind_known",
                ),
            ),
        ),
    ]
