"""The table of the quarantine."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="QuarantinedEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry_id", models.CharField(db_column="entryId", max_length=40, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("event", "One event"), ("entry", "A request of the log that cannot be read")],
                        max_length=8,
                    ),
                ),
                (
                    "project_id",
                    models.CharField(
                        blank=True, db_column="projectId", default="", max_length=36, verbose_name="project"
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("event_id", models.CharField(blank=True, db_column="eventId", default="", max_length=200)),
                ("device_id", models.CharField(blank=True, db_column="deviceId", default="", max_length=200)),
                ("profile_id", models.CharField(blank=True, db_column="profileId", default="", max_length=200)),
                ("reason", models.TextField()),
                ("payload", models.BinaryField()),
                ("received_at", models.DateTimeField(blank=True, db_column="receivedAt", null=True)),
                ("quarantined_at", models.DateTimeField(db_column="quarantinedAt")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for a decision"),
                            ("replaying", "To be replayed"),
                            ("replayed", "Replayed"),
                        ],
                        db_index=True,
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("replayed_at", models.DateTimeField(blank=True, db_column="replayedAt", null=True)),
            ],
            options={
                "verbose_name": "event in quarantine",
                "verbose_name_plural": "events in quarantine",
                "db_table": "ingestion_quarantine",
                "ordering": ["-id"],
            },
        ),
    ]
