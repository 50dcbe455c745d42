"""The app's registration: its checks, and the moment at which "last used" is written."""

from django.apps import AppConfig
from django.core.checks import register
from django.core.signals import request_finished


class AnalyticsConfig(AppConfig):
    name = "analytics"
    verbose_name = "Projects and clients"

    def ready(self) -> None:
        from analytics import checks, last_used

        register(checks.trusted_proxies_are_not_everyone)
        register(checks.disabling_a_client_takes_effect_soon)
        request_finished.connect(last_used.on_request_finished, dispatch_uid="analytics.last_used")
