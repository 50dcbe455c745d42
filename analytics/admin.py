"""Projects and clients in Django's admin; a secret is shown once, when it is made."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from analytics import keys
from analytics.forms import ClientForm, ProjectForm
from analytics.models import Client, Cohort, Erasure, Project

if TYPE_CHECKING:  # Django's classes take a model for the type checker alone
    ProjectModelAdmin = admin.ModelAdmin[Project]
    ClientModelAdmin = admin.ModelAdmin[Client]
    ErasureModelAdmin = admin.ModelAdmin[Erasure]
    CohortModelAdmin = admin.ModelAdmin[Cohort]
else:
    ProjectModelAdmin = ClientModelAdmin = ErasureModelAdmin = CohortModelAdmin = admin.ModelAdmin


admin.site.site_header = admin.site.site_title = "Event Lens"
admin.site.index_title = "Projects, clients and administrators"


@admin.register(Project)
class ProjectAdmin(ProjectModelAdmin):
    """A project with clients cannot be deleted: Client.project is protected, and the admin says by what.

    One without is deleted with all that is stored of it: analytics.erasures hears of it.
    """

    form = ProjectForm
    list_display = ["name", "id", "domain", "timezone", "address_policy", "client_count", "created_at"]
    list_filter = ["address_policy"]
    search_fields = ["id", "name", "domain"]
    fieldsets = [
        (None, {"fields": ["name", "id", "domain", "own_domains", "timezone", "user"]}),
        ("Events", {"fields": ["retention_days", "session_timeout_minutes", "duplicate_window_ms"]}),
        ("Privacy", {"fields": ["address_policy"]}),
        ("Further", {"classes": ["collapse"], "fields": ["settings", "created_at", "updated_at"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> list[str]:
        """Events are stored under the id: another id would be another project."""
        return ["created_at", "updated_at", *(["id"] if obj else [])]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        projects: QuerySet[Project] = super().get_queryset(request)
        return projects.annotate(clients_number=Count("clients"))

    @admin.display(description="clients", ordering="clients_number")
    def client_count(self, project: Project) -> int:
        return int(getattr(project, "clients_number", 0))

    def save_model(self, request: HttpRequest, obj: Project, form: "ModelForm[Project]", change: bool) -> None:
        if not change and obj.user_id is None:
            obj.user_id = request.user.pk
        super().save_model(request, obj, form, change)


@admin.register(Client)
class ClientAdmin(ClientModelAdmin):
    """A client can be deleted only after it was disabled: nobody deletes what is in use by mistake."""

    form = ClientForm
    list_display = ["name", "id", "type", "project", "is_enabled", "last_used_at", "created_at"]
    list_filter = ["type", ("disabled_at", admin.EmptyFieldListFilter), "project"]
    list_select_related = ["project"]
    search_fields = ["id", "name", "project__id", "project__name"]
    autocomplete_fields = ["project"]
    actions = ["rotate", "disable", "enable"]
    fieldsets = [
        (None, {"fields": ["name", "id", "project", "type", "cors"]}),
        ("Limits", {"fields": ["requests_per_minute", "questions_per_minute"]}),
        ("Times", {"fields": ["disabled_at", "last_used_at", "created_at", "updated_at"]}),
    ]
    change_form_template = "admin/analytics/client/change_form.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Client | None = None) -> list[str]:
        shown = ["disabled_at", "last_used_at", "created_at", "updated_at"]
        return [*shown, *(["id", "project"] if obj else [])]

    @admin.display(description="enabled", boolean=True, ordering="disabled_at")
    def is_enabled(self, client: Client) -> bool:
        return client.disabled_at is None

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        client = self.get_object(request, object_id)
        if client and client.disabled_at is None:
            self.message_user(request, "Disable this client before you delete it: it may be in use.", messages.ERROR)
            return HttpResponseRedirect(reverse("admin:analytics_client_change", args=[object_id]))
        return super().delete_view(request, object_id, extra_context)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without the bulk deletion, which would not ask whether each client is disabled."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def save_model(self, request: HttpRequest, obj: Client, form: "ModelForm[Client]", change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            self.give_secret(request, obj)

    def response_change(self, request: HttpRequest, obj: Client) -> HttpResponse:
        """The button "Rotate the secret" saves the form as well, like its neighbours."""
        if "_rotate" in request.POST:
            self.rotate_one(request, obj)
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    @admin.action(description="Rotate the secret (the old one stops working)", permissions=["change"])
    def rotate(self, request: HttpRequest, clients: QuerySet[Client]) -> None:
        for client in clients:
            self.rotate_one(request, client)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, clients: QuerySet[Client]) -> None:
        self.switch(request, clients.filter(disabled_at=None), "disabled", disabled=True)

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, clients: QuerySet[Client]) -> None:
        self.switch(request, clients.exclude(disabled_at=None), "enabled", disabled=False)

    def rotate_one(self, request: HttpRequest, client: Client) -> None:
        self.give_secret(request, client)
        self.log_change(request, client, "Rotated the secret.")

    def give_secret(self, request: HttpRequest, client: Client) -> None:
        """The only moment at which the secret exists in readable form; the next page shows it and forgets it."""
        secret = keys.generate()
        client.secret = keys.hashed(secret)
        # What somebody else changes meanwhile, such as disabling it, has to stay.
        client.save(update_fields=None if client._state.adding else ["secret", "updated_at"])
        text = "The secret of {} is <code>{}</code>: copy it now, it is not shown again. {}"
        messages.warning(request, format_html(text, client, secret, soon()))

    def switch(self, request: HttpRequest, clients: QuerySet[Client], word: str, *, disabled: bool) -> None:
        changed = list(clients)
        for client in changed:
            client.disabled_at = timezone.now() if disabled else None
            client.save(update_fields=["disabled_at", "updated_at"])
            self.log_change(request, client, f"{word.capitalize()}.")
        self.message_user(request, f"{len(changed)} {word}. {soon()}", messages.SUCCESS)


@admin.register(Erasure)
class ErasureAdmin(ErasureModelAdmin):
    """Proof of what was forgotten; only looked at."""

    list_display = ["id", "kind", "project_id", "state", "requested_at", "finished_at"]
    list_filter = ["state", "kind"]
    search_fields = ["project_id", "subject_hash"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Erasure | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Erasure | None = None) -> bool:
        return False


@admin.register(Cohort)
class CohortAdmin(CohortModelAdmin):
    """Looked at: a cohort is made and changed over HTTP, where its definition is checked."""

    list_display = ["name", "slug", "project", "size", "refresh_minutes", "refreshed_at", "failure"]
    list_filter = ["project"]
    list_select_related = ["project"]
    search_fields = ["slug", "name", "project__id"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Cohort | None = None) -> bool:
        return False


def soon() -> str:
    return f"Running servers follow within {settings.EVENTLENS.client_cache_seconds} seconds."
