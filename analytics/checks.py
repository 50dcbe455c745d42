"""System checks: settings that are allowed one by one and dangerous for who is asking."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning

LONG_CACHE_SECONDS = 300


def trusted_proxies_are_not_everyone(**options: Any) -> list[CheckMessage]:
    """W001: a network of every address lets each sender choose the address that is stored for it."""
    if not any(network.prefixlen == 0 for network in settings.EVENTLENS.trusted_proxies):
        return []
    return [
        Warning(
            "EVENTLENS_TRUSTED_PROXIES trusts every address, so any sender can pretend to be any visitor.",
            hint="List only the networks of your own proxies, such as 10.0.0.0/8.",
            id="analytics.W001",
        )
    ]


def disabling_a_client_takes_effect_soon(**options: Any) -> list[CheckMessage]:
    """W002: a disabled client or a rotated secret is obeyed only when the cached answer has expired."""
    seconds = settings.EVENTLENS.client_cache_seconds
    if seconds <= LONG_CACHE_SECONDS:
        return []
    return [
        Warning(
            f"EVENTLENS_CLIENT_CACHE_SECONDS is {seconds}: a disabled client keeps working for that long.",
            hint=f"Set it to {LONG_CACHE_SECONDS} or less; 5 is the default.",
            id="analytics.W002",
        )
    ]
