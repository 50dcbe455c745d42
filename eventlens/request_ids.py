"""Each request has an id: the sender's own or a new one; it stands in the answer and in every line of the log."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from eventlens.logs import request_id
from eventlens.random_hex import random_hex

# Nothing that could break a line of the log or pass for another entry.
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIdMiddleware:
    """The outermost one, so that what others refuse has an id, too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        current = id_for(request.META)
        token = request_id.set(current)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-Id"] = current
        return response


def id_for(meta: Mapping[str, Any]) -> str:
    given = meta.get("HTTP_X_REQUEST_ID", "")
    return given if given and ACCEPTABLE.fullmatch(given) else random_hex()
