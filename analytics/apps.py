"""The app's registration: its checks, and what follows on a request's end and on a project's deletion."""

from django.apps import AppConfig
from django.core.checks import register
from django.core.signals import request_finished
from django.db.models.signals import post_delete


class AnalyticsConfig(AppConfig):
    name = "analytics"
    verbose_name = "Projects and clients"

    def ready(self) -> None:
        from analytics import checks, erasures, last_used
        from analytics.models import Project

        register(checks.trusted_proxies_are_not_everyone)
        register(checks.disabling_a_client_takes_effect_soon)
        request_finished.connect(last_used.on_request_finished, dispatch_uid="analytics.last_used")
        post_delete.connect(erasures.on_project_deleted, Project, dispatch_uid="analytics.erasures")
