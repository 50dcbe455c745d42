"""Saved sets of persons."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import analytics.models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0003_erasures"),
    ]

    operations = [
        migrations.CreateModel(
            name="Cohort",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "slug",
                    models.CharField(
                        default=analytics.models.new_id,
                        help_text="As filters name it.",
                        max_length=36,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z0-9._-]{1,36}\\Z",
                                "Use 1 to 36 letters, digits, dots, hyphens or underscores.",
                            )
                        ],
                        verbose_name="id",
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("definition", models.JSONField(blank=True, null=True)),
                (
                    "refresh_minutes",
                    models.PositiveIntegerField(
                        db_column="refreshMinutes",
                        default=0,
                        help_text="It is worked out again so often; 0: only when asked.",
                    ),
                ),
                ("size", models.BigIntegerField(editable=False, null=True)),
                ("failure", models.CharField(blank=True, default="", editable=False, max_length=500)),
                ("refreshed_at", models.DateTimeField(db_column="refreshedAt", editable=False, null=True)),
                ("due_at", models.DateTimeField(db_column="dueAt", db_index=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, db_column="createdAt")),
                ("updated_at", models.DateTimeField(auto_now=True, db_column="updatedAt")),
                (
                    "project",
                    models.ForeignKey(
                        db_column="projectId",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cohorts",
                        to="analytics.project",
                    ),
                ),
            ],
            options={
                "db_table": "analytics_cohorts",
                "ordering": ["name", "id"],
                "constraints": [models.UniqueConstraint(fields=("project", "slug"), name="one_cohort_of_an_id")],
            },
        ),
    ]
