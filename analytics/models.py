"""Projects, their clients and what is to be erased, on the tables and columns that hand-written SQL may use.

Every column of the first two has its default in the database too, because rows are also inserted by hand. Both
kinds of default are needed: without the one in Python an instance has no value until it is read back, which MySQL
cannot do.
"""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now

from analytics import origins, timezones

ID = RegexValidator(r"\A[A-Za-z0-9._-]{1,36}\Z", "Use 1 to 36 letters, digits, dots, hyphens or underscores.")
MINUTES_OF_A_DAY = 24 * 60
MILLISECONDS_OF_A_DAY = MINUTES_OF_A_DAY * 60_000


def new_id() -> str:
    return str(uuid.uuid4())


def validate_timezone(name: str) -> None:
    if not timezones.is_known(name):
        raise ValidationError(f"“{name}” is not an IANA time zone; write one such as UTC or Asia/Seoul.")


def validate_texts(listed: list[str]) -> None:
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
        raise ValidationError('Write a JSON list of texts, such as ["https://example.com"].')


def validate_origins(listed: list[str]) -> None:
    validate_texts(listed)
    if problems := [problem for entry in listed if (problem := origins.problem_with(entry))]:
        raise ValidationError(problems)


class AddressPolicy(models.TextChoices):
    GEO = "geo", "Used for the country and city, never stored"
    KEEP = "keep", "Stored"
    TRUNCATE = "truncate", "Stored without its last part"
    DROP = "drop", "Neither used nor stored"


class ClientType(models.TextChoices):
    WRITE = "write", "write: may send events"
    READ = "read", "read: may ask questions"
    ROOT = "root", "root: may send, ask and manage"


