"""The API document's entries of forgetting a person."""

from analytics.models import ErasureState
from analytics.openapi import PROJECT
from eventlens.apidocs.operations import Answer, Operation, Parameter, Schema, an_object
from insights.described.parameters import PROFILE

MOMENT: Schema = {"type": "string", "format": "date-time"}
ERASURE = an_object(
    {
        "id": {"type": "string"},
        "profileId": {"type": ["string", "null"], "description": "null once the person is erased."},
        "state": {"enum": [str(state) for state in ErasureState], "description": "In this order."},
        "requestedAt": MOMENT,
        "erasedAt": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When no question found the person any more.",
        },
        "finishedAt": {"type": ["string", "null"], "format": "date-time"},
        "erased": {
            "type": "object",
            "additionalProperties": {"type": "integer", "minimum": 0},
            "description": "How many rows of each kind, once that is known.",
        },
        "statusUrl": {"type": "string", "description": "Where to ask how far it is."},
    }
)
ASKED: dict[str, object] = {
    "id": "7",
    "profileId": "42",
    "state": "waiting",
    "requestedAt": "2024-05-31T13:45:00+00:00",
    "erasedAt": None,
    "finishedAt": None,
    "erased": {},
    "statusUrl": "/insights/demo/erasures/7",
}
DONE = ASKED | {
    "profileId": None,
    "state": "finished",
    "erasedAt": "2024-05-31T13:45:30+00:00",
    "finishedAt": "2024-05-31T13:46:00+00:00",
    "erased": {"events": 3},
}
NUMBER = Parameter("number", "The erasure's id.", {"type": "string", "pattern": r"^\d{1,18}$"}, "1", where="path")

OPERATIONS = {
    "ErasableProfile.delete": Operation(
        id="eraseProfile",
        tag="insights",
        summary="Forget a person",
        description="Events, sessions, traits and aliases, in every table and cache; a client of type root may ask "
        "for it. The answer says where to see how far it is.",
        answers={202: Answer(ERASURE, {"begun": ASKED})},
        errors=(400, 401, 403, 404, 429, 503),
        parameters=(PROJECT, PROFILE),
    ),
    "ErasureView.get": Operation(
        id="erasure",
        tag="insights",
        summary="How far the forgetting of a person is",
        description="Kept after it is finished, without the person's id.",
        answers={200: Answer(ERASURE, {"waiting": ASKED, "finished": DONE})},
        errors=(401, 403, 404, 429, 503),
        parameters=(PROJECT, NUMBER),
    ),
}
