"""The API document's entries of the project package: health, and what every route may answer instead."""

from http import HTTPStatus
from typing import Any

from eventlens.api import Problem, error_body
from eventlens.apidocs.operations import (
    NOT_MODIFIED,
    Answer,
    Operation,
    Schema,
    a_list,
    an_object,
    content,
    reference,
)
from eventlens.health import CHECKS

TAGS = {"operations": "Is it alive?"}

HEALTHY = an_object(
    {
        "status": {"const": "ok"},
        "timestamp": {"type": "string", "format": "date-time"},
        "uptime": {"type": "number", "minimum": 0, "description": "Seconds since this process started."},
    }
)
READY = an_object(
    {
        "ready": {"type": "boolean"},
        "dependencies": an_object({name: {"type": "string", "enum": ["up", "down"]} for name in CHECKS}),
    }
)
ALIVE = {"status": "ok", "timestamp": "2024-05-31T13:45:00.000Z", "uptime": 12.5}
ALL_UP = dict.fromkeys(CHECKS, "up")

OPERATIONS = {
    "Health.get": Operation(
        id="health",
        tag="operations",
        summary="The process answers",
        description="No dependency is asked. `uptime` is in seconds.",
        answers={200: Answer(HEALTHY, {"alive": ALIVE})},
        security=(),
    ),
    "Ready.get": Operation(
        id="ready",
        tag="operations",
        summary="Each dependency and its state",
        description="200 where all are up, else 503 with the same shape.",
        answers={
            200: Answer(READY, {"all up": {"ready": True, "dependencies": ALL_UP}}),
            503: Answer(READY, {"one down": {"ready": False, "dependencies": ALL_UP | {"clickhouse": "down"}}}),
        },
        security=(),
    ),
}

PROBLEM = an_object(
    {
        "field": {"type": "string", "description": "Which field is at fault: `payload.name`."},
        "message": {"type": "string"},
    }
)
ERROR = an_object(
    {
        "error": {"type": "string", "description": "The kind of error, in words."},
        "message": {"type": "string", "description": "What is wrong, and what to do."},
        "details": a_list(reference("Problem")),
    }
)

# Status: when, an example, the problems in it.
ERRORS: dict[int, tuple[str, str, tuple[Problem, ...]]] = {
    400: (
        "The input cannot be taken; `details` names each field.",
        "This field is required.",
        (Problem("payload.name", "This field is required."),),
    ),
    401: (
        "No client, a wrong secret, a disabled client, or an origin that is not allowed.",
        "Name a client: send the headers event-lens-client-id and event-lens-client-secret.",
        (),
    ),
    403: (
        "The client is of another type than this needs.",
        "This needs a client of type read or root; this client is of type write.",
        (),
    ),
    404: (
        "There is no such thing for this client.",
        "This client has no such project; check the project's id in the address.",
        (),
    ),
    413: ("The body is over the size limit.", "The body is over the size limit; send less at once.", ()),
    415: ("The body is no JSON.", "Send JSON with Content-Type: application/json or text/plain.", ()),
    429: (
        "More requests in this minute than this client may send.",
        "This client may ask 600 questions a minute; ask again in 20 s.",
        (),
    ),
    503: ("Not possible for now.", "Too many events wait to be stored; send them again later.", ()),
    504: ("The question took longer than one may take.", "The question took too long; narrow the date range.", ()),
}
RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}, "example": 5}}
CHALLENGE = {"WWW-Authenticate": {"description": "How to say who is asking.", "schema": {"type": "string"}}}
HEADERS: dict[int, Schema] = {401: CHALLENGE, 429: RETRY_AFTER, 503: RETRY_AFTER}


def error(code: int) -> dict[str, Any]:
    """The shared response of one status."""
    when, message, problems = ERRORS[code]
    body = content(reference("Error"), {HTTPStatus(code).phrase.lower(): error_body(code, message, problems)})
    return {"description": when, "content": body, **({"headers": HEADERS[code]} if code in HEADERS else {})}


COMPONENTS: dict[str, Schema] = {
    "schemas": {"Error": ERROR, "Problem": PROBLEM},
    "responses": {f"Error{code}": error(code) for code in ERRORS} | {"NotModified": NOT_MODIFIED},
}
