"""Events of the benchmark: what is stored already, and devices that come through the log and the drain."""

from collections.abc import Iterator, Sequence

import msgspec

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql

PROJECT = "bench"
DAYS, PAGES = 90, 5
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0"
BLOCK = 1_000_000

# Visits of five pages within five minutes, evenly over the days before `now`; every device comes four times.
EVENTS = """
    INSERT INTO events
        (projectId, name, createdAt, receivedAt, eventId, deviceId, isScreenView, path, origin, country)
    SELECT
        'bench',
        'page_view',
        fromUnixTimestamp64Milli(
            {now:Int64} - 3600000 - toInt64(intHash64(visit) % 7776000000) + page * 60000, 'UTC'
        ) AS at,
        at,
        toString(visit * 5 + page),
        concat('old-', toString(intDiv(visit, 4))),
        1,
        concat('/page/', toString(intHash32(visit * 5 + page) % 500)),
        'https://shop.example',
        ['DE', 'FR', 'US', 'KR'][1 + visit % 4]
    FROM (SELECT {first:UInt64} + intDiv(number, 5) AS visit, number % 5 AS page FROM numbers({count:UInt64}))
"""

# What a rollup would have made of them; four visits of a device within one timeout are too rare to matter here.
SESSIONS = """
    INSERT INTO sessions
        (projectId, sessionKey, startedAt, endedAt, sessionId, deviceId, personKey, duration, events, screenViews,
         entryPath, exitPath, entryOrigin, country, version)
    SELECT
        'bench', sessionKey, min(createdAt), max(createdAt), toString(intDiv(toUInt64(eventId), 5)), any(deviceId),
        any(personKey), 240, count(), count(), argMin(path, createdAt), argMax(path, createdAt), any(origin),
        any(country), 1
    FROM events
    WHERE projectId = 'bench' AND toDate(createdAt) = {day:Date}
    GROUP BY sessionKey, intDiv(toUInt64(eventId), 5)
"""


def store_past(events: int, now: int) -> None:
    """So many events and their sessions, merged as a server would have done by the time."""
    for first in range(0, events, BLOCK):
        params = {"now": now, "first": first // PAGES, "count": min(BLOCK, events - first)}
        client.command(Sql(EVENTS, params))
    client.command(Sql("OPTIMIZE TABLE events FINAL"))
    days = client.query(Sql("SELECT DISTINCT toString(toDate(createdAt)) AS day FROM events"))
    for row in days:
        client.command(Sql(SESSIONS, {"day": row["day"]}))
    client.command(Sql("OPTIMIZE TABLE sessions FINAL"))


def visits(devices: Sequence[str], at: int, order: int, project: str) -> Iterator[bytes]:
    """Entries of the log: one page view each, a hundred an entry."""
    from ingestion.door.accepted import AcceptedEvent

    def view(device: str) -> AcceptedEvent:
        name = f"{order}-{device}"
        return AcceptedEvent(project, name, device, "", "", "page_view", at, at, False, "/start", user_agent=AGENT)

    for first in range(0, len(devices), 100):
        yield msgspec.msgpack.encode([view(device) for device in devices[first : first + 100]])


def arrive(devices: Sequence[str], at: int, order: int = 0, projects: Sequence[str] = (PROJECT,)) -> None:
    """Into the log and through the drain, as the product does it."""
    from ingestion.log import stream
    from ingestion.storing import drain

    log = stream.log_key(0)
    with stream.store().pipeline(transaction=False) as pipe:
        for project in projects:
            for entry in visits(devices, at, order, project):
                pipe.xadd(log, {"e": entry})
        pipe.execute()
    while stream.store().xlen(log):
        drain.drain(0)
