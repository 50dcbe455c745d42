"""The API document's entries of raw rows: events, sessions, and the export."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from analytics.openapi import PROJECT
from eventlens.apidocs.operations import Answer, Operation, Parameter, Schema, a_list, an_object
from insights.described import parameters as given
from insights.described.answers import ANYTHING, MOMENT, NUMBER, TEXT, TEXTS, row, with_query
from insights.described.question import ERRORS, Question
from insights.raw import columns as raw_columns
from insights.raw import raw
from insights.raw.columns import Column, Kind, names_of
from insights.raw.formats import FORMATS
from insights.raw.tables import TABLES

FLAG: Schema = {"type": "boolean"}
EMPTY: dict[Kind, Any] = {raw_columns.NUMBER: 0, raw_columns.MONEY: 0, raw_columns.FLAG: False}
SCHEMAS: dict[Kind, Schema] = {
    raw_columns.TEXT: TEXT,
    raw_columns.NUMBER: NUMBER,
    raw_columns.MONEY: NUMBER,
    raw_columns.FLAG: FLAG,
    raw_columns.MOMENT: MOMENT,
    raw_columns.TEXTS: TEXTS,
    raw_columns.OBJECT: ANYTHING,
}


def row_of(columns: Sequence[Column], **more: Schema) -> Schema:
    """Only those columns are there that were asked for."""
    return an_object({column.name: SCHEMAS[column.kind] for column in columns} | more, required=())


def a_page(name: str, one: Schema) -> Schema:
    return {name: a_list(one), "next": TEXT}


def cursor(parts: list[str]) -> str:
    """As ClickHouse writes it."""
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def fields(columns: Sequence[Column], example: list[str]) -> Parameter:
    return given.choices("fields", "Which columns; all unless told.", names_of(columns), example)


# Each once: tables share columns.
OF_ANY_TABLE = tuple(dict.fromkeys(name for table in TABLES.values() for name in names_of(table.columns)))
EVENT = row_of(raw_columns.OF_EVENTS)
SESSION = row_of(raw_columns.OF_SESSIONS)
TIMELINE = an_object(a_page("events", EVENT))
RANGE = (given.START, given.END, given.FILTER_LIST)
LAST = cursor(["1717163100000", "018f"])
LAST_SESSION = cursor(["1717163100000", "42"])
ONE_EVENT: dict[str, Any] = {
    "eventId": "018f",
    "name": "purchase",
    "createdAt": "2024-05-31T15:45:00+02:00",
    "deviceId": "5f0c9a",
    "revenue": 20.5,
    "properties": {"plan": "pro", "seats": 3},
}
ONE_SESSION: dict[str, Any] = {
    "id": "7219-1717163100000",
    "deviceId": "5f0c9a",
    "startedAt": "2024-05-31T15:45:00+02:00",
    "duration": 180,
    "entryPath": "/",
    "isBounce": False,
}
WHOLE_SESSION = {
    **{column.name: EMPTY.get(column.kind, "") for column in raw_columns.OF_SESSIONS},
    **ONE_SESSION,
    "endedAt": "2024-05-31T15:48:00+02:00",
    "timeline": {"events": [ONE_EVENT], "next": ""},
}
SESSION_ID = Parameter(
    "session_id", "The id as the list tells it, or the client's own.", {**TEXT, "minLength": 1}, "s-1", where="path"
)
WITH_EVENTS = given.flag("events", "1 adds the session's events.")

QUESTIONS = {
    "Events": Question(
        "events",
        "Raw events, newest first",
        with_query(row(raw.DEFINITIONS, **a_page("events", EVENT))),
        {"events": [ONE_EVENT], "next": LAST},
        (
            *RANGE,
            given.LIMIT,
            Parameter("cursor", "The next of the page before.", TEXT, LAST),
            fields(raw_columns.OF_EVENTS, ["name", "createdAt"]),
        ),
        "Pages neither repeat nor skip what was there with the first, however many events arrive meanwhile.",
    ),
    "Sessions": Question(
        "sessions",
        "Raw sessions, newest first",
        with_query(row(raw.SESSIONS_DEFINITIONS, **a_page("sessions", SESSION))),
        {"sessions": [ONE_SESSION], "next": ""},
        (
            *RANGE,
            given.LIMIT,
            Parameter("cursor", "The next of the page before.", TEXT, LAST_SESSION),
            fields(raw_columns.OF_SESSIONS, ["id", "startedAt"]),
        ),
        "Sessions that started in the range and, with filters, hold a matching event.",
    ),
    "OneSession": Question(
        "session",
        "One session, with its events if wanted",
        with_query(an_object({**SESSION["properties"], "timeline": TIMELINE}, names_of(raw_columns.OF_SESSIONS))),
        WHOLE_SESSION,
        (
            SESSION_ID,
            WITH_EVENTS,
            given.LIMIT,
            Parameter("cursor", "The timeline's next of the page before.", TEXT, LAST),
        ),
        "By the id that the list tells, or by the one that the client gave its session.",
        by_body=False,
    ),
}

EXPORT = Operation(
    id="export",
    tag="insights",
    summary="All raw rows of a range, as a file",
    description="Streamed in the order of storage. A row's cursor, sent as after, goes on behind the row; a file "
    "that ends before its time was cut off. As gzip with gzip=1.",
    answers={
        200: Answer(
            row_of(raw_columns.OF_EVENTS, cursor=TEXT),
            {"a line": {**ONE_EVENT, "cursor": LAST}},
            "A row a line.",
            media=FORMATS["ndjson"].media,
            others=("text/csv", FORMATS["parquet"].media, "application/gzip"),
        )
    },
    errors=ERRORS,
    parameters=(
        PROJECT,
        *RANGE,
        given.TIMEZONE,
        given.choice("table", "Which rows; events unless told.", TABLES, "events"),
        given.choice("format", "ndjson unless told.", FORMATS, "ndjson"),
        given.choices(
            "fields", "Which of the table's columns; all unless told.", OF_ANY_TABLE, ["name", "createdAt"]
        ),
        Parameter(
            "after",
            "The cursor of the last row that arrived.",
            TEXT,
            cursor(["1717163100000", "purchase", "42", "018f"]),
        ),
        given.flag("gzip", "1 compresses NDJSON and CSV."),
    ),
)
OPERATIONS = {"Export.get": EXPORT}
