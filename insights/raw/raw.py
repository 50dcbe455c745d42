"""Raw events and sessions, newest first, and one session with its events."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from eventlens.clickhouse import client
from eventlens.clickhouse.client import Row
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.parameters import BEGINNING, END, Given
from insights.asking.scope import MILLISECOND, Scope
from insights.raw import order as raw_order
from insights.raw.columns import MOMENT, OF_EVENTS, OF_SESSIONS, json_line, names_of, picked
from insights.raw.order import EVENTS_NEWEST_FIRST, SESSIONS_NEWEST_FIRST, Order, Place, read_place
from insights.raw.tables import EVENTS, SESSIONS, SETTINGS, Asked, Table, page

DEFINITIONS = {
    "events": "Events of the range that meet the filters, newest first, as they are stored.",
    "next": "Send it as cursor for the following page; empty on the last one.",
}
SESSIONS_DEFINITIONS = {
    "sessions": "Sessions that started in the range and, with filters, hold a matching event, newest first.",
    "next": DEFINITIONS["next"],
}
SESSION_DEFINITIONS = {
    "id": "Of the session as it is; a late event that begins it earlier gives it another.",
    "events": "How many events it has.",
    "timeline": "With events=1, the events, newest first, and where the next page of them begins.",
}
OWN_ID = re.compile(r"(\d{1,20})-(\d{1,14})")
MOMENTS = tuple(column.name for column in (*OF_EVENTS, *OF_SESSIONS) if column.kind is MOMENT)

SESSION = """
SELECT $line AS line, sessionKey, startedAt, endedAt
FROM sessions FINAL
WHERE projectId = {project:String} AND $which
ORDER BY startedAt DESC
LIMIT 1
"""
BY_OWN_ID = "sessionKey = {key:UInt64} AND startedAt = fromUnixTimestamp64Milli({at:Int64}, 'UTC')"
BY_CLIENTS_ID = "sessionKey = xxHash64(concat('s', {id:String})) AND sessionId = {id:String}"
OF_SESSION = "sessionKey = {session:UInt64}"


@dataclass(frozen=True)
class Params:
    scope: Scope
    fields: tuple[str, ...]
    cursor: Place | None
    now: datetime = field(repr=False)


@dataclass(frozen=True)
class SessionParams:
    project: str
    id: str
    limit: int
    cursor: Place | None
    events: bool
    timezone: ZoneInfo = field(repr=False)
    now: datetime = field(repr=False)


def read(given: Given) -> Params:
    return read_list(given, EVENTS, EVENTS_NEWEST_FIRST)


def read_sessions(given: Given) -> Params:
    return read_list(given, SESSIONS, SESSIONS_NEWEST_FIRST)


def read_list(given: Given, table: Table, order: Order) -> Params:
    scope = given.scope()
    given.known.discard("offset")  # rows that arrive meanwhile would move it; a cursor stays where it is
    names = names_of(table.columns)
    return Params(scope, given.choices("fields", names, names), read_place(given, "cursor", order), given.now)


def read_session(given: Given) -> SessionParams:
    return SessionParams(
        given.project,
        given.text("id"),
        given.whole("limit", 100, 1, 10_000),
        read_place(given, "cursor", EVENTS_NEWEST_FIRST),
        given.flag("events"),
        given.timezone,
        given.now,
    )


def answer(params: Params) -> dict[str, Any]:
    return listed("events", asked(params, EVENTS, EVENTS_NEWEST_FIRST, "events"), params.cursor)


def answer_sessions(params: Params) -> dict[str, Any]:
    return listed("sessions", asked(params, SESSIONS, SESSIONS_NEWEST_FIRST, "sessions"), params.cursor)


def asked(params: Params, table: Table, order: Order, question: str) -> Asked:
    line = json_line(picked(table.columns, params.fields))
    return Asked(table, order, line, params.scope, params.now, question)


def listed(name: str, asked: Asked, cursor: Place | None) -> dict[str, Any]:
    """One row more than shown tells whether there is a next page."""
    limit, zone = asked.scope.limit, asked.scope.timezone
    rows = page(asked, cursor, limit + 1)
    return {
        name: [shape(row["line"], zone) for row in rows[:limit]],
        "next": rows[limit - 1]["cursor"] if len(rows) > limit else "",
    }


def shape(line: str, zone: ZoneInfo) -> dict[str, Any]:
    """The row with its times in the project's time zone."""
    row: dict[str, Any] = msgspec.json.decode(line)
    for name in MOMENTS:
        if name in row:
            row[name] = datetime.fromisoformat(row[name]).astimezone(zone)
    return row


def answer_session(params: SessionParams) -> dict[str, Any] | None:
    """None where there is no such session."""
    found = next((rows for which in places(params.id) if (rows := session_rows(params.project, which))), None)
    if not found:
        return None
    session = shape(found[0]["line"], params.timezone)
    return {**session, "timeline": timeline(params, found[0])} if params.events else session


def places(id: str) -> Sequence[Sql]:
    """What an id may mean: our own, or the one that a client gave its session."""
    own = OWN_ID.fullmatch(id)
    by_client = Sql(BY_CLIENTS_ID, {"id": id})
    if own is None or int(own[1]) >= raw_order.LARGEST or int(own[2]) >= raw_order.LATEST:
        return [by_client]
    return [Sql(BY_OWN_ID, {"key": int(own[1]), "at": int(own[2])}), by_client]


def session_rows(project: str, which: Sql) -> list[Row]:
    sql = compose(SESSION, {"project": project}, line=json_line(OF_SESSIONS), which=which)
    return client.query(sql, comment=f"{project}:session", settings=SETTINGS)


def timeline(params: SessionParams, session: Mapping[str, Any]) -> dict[str, Any]:
    scope = Scope(
        params.project,
        params.timezone,
        max(BEGINNING, session["startedAt"]),
        min(END, session["endedAt"] + MILLISECOND),
        limit=params.limit,
    )
    of_session = Sql(OF_SESSION, {"session": session["sessionKey"]})
    events = replace(EVENTS, within=lambda scope: compose("$events AND $of", events=scope.events(), of=of_session))
    line = json_line(OF_EVENTS)
    return listed("events", Asked(events, EVENTS_NEWEST_FIRST, line, scope, params.now, "session"), params.cursor)
