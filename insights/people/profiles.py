"""Profiles: the persons that are known by an id, and all that is known of one of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking import cursors, periods
from insights.asking.cursors import Place
from insights.asking.parameters import Given
from insights.people.sql import GROUPS, MEMBERS, PERSON, SEEN, TRAITS, keys_sql, list_sql, timeline_sql

DEFINITIONS = {
    "profiles": "Persons with a profile id, by the time when they were last seen under it, newest first.",
    "firstSeenAt": "The first event that named one of the person's ids, or what was first said of them.",
    "lastSeenAt": "The last of them.",
    "traits": "What was said of the person, all changes applied in the order of their time.",
    "next": "Send it as cursor for the following page; empty on the last one.",
}
PROFILE_DEFINITIONS = {
    "id": "The id that stands for all of the person's: the one that is nobody's alias, of several the smallest.",
    "aliases": "The person's other profile ids.",
    "devices": "Devices whose earliest profile is this person's; all events without an id of theirs count, too.",
    "firstSeenAt": "The first event of any of the person's devices and ids, or what was first said of them.",
    "lastSeenAt": "The last of them.",
    "totalDevices": "All devices; at most 1,000 are named.",
    "totalEvents": "All events of these devices and ids.",
    "traits": DEFINITIONS["traits"],
    "groups": "Groups that the person, or one of the devices, was assigned to.",
    "events": "The person's events, newest first.",
    "next": DEFINITIONS["next"],
}
DEFAULT_LIMIT = 50
MOST_ROWS = 1000
MOST_NAMES = 1000
PLAIN_NUMBER = re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True)
class Page:
    """A part of a list, in the time zone that its times are shown in."""

    project: str
    timezone: ZoneInfo = field(repr=False)
    limit: int
    cursor: Place | None


@dataclass(frozen=True)
class Params(Page):
    search: str = ""


@dataclass(frozen=True)
class ProfileParams(Page):
    id: str = ""


def read(given: Given) -> Params:
    limit = given.whole("limit", DEFAULT_LIMIT, 1, MOST_ROWS)
    return Params(given.project, given.timezone, limit, cursors.read(given), given.text("search"))


def read_profile(given: Given) -> ProfileParams:
    limit = given.whole("limit", DEFAULT_LIMIT, 1, MOST_ROWS)
    return ProfileParams(given.project, given.timezone, limit, cursors.read(given), given.text("id"))


def answer(params: Params) -> dict[str, Any]:
    rows = ask(params, list_sql(params.project, params.limit + 1, params.cursor, params.search))
    shown, more = rows[: params.limit], len(rows) > params.limit
    traits = traits_of(params, [row["id"] for row in shown])
    last = shown[-1] if more else None
    return {
        "profiles": [
            {"id": row["id"], **seen(row, params), "traits": shape_traits(traits.get(row["id"], {}))} for row in shown
        ],
        "next": cursors.word((periods.milliseconds(last["lastSeenAt"]), last["id"])) if last else "",
    }


def answer_profile(params: ProfileParams) -> dict[str, Any] | None:
    """None where nobody is known by that id."""
    [found] = ask(params, Sql(PERSON, {"project": params.project, "id": params.id}))
    person, person_id = found["person"] or found["own"], found["id"] or params.id
    known = {"project": params.project, "person": person}
    keys = keys_sql(params.project, person)
    [whole] = ask(params, compose(SEEN, {**known, "id": person_id}, keys=keys))
    if not whole["sources"]:
        return None
    members = {row["kind"]: row for row in ask(params, Sql(MEMBERS, {**known, "most": MOST_NAMES}))}
    groups = ask(params, compose(GROUPS, {**known, "most": MOST_NAMES}, keys=keys))
    return {
        "id": person_id,
        "aliases": members["profile"]["ids"] if "profile" in members else [],
        "devices": members["device"]["ids"] if "device" in members else [],
        "totalDevices": members["device"]["count"] if "device" in members else 0,
        "groups": [row["groupId"] for row in groups],
        **seen(whole, params),
        "totalEvents": whole["totalEvents"],
        "traits": shape_traits(traits_of(params, [person_id]).get(person_id, {})),
        **timeline(params, person),
    }


def timeline(params: ProfileParams, person: int) -> dict[str, Any]:
    rows = ask(params, timeline_sql(params.project, person, params.limit + 1, params.cursor))
    shown, more = rows[: params.limit], len(rows) > params.limit
    last = shown[-1] if more else None
    return {
        "events": [shape_event(row, params) for row in shown],
        "next": cursors.word((periods.milliseconds(last["createdAt"]), last["eventId"])) if last else "",
    }


def shape_event(row: Mapping[str, Any], params: ProfileParams) -> dict[str, Any]:
    """Numbers among the properties as numbers."""
    numbers, properties = row["numbers"], row["properties"]
    event = {name: value for name, value in row.items() if name not in {"numbers", "properties"}}
    return event | {"createdAt": local(row["createdAt"], params), "properties": properties | numbers}


def seen(row: Mapping[str, Any], params: Page) -> dict[str, datetime]:
    return {name: local(row[name], params) for name in ("firstSeenAt", "lastSeenAt")}


def local(moment: datetime, params: Page) -> datetime:
    return moment.astimezone(params.timezone)


def traits_of(params: Page, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The stored traits by person, as JSON texts."""
    rows = ask(params, Sql(TRAITS, {"project": params.project, "ids": list(ids)})) if ids else []
    return {row["id"]: row["traits"] for row in rows}


def shape_traits(traits: Mapping[str, str]) -> dict[str, Any]:
    """By name; decimals keep all their digits."""
    return {
        name: Decimal(text) if PLAIN_NUMBER.fullmatch(text) else msgspec.json.decode(text)
        for name, text in sorted(traits.items())
    }


def ask(params: Page, sql: Sql) -> list[dict[str, Any]]:
    return client.query(sql, comment=f"{params.project}:profiles")
