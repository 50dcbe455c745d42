"""The admin's forms: lists are written one entry a line."""

from typing import TYPE_CHECKING, Any

from django import forms

from analytics.models import Client, Project

if TYPE_CHECKING:  # Django's classes take a model for the type checker alone
    ProjectModelForm = forms.ModelForm[Project]
    ClientModelForm = forms.ModelForm[Client]
else:
    ProjectModelForm = ClientModelForm = forms.ModelForm


class LinesField(forms.CharField):
    """A list of texts in a text box; blank lines and repeated entries are dropped."""

    widget = forms.Textarea(attrs={"rows": 5, "cols": 60})

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, **options})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(str(entry) for entry in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = (line.strip() for line in str(value or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class ProjectForm(ProjectModelForm):
    own_domains = LinesField(
        help_text="One a line, such as shop.example.com. Visits that come from them are not counted as referred."
    )

    class Meta:
        model = Project
        fields = [
            "name",
            "id",
            "domain",
            "own_domains",
            "timezone",
            "user",
            "retention_days",
            "session_timeout_minutes",
            "duplicate_window_ms",
            "address_policy",
            "settings",
        ]


class ClientForm(ClientModelForm):
    cors = LinesField(
        label="Origins",
        help_text="One a line: https://example.com, https://example.com:8443, https://*.example.com (sub-domains "
        "only), or * for every page. Pages of these origins may send events without the secret.",
    )

    class Meta:
        model = Client
        fields = ["name", "id", "project", "type", "cors", "requests_per_minute", "questions_per_minute"]
