"""The API document's entries of persons, and of forgetting one."""

from analytics.models import ErasureState
from analytics.openapi import PROJECT
from eventlens.apidocs.operations import Answer, Operation, Parameter, Schema, a_list, an_object
from insights.asking import cursors
from insights.described import parameters as given
from insights.described.answers import ANYTHING, COUNT, MOMENT, NUMBER, TEXT, TEXTS, row, with_query
from insights.described.question import Question
from insights.people import profiles

PERSONS_LIMIT = given.whole("limit", "How many rows.", 1, profiles.MOST_ROWS, profiles.DEFAULT_LIMIT)
CURSOR = Parameter("cursor", "The next of the page before.", TEXT, cursors.word((1_717_163_100_000, "42")))
PERSONS_SEARCH = Parameter("search", "A text in ids and traits.", TEXT, "ada")
PROFILE = Parameter(
    "profile_id", "Any of the person's ids; a slash as %2F.", {**TEXT, "minLength": 1}, "42", where="path"
)
SEEN: dict[str, Schema] = {"firstSeenAt": MOMENT, "lastSeenAt": MOMENT}
SEEN_AT = {"firstSeenAt": "2024-01-01T10:00:00+00:00", "lastSeenAt": "2024-01-03T09:05:00+00:00"}
EVENT = {
    "eventId": "018f",
    "name": "purchase",
    "createdAt": "2024-01-03T09:05:00+00:00",
    "path": "/done",
    "title": "",
    "referrerName": "",
    "channel": "Direct",
    "country": "DE",
    "city": "",
    "device": "desktop",
    "browser": "Firefox",
    "os": "Linux",
    "deviceId": "5f0c9a",
    "revenue": 20.5,
    "currency": "EUR",
    "groups": ["acme"],
    "properties": {"plan": "pro"},
}
PERSON = {
    "id": "42",
    "aliases": ["ada@example.com"],
    "devices": ["5f0c9a"],
    "totalDevices": 1,
    "groups": ["acme"],
    **SEEN_AT,
    "totalEvents": 1,
    "traits": {"firstName": "Ada"},
    "events": [EVENT],
    "next": "",
}
PERSONS = (PERSONS_LIMIT, CURSOR)


def persons() -> Schema:
    one = an_object({"id": TEXT, **SEEN, "traits": ANYTHING})
    return row({name: profiles.DEFINITIONS[name] for name in ("profiles", "next")}, profiles=a_list(one), next=TEXT)


def person() -> Schema:
    texts = dict.fromkeys(
        ("eventId", "name", "path", "title", "referrerName", "channel", "country", "city", "device", "browser", "os"),
        TEXT,
    )
    money = {"deviceId": TEXT, "revenue": NUMBER, "currency": TEXT, "groups": TEXTS}
    event = an_object({**texts, "createdAt": MOMENT, **money, "properties": ANYTHING})
    lists = {"aliases": TEXTS, "devices": TEXTS, "groups": TEXTS, "events": a_list(event)}
    counts = {"totalDevices": COUNT, "totalEvents": COUNT}
    return row(profiles.PROFILE_DEFINITIONS, id=TEXT, **lists, **SEEN, **counts, traits=ANYTHING, next=TEXT)


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
ERASURE_ID = Parameter("number", "The erasure's id.", {"type": "string", "pattern": r"^\d{1,18}$"}, "1", where="path")

QUESTIONS = {
    "Profiles": Question(
        "profiles",
        "The persons that are known by an id",
        with_query(persons()),
        {"profiles": [{"id": "42", **SEEN_AT, "traits": {"firstName": "Ada"}}], "next": ""},
        (*PERSONS, PERSONS_SEARCH),
        "The last seen first.",
        by_body=False,
    ),
    "Profile": Question(
        "profile",
        "One person: traits, devices, aliases, groups and the timeline of events",
        with_query(person()),
        PERSON,
        (PROFILE, *PERSONS),
        "Any of the person's ids will do.",
        by_body=False,
    ),
}
OPERATIONS = {
    "Profile.delete": Operation(
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
        parameters=(PROJECT, ERASURE_ID),
    ),
}
