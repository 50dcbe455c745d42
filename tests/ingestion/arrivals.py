"""Events that arrive for the session rollup, and the sessions that it makes of them."""

from datetime import datetime, timedelta

import redis

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.log import lanes
from ingestion.rollups import apart
from ingestion.wire.moments import EPOCH, milliseconds
from tests.ingestion.rollups.session_oracle import Event, Session

MINUTE = 60_000
START = 1_700_000_000_000
TIMEOUT = 30 * MINUTE


def moment(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def arrive(store: "redis.Redis", project: str, batch: list[Event]) -> None:
    """Store a batch and mark its lanes, as the drain does."""
    if not batch:
        return
    columns: dict[str, list[object]] = {
        "projectId": [project] * len(batch),
        "name": ["page_view" if event.path else "click" for event in batch],
        "createdAt": [moment(event.at) for event in batch],
        "receivedAt": [moment(START + event.order) for event in batch],
        "eventId": [f"{event.order:06}" for event in batch],
        "deviceId": [event.device for event in batch],
        "profileId": [event.profile for event in batch],
        "sessionId": [event.session for event in batch],
        "path": [event.path for event in batch],
        "isScreenView": [int(bool(event.path)) for event in batch],
        "isInteractive": [int(not event.path) for event in batch],
    }
    client.insert("events", columns, token=f"{project}:{batch[0].order}")
    touched = lanes.touched_lanes((project, event.session, event.device, event.at) for event in batch)
    spans = [lanes.Lane(lane, *span) for lane, span in touched[project].items()]
    apart.touch(store, lanes.PROJECTS, lanes.touched_key(project), project, spans)


def stored(project: str) -> list[Session]:
    rows = client.query(
        Sql(
            """
            SELECT deviceId, startedAt, endedAt, events, screenViews, isBounce, entryPath, exitPath, profileId
            FROM sessions FINAL
            WHERE projectId = {project:String}
            """,
            {"project": project},
        )
    )
    return sorted(
        Session(
            device=row["deviceId"],
            start=milliseconds(row["startedAt"]),
            end=milliseconds(row["endedAt"]),
            events=row["events"],
            views=row["screenViews"],
            bounce=bool(row["isBounce"]),
            entry=row["entryPath"],
            exit=row["exitPath"],
            profile=row["profileId"],
        )
        for row in rows
    )


def view(device: str, minute: float, path: str = "/", order: int = 0, session: str = "") -> Event:
    return Event(device, START + int(minute * MINUTE), path, session, order=order)
