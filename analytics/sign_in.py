"""The admin's log-in, which nobody may try without end: limits per address and per user name."""

import ipaddress
import unicodedata

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from analytics.addresses import visitor_address
from analytics.throttles import seconds_to_wait

PER_ADDRESS = "20/m"
PER_NAME = "10/m"
TEXT = "Too many attempts to log in. Try again in {wait} seconds."
IPV6_SITE = 64  # whoever has one IPv6 address has all of its network


def log_in(request: HttpRequest) -> HttpResponseBase:
    """The admin's own page, unless there were too many attempts."""
    if request.method == "POST" and (wait := attempts_wait(request)):
        text = TEXT.format(wait=wait)
        return HttpResponse(text, status=429, content_type="text/plain", headers={"Retry-After": str(wait)})
    return admin.site.login(request)


def attempts_wait(request: HttpRequest) -> int:
    """Both are counted, so that neither many names from one address nor one name from many addresses get far."""
    name = spelled_once(request.POST.get("username", ""))
    return max(
        seconds_to_wait(request, "log-in by address", site_of(visitor_address(request)), PER_ADDRESS),
        seconds_to_wait(request, "log-in by name", name, PER_NAME),
    )


def spelled_once(name: str) -> str:
    """The same for all spellings that Django or a database may take for one name: case, width, accents."""
    letters = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def site_of(address: str) -> str:
    """The address, of IPv6 its network; of a socket without addresses its one name."""
    if ":" not in address:
        return address or "local"
    return str(ipaddress.ip_network(f"{address}/{IPV6_SITE}", strict=False))
