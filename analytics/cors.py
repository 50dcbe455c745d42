"""What browsers ask before and after a page of another origin talks to us.

The answers never allow credentials: no public route knows a cookie, so an echoed origin lets a page see only what
any program with the same headers would see. That is why a preflight, which names no client, gets the origin
echoed, and why errors do too: the developer of a page has to be able to read why it was refused. A successful
answer is readable for the pages on the client's list alone.
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from analytics import origins
from analytics.authentication import Caller, known_caller

PUBLIC = re.compile(r"(?:/api/v1/analytics)?/(?:track|insights|filters)(?:/|$)")
METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
HEADERS = ", ".join(
    [
        "content-type",
        "content-encoding",
        "if-none-match",
        *(
            f"{product}-{name}"
            for product in ("event-lens", "openpanel")
            for name in ("client-id", "client-secret", "sdk-name", "sdk-version")
        ),
    ]
)
EXPOSED = "ETag, Retry-After, X-Request-Id"
MAX_AGE_SECONDS = "86400"


class CorsMiddleware:
    """Stands before everything else: a preflight must not meet log-in, slashes or a permission."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not PUBLIC.match(request.path_info):
            return self.get_response(request)
        origin = request.META.get("HTTP_ORIGIN", "")
        if is_preflight(request, origin):
            return preflight(origin)
        response = self.get_response(request)
        patch_vary_headers(response, ["Origin"])
        for name, value in reading(response.status_code, known_caller(request), origin).items():
            response[name] = value
        return response


def is_preflight(request: HttpRequest, origin: str) -> bool:
    return request.method == "OPTIONS" and bool(origin and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META)


def preflight(origin: str) -> HttpResponse:
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Origin"] = origin
    response["Access-Control-Allow-Methods"] = METHODS
    response["Access-Control-Allow-Headers"] = HEADERS
    response["Access-Control-Max-Age"] = MAX_AGE_SECONDS
    patch_vary_headers(response, ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"])
    return response


def reading(status: int, caller: Caller | None, origin: str) -> dict[str, str]:
    """The headers that let a page read an answer, if it may."""
    is_listed = caller is not None and origins.is_allowed(origin, caller.client.cors)
    if not origin or not (status >= 400 or is_listed):
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED}
