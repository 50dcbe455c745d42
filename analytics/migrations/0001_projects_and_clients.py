"""The tables of projects and clients."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import analytics.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Project",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=analytics.models.new_id,
                        max_length=36,
                        primary_key=True,
                        serialize=False,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z0-9._-]{1,36}\\Z",
                                "Use 1 to 36 letters, digits, dots, hyphens or underscores.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("domain", models.CharField(blank=True, db_default="", default="", max_length=255)),
                ("settings", models.JSONField(blank=True, db_default={}, default=dict)),
                (
                    "timezone",
                    models.CharField(
                        db_default="UTC",
                        default="UTC",
                        help_text="IANA name.",
                        max_length=64,
                        validators=[analytics.models.validate_timezone],
                    ),
                ),
                (
                    "retention_days",
                    models.PositiveIntegerField(
                        blank=True,
                        db_column="retentionDays",
                        help_text="Events are kept for this many days; empty: for ever.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                    ),
                ),
                (
                    "session_timeout_minutes",
                    models.PositiveIntegerField(
                        db_column="sessionTimeoutMinutes",
                        db_default=30,
                        default=30,
                        help_text="A visitor's session ends after so many minutes without an event.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                    ),
                ),
                (
                    "own_domains",
                    models.JSONField(
                        blank=True,
                        db_column="ownDomains",
                        db_default=[],
                        default=list,
                        help_text="Further domains of this project: visits that come from them are not referred.",
                        validators=[analytics.models.validate_texts],
                    ),
                ),
                (
                    "address_policy",
                    models.CharField(
                        choices=[
                            ("geo", "Used for the country and city, never stored"),
                            ("keep", "Stored"),
                            ("truncate", "Stored without its last part"),
                            ("drop", "Neither used nor stored"),
                        ],
                        db_column="addressPolicy",
                        db_default="geo",
                        default="geo",
                        help_text="What happens to the network addresses of visitors.",
                        max_length=16,
                    ),
                ),
                (
                    "duplicate_window_ms",
                    models.PositiveIntegerField(
                        db_column="duplicateWindowMs",
                        db_default=0,
                        default=0,
                        help_text="Identical events of a device within so many milliseconds are one event; 0: never.",
                        validators=[django.core.validators.MaxValueValidator(86400000)],
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        auto_now_add=True, db_column="createdAt", db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        auto_now=True, db_column="updatedAt", db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_column="userId",
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "db_table": "analytics_projects",
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="Client",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=analytics.models.new_id,
                        max_length=36,
                        primary_key=True,
                        serialize=False,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z0-9._-]{1,36}\\Z",
                                "Use 1 to 36 letters, digits, dots, hyphens or underscores.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("write", "write: may send events"),
                            ("read", "read: may ask questions"),
                            ("root", "root: may send, ask and manage"),
                        ],
                        db_default="write",
                        default="write",
                        max_length=16,
                    ),
                ),
                ("secret", models.CharField(blank=True, db_default="", default="", max_length=255)),
                (
                    "cors",
                    models.JSONField(
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="Pages of these origins may send events without the secret.",
                        validators=[analytics.models.validate_origins],
                    ),
                ),
                ("disabled_at", models.DateTimeField(blank=True, db_column="disabledAt", null=True)),
                ("last_used_at", models.DateTimeField(blank=True, db_column="lastUsedAt", null=True)),
                (
                    "created_at",
                    models.DateTimeField(
                        auto_now_add=True, db_column="createdAt", db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        auto_now=True, db_column="updatedAt", db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_column="projectId",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clients",
                        to="analytics.project",
                    ),
                ),
            ],
            options={
                "db_table": "analytics_clients",
                "ordering": ["name", "id"],
            },
        ),
    ]
