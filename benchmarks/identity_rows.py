"""The events, sessions and links that `benchmarks.identity` asks about, made by ClickHouse itself from numbers()."""

from collections.abc import Mapping

from benchmarks.schema.engine import Engine

EVENTS_A_DEVICE = 20

# Visits as people make them: 1 to 21 events of a device within minutes, some devices far more often than others.
# Every fifth device is known, and names its profile in half of its visits.
VISITS = """
INSERT INTO events (projectId, name, createdAt, receivedAt, eventId, deviceId, profileId, isScreenView, path, country)
WITH
    [1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9, 11, 13, 16, 21] AS lengths,
    visits AS (
        SELECT
            number AS visit,
            toUInt32({devices} * pow(intHash32(number + 11) / 4294967296, 2)) AS device,
            intHash64(number) % toUInt64(90 * 86400000) AS startedAt,
            arrayJoin(range(lengths[1 + number % 20])) AS step
        FROM numbers({from}, {count})
    )
SELECT
    'bench',
    ['page_view', 'page_view', 'page_view', 'signup', 'buy', 'click'][1 + intHash32(visit * 32 + step) % 6] AS name,
    toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(
        startedAt + step * (20000 + intHash32(visit * 32 + step + 1) % 40000)
    ) AS createdAt,
    createdAt,
    toString(visit * 32 + step),
    concat('device-', toString(device)),
    if(device % 5 = 0 AND intHash32(visit) % 2 = 0, concat('profile-', toString(device)), ''),
    name = 'page_view',
    concat('/page/', toString(intHash32(visit * 32 + step + 3) % 500)),
    ['DE', 'FR', 'US', 'KR'][1 + intHash32(device + 5) % 4]
FROM visits
"""

SESSIONS = """
INSERT INTO sessions (
    projectId, sessionKey, startedAt, endedAt, deviceId, personKey, duration, events, screenViews, interactiveEvents,
    isBounce, entryPath, exitPath, country, version
)
SELECT
    'bench',
    any(sessionKey),
    min(createdAt),
    max(createdAt),
    any(deviceId),
    any(personKey),
    dateDiff('millisecond', min(createdAt), max(createdAt)) / 1000,
    count(),
    countIf(isScreenView = 1),
    countIf(isScreenView = 0),
    countIf(isScreenView = 1) < 2 AND countIf(isScreenView = 0) = 0,
    argMinIf(path, createdAt, isScreenView = 1),
    argMaxIf(path, createdAt, isScreenView = 1),
    any(country),
    1
FROM events
GROUP BY intDiv(toUInt64(eventId), 32)
"""

# The hardest: no two events of a device near each other, nor in one country.
SCATTERED = """
INSERT INTO events (projectId, name, createdAt, receivedAt, eventId, deviceId, profileId, isScreenView, path, country)
SELECT
    'bench',
    ['page_view', 'page_view', 'page_view', 'signup', 'buy', 'click'][1 + number % 6] AS name,
    toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(
        intHash64(number) % toUInt64(90 * 86400000)
    ) AS createdAt,
    createdAt,
    toString(number),
    concat('device-', toString(intHash64(number + 7) % {devices} AS device)),
    -- Every fifth device is known, and names its profile in half of its events.
    if(device % 5 = 0 AND intHash32(number) % 2 = 0, concat('profile-', toString(device)), ''),
    name = 'page_view',
    concat('/page/', toString(intHash32(number + 3) % 500)),
    ['DE', 'FR', 'US', 'KR'][1 + intHash32(number + 5) % 4]
FROM numbers({from}, {count})
"""

PERSONS = """
INSERT INTO persons (projectId, key, kind, id, person, personId, version)
SELECT
    'bench',
    xxHash64(concat(kind = 'device' ? 'd' : 'p', id)),
    kind,
    id,
    xxHash64(concat('p', personId)),
    personId,
    1
FROM (
    SELECT
        number * 5 AS device,
        arrayJoin(['device', 'profile']) AS kind,
        if(kind = 'device', concat('device-', toString(device)), concat('profile-', toString(device))) AS id,
        concat('profile-', toString(number % 10 = 9 ? device - 5 : device)) AS personId
    FROM numbers({count})
    WHERE kind = 'device' OR number % 10 >= 8
)
"""

SHAPES = {"visits": VISITS, "scattered": SCATTERED}


def fill(engine: Engine, events: int, shape: str) -> None:
    """A visit has 6.4 events on average."""
    # Django's settings must be there before.
    from eventlens.clickhouse import migrations

    for statement in (statement for migration in migrations.files() for statement in migration.statements()):
        engine.run(statement.text)
    rows = events * 20 // 128 if shape == "visits" else events
    at_once = rows // (events // 1_000_000 + 1) + 1
    for first in range(0, rows, at_once):
        parts = {"from": first, "count": min(at_once, rows - first), "devices": events // EVENTS_A_DEVICE}
        engine.run(filled(SHAPES[shape], parts))
    engine.run("OPTIMIZE TABLE events FINAL")
    if shape == "visits":
        engine.run(SESSIONS)
        engine.run("OPTIMIZE TABLE sessions FINAL")
    engine.run(filled(PERSONS, {"count": events // EVENTS_A_DEVICE // 5}))


def filled(sql: str, parts: Mapping[str, int]) -> str:
    for name, number in parts.items():
        sql = sql.replace(f"{{{name}}}", str(number))
    return sql
