from django.db import migrations, models

from erp.migrating import Together


class Migration(migrations.Migration):
    dependencies = [("connectors", "0001_tables")]

    operations = [
        Together(
            migrations.RemoveConstraint(model_name="importrow", name="importrow_state_known"),
            migrations.RemoveConstraint(model_name="importrow", name="importrow_done_has_target"),
            migrations.RemoveConstraint(model_name="importrun", name="importrun_kind_known"),
        ),
        Together(
            migrations.AddField("importrow", "http_status", models.SmallIntegerField(null=True)),
            migrations.AddField(
                "importrow", "target_external_id", models.CharField(blank=True, db_default="", default="", max_length=64)
            ),
        ),
        Together(
            migrations.AddConstraint(
                model_name="importrow",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        state__in=["PENDING", "SENT", "UNKNOWN", "DONE", "UNCHANGED", "SKIPPED", "FAILED", "CONFLICT"]
                    ),
                    name="importrow_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="importrow",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["DONE", "UNCHANGED"]), _negated=True),
                        ("target_id__isnull", False),
                        models.Q(("target_external_id", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="importrow_done_has_target",
                ),
            ),
            migrations.AddConstraint(
                model_name="importrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(kind__in=["UISP_MIGRATION", "UISP_FORWARDING"]), name="importrun_kind_known"
                ),
            ),
        ),
    ]
