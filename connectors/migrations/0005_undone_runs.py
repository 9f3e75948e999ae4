from django.db import migrations, models

from erp.migrating import Together, run_sql_file


class Migration(migrations.Migration):
    dependencies = [("connectors", "0004_sites")]

    operations = [
        Together(
            migrations.RemoveConstraint(model_name="importrun", name="importrun_state_known"),
            migrations.AddConstraint(
                model_name="importrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(("state__in", ["RUNNING", "PAUSED", "DONE", "FAILED", "UNDOING", "UNDONE"])),
                    name="importrun_state_known",
                ),
            ),
        ),
        run_sql_file(__file__, "0005_no_learn_sizes"),
    ]
