"""The settings for where they are asked for with every event; Django's own lookup takes longer than a check."""

from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

from eventlens.config import Config


@cache
def limits() -> Config:
    """settings.EVENTLENS."""
    config: Config = settings.EVENTLENS
    return config


def forget(setting: str, **details: Any) -> None:
    """Tests change settings."""
    if setting == "EVENTLENS":
        limits.cache_clear()


setting_changed.connect(forget, dispatch_uid="eventlens.limits")
