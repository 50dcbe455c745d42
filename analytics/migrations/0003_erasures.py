"""Wishes to forget a person or a project."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0002_client_limits"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("profile", "A person"), ("project", "All of a deleted project")], max_length=8
                    ),
                ),
                (
                    "project_id",
                    models.CharField(db_column="projectId", db_index=True, max_length=36, verbose_name="project"),
                ),
                (
                    "subject",
                    models.TextField(
                        blank=True, default="", help_text="Empty once it is erased.", verbose_name="profile"
                    ),
                ),
                ("subject_hash", models.CharField(db_column="subjectHash", max_length=64)),
                ("open_key", models.CharField(db_column="openKey", editable=False, max_length=64, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting to begin"),
                            ("draining", "Waiting for what was sent before it to be stored"),
                            ("erasing", "Erasing"),
                            ("removing", "Erased; being removed from the disk"),
                            ("finished", "Finished"),
                        ],
                        db_index=True,
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("batch", models.BigIntegerField(db_index=True, editable=False, null=True)),
                ("log_ends", models.JSONField(db_column="logEnds", default=dict, editable=False)),
                ("counts", models.JSONField(default=dict, verbose_name="erased rows")),
                ("requested_at", models.DateTimeField(db_column="requestedAt")),
                (
                    "erased_at",
                    models.DateTimeField(db_column="erasedAt", help_text="No question finds it any more.", null=True),
                ),
                (
                    "finished_at",
                    models.DateTimeField(db_column="finishedAt", help_text="It is off the disk.", null=True),
                ),
            ],
            options={
                "db_table": "analytics_erasures",
                "ordering": ["-id"],
            },
        ),
    ]
