"""Limits of a client's own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0001_projects_and_clients"),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="questions_per_minute",
            field=models.PositiveIntegerField(
                blank=True,
                db_column="questionsPerMinute",
                help_text="Questions that it may ask in a minute; empty: as the settings say; 0: any number.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="client",
            name="requests_per_minute",
            field=models.PositiveIntegerField(
                blank=True,
                db_column="requestsPerMinute",
                help_text="Requests that it may send in a minute; empty: as the settings say; 0: any number.",
                null=True,
            ),
        ),
    ]
