"""What a request's headers tell of a program that poses as a person; the worker decides what it means."""

from collections.abc import Mapping
from typing import Any

AHEAD = "ahead"  # a page is fetched or pictured for later; browsers run no script on such an occasion
HEADLESS = "headless"  # a browser without a window says so in its brands, also under a borrowed user agent
ROBOT = "robot"  # it names whom to write to about it, which only robots do
NO_LANGUAGE = "no-language"  # every browser says which languages its user reads; other programs need not

PURPOSES = ("prefetch", "preview")


def signals_of(meta: Mapping[str, Any]) -> str:
    """The signal in the headers, by their WSGI names, of a request that came without a secret; '' for none."""
    purpose = (
        meta.get("HTTP_SEC_PURPOSE")
        or meta.get("HTTP_PURPOSE")
        or meta.get("HTTP_X_PURPOSE")
        or meta.get("HTTP_X_MOZ")
    )
    if purpose and is_ahead(purpose.lower()):
        return AHEAD
    if "headless" in meta.get("HTTP_SEC_CH_UA", "").lower():
        return HEADLESS
    if meta.get("HTTP_FROM"):
        return ROBOT
    return "" if meta.get("HTTP_ACCEPT_LANGUAGE") or is_passed_on(meta) else NO_LANGUAGE


def is_ahead(purpose: str) -> bool:
    """A page that Chrome prerenders does run its scripts, in a person's browser, and mostly is opened: it counts."""
    return any(word in purpose for word in PURPOSES) and "prerender" not in purpose


def is_passed_on(meta: Mapping[str, Any]) -> bool:
    """A site's own server that passes its visitors' events on makes new requests, often without their language."""
    return (
        "HTTP_VIA" in meta
        or "HTTP_CF_WORKER" in meta
        or "HTTP_X_CLIENT_IP" in meta
        or "HTTP_OPENPANEL_CLIENT_IP" in meta
    )
