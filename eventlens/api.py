"""The one shape of every error, the one exception handler, and JSON out."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions, status
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from eventlens.clickhouse.errors import (
    ClickHouseError,
    ClickHouseUnavailable,
    QueryTimeout,
    QueryTooExpensive,
)

logger = logging.getLogger(__name__)
encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field of the input, and what would be right."""

    field: str
    message: str


class InvalidInput(exceptions.APIException):
    """400: the request cannot be understood; each problem names its field."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        message = self.problems[0].message if self.problems else "The request is not valid."
        super().__init__(message)


class TooLarge(exceptions.APIException):
    """413: the body is over the limit."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class Unavailable(exceptions.APIException):
    """503: a store is away or full for now; the caller should come back after `retry_after` seconds."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Timeout(exceptions.APIException):
    """504: the question took longer than allowed."""

    status_code = status.HTTP_504_GATEWAY_TIMEOUT


class JsonRenderer(BaseRenderer):
    """JSON by msgspec: datetimes as ISO 8601 with offset, decimals as numbers."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else encoder.encode(data)


class JsonAlways(BaseContentNegotiation):
    """There is one form to read and one to write; what a request says that it accepts is no reason to refuse it."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return next(iter(renderers)), JsonRenderer.media_type


BUG = "Something went wrong on our side; it has been logged."
TITLES = {400: "Validation Error", 422: "Validation Error"}


def error_body(code: int, message: str, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """The one shape of an error answer."""
    return {
        "error": TITLES.get(code, HTTPStatus(code).phrase),
        "message": message,
        "details": [asdict(problem) for problem in problems],
    }


def from_clickhouse(error: ClickHouseError) -> exceptions.APIException | None:
    """What the asker is told of a ClickHouse error; None where it is a bug of ours."""
    match error:
        case ClickHouseUnavailable():
            return Unavailable("The event store is not reachable at the moment; try again.")
        case QueryTimeout():
            return Timeout("The question took too long; narrow the date range or the filters.")
        case QueryTooExpensive():
            message = f"The question needs more {error.what} than one may have; narrow the date range or the filters."
            return InvalidInput([Problem("startDate", message)])
    return None


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's hook: every exception of a view becomes the one error shape; unknown ones are logged as bugs."""
    if isinstance(error, ClickHouseError):
        error = from_clickhouse(error) or error
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is nothing at this address for this client.")
    if isinstance(error, RequestDataTooBig):
        error = TooLarge("The body is over the size limit; send less at once.")
    if not isinstance(error, exceptions.APIException):
        logger.exception("Unexpected error in %s", type(context.get("view")).__name__, exc_info=error)
        return Response(error_body(500, BUG), status=500)
    return Response(refusal_body(error), error.status_code, headers=headers_of(error))


def refusal_body(error: exceptions.APIException) -> dict[str, Any]:
    problems = error.problems if isinstance(error, InvalidInput) else ()
    return error_body(error.status_code, str(error.detail), problems)


def headers_of(error: exceptions.APIException) -> dict[str, str]:
    """Headers that belong to an error: when to come back, how to authenticate."""
    headers = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(int(getattr(error, "wait", None) or 60))
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return headers


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's handler for addresses that no route serves."""
    return JsonResponse(error_body(404, f"There is no route {request.path}; see the API documentation."), status=404)


def server_error(request: HttpRequest) -> JsonResponse:
    """Django's handler for what escaped every view."""
    return JsonResponse(error_body(500, BUG), status=500)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's handler for requests that it refuses before any view."""
    return JsonResponse(error_body(400, "The request was refused: check its Host header and address."), status=400)