class Project(models.Model):
    """What is measured: a site, an app, a game."""

    id = models.CharField(max_length=36, primary_key=True, default=new_id, validators=[ID])
    name = models.CharField(max_length=255)
    domain = models.CharField(max_length=255, blank=True, default="", db_default="")
    # No constraint: a row written by hand may name user 1 before the first superuser exists.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        db_column="userId",
        db_constraint=False,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="owner",
    )
    settings = models.JSONField(blank=True, default=dict, db_default={})
    timezone = models.CharField(
        max_length=64, default="UTC", db_default="UTC", validators=[validate_timezone], help_text="IANA name."
    )
    retention_days = models.PositiveIntegerField(
        db_column="retentionDays",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Events are kept for this many days; empty: for ever.",
    )
    session_timeout_minutes = models.PositiveIntegerField(
        db_column="sessionTimeoutMinutes",
        default=30,
        db_default=30,
        validators=[MinValueValidator(1), MaxValueValidator(MINUTES_OF_A_DAY)],
        help_text="A visitor's session ends after so many minutes without an event.",
    )
    own_domains = models.JSONField(
        db_column="ownDomains",
        blank=True,
        default=list,
        db_default=[],
        validators=[validate_texts],
        help_text="Further domains of this project: visits that come from them are not referred.",
    )
    address_policy = models.CharField(
        db_column="addressPolicy",
        max_length=16,
        choices=AddressPolicy,
        default=AddressPolicy.GEO,
        db_default=AddressPolicy.GEO.value,
        help_text="What happens to the network addresses of visitors.",
    )
    duplicate_window_ms = models.PositiveIntegerField(
        db_column="duplicateWindowMs",
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MILLISECONDS_OF_A_DAY)],
        help_text="Identical events of a device within so many milliseconds are one event; 0: never.",
    )
    created_at = models.DateTimeField(db_column="createdAt", auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(db_column="updatedAt", auto_now=True, db_default=Now())

    class Meta:
        db_table = "analytics_projects"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"

    def clean(self) -> None:
        """New rows under the id of a project that was deleted would be erased with the old ones."""
        gone = Erasure.objects.filter(kind=ErasureKind.PROJECT, project_id=self.id, erased_at=None)
        if self._state.adding and gone.exists():
            message = "A deleted project of this id is still being erased. Choose another id, or try again later."
            raise ValidationError({"id": message})


class Client(models.Model):
    """A key to one project. `secret` is a hash (analytics.keys), or what somebody wrote by hand until first use."""

    id = models.CharField(max_length=36, primary_key=True, default=new_id, validators=[ID])
    name = models.CharField(max_length=255)
    type = models.CharField(max_length=16, choices=ClientType, default=ClientType.WRITE, db_default="write")
    # Protected: a project's keys are removed on purpose and one by one, never along with something else.
    project = models.ForeignKey(Project, models.PROTECT, db_column="projectId", related_name="clients")
    secret = models.CharField(max_length=255, blank=True, default="", db_default="")
    cors = models.JSONField(
        blank=True,
        default=list,
        db_default=[],
        validators=[validate_origins],
        help_text="Pages of these origins may send events without the secret.",
    )
    requests_per_minute = models.PositiveIntegerField(
        db_column="requestsPerMinute",
        null=True,
        blank=True,
        help_text="Requests that it may send in a minute; empty: as the settings say; 0: any number.",
    )
    questions_per_minute = models.PositiveIntegerField(
        db_column="questionsPerMinute",
        null=True,
        blank=True,
        help_text="Questions that it may ask in a minute; empty: as the settings say; 0: any number.",
    )
    disabled_at = models.DateTimeField(db_column="disabledAt", null=True, blank=True)
    last_used_at = models.DateTimeField(db_column="lastUsedAt", null=True, blank=True)
    created_at = models.DateTimeField(db_column="createdAt", auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(db_column="updatedAt", auto_now=True, db_default=Now())

    class Meta:
        db_table = "analytics_clients"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"


class ErasureKind(models.TextChoices):
    PROFILE = "profile", "A person"
    PROJECT = "project", "All of a deleted project"


class ErasureState(models.TextChoices):
    """In the order in which they follow each other; ingestion.forgetting.erasure works them off."""

    WAITING = "waiting", "Waiting to begin"
    DRAINING = "draining", "Waiting for what was sent before it to be stored"
    ERASING = "erasing", "Erasing"
    REMOVING = "removing", "Erased; being removed from the disk"
    FINISHED = "finished", "Finished"


class Erasure(models.Model):
    """A wish to forget a person or a project. Fulfilled, only numbers and a keyed hash of the id are left."""

    kind = models.CharField(max_length=8, choices=ErasureKind)
    # No foreign key: the project may be what is gone.
    project_id = models.CharField("project", max_length=36, db_column="projectId", db_index=True)
    subject = models.TextField("profile", blank=True, default="", help_text="Empty once it is erased.")
    subject_hash = models.CharField(max_length=64, db_column="subjectHash")
    # The hash again until it is erased, so that asking twice makes one; afterwards its own number.
    open_key = models.CharField(max_length=64, db_column="openKey", unique=True, editable=False)
    state = models.CharField(max_length=8, choices=ErasureState, default=ErasureState.WAITING, db_index=True)
    # Erasures of one project are worked off together; the number is that of the first.
    batch = models.BigIntegerField(null=True, db_index=True, editable=False)
    log_ends = models.JSONField(db_column="logEnds", default=dict, editable=False)
    counts = models.JSONField("erased rows", default=dict)
    requested_at = models.DateTimeField(db_column="requestedAt")
    erased_at = models.DateTimeField(db_column="erasedAt", null=True, help_text="No question finds it any more.")
    finished_at = models.DateTimeField(db_column="finishedAt", null=True, help_text="It is off the disk.")

    class Meta:
        db_table = "analytics_erasures"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Erasure {self.pk} ({self.project_id})"


class Cohort(models.Model):
    """A saved set of persons: what it was asked for as. Its members are in ClickHouse, under the slug."""

    project = models.ForeignKey(Project, models.CASCADE, db_column="projectId", related_name="cohorts")
    slug = models.CharField("id", max_length=36, default=new_id, validators=[ID], help_text="As filters name it.")
    name = models.CharField(max_length=255)
    # Null where the members were given as a list, which is not kept: it would outlive persons who are forgotten.
    definition = models.JSONField(null=True, blank=True)
    refresh_minutes = models.PositiveIntegerField(
        db_column="refreshMinutes", default=0, help_text="It is worked out again so often; 0: only when asked."
    )
    size = models.BigIntegerField(null=True, editable=False)
    failure = models.CharField(max_length=500, blank=True, default="", editable=False)
    refreshed_at = models.DateTimeField(db_column="refreshedAt", null=True, editable=False)
    # When it is worked out next, or tried again; null: never.
    due_at = models.DateTimeField(db_column="dueAt", null=True, editable=False, db_index=True)
    created_at = models.DateTimeField(db_column="createdAt", auto_now_add=True)
    updated_at = models.DateTimeField(db_column="updatedAt", auto_now=True)

    class Meta:
        db_table = "analytics_cohorts"
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "slug"], name="one_cohort_of_an_id")]

    def __str__(self) -> str:
        return f"{self.name} ({self.slug})"
