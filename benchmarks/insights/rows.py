"""Events of 90 days, their sessions and who is who, made by ClickHouse itself from numbers(), always the same.

Of ten projects one has ten elevenths of the events. Visits have 1 to 21 events, 6.4 on average, by day and less at
the weekend. Half of the visits are of persons who came in the last days and mostly never come again, the others of
regulars, some of them far more often than most. Every fifth person is known, and names its profile in half of its
visits.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from benchmarks.schema.engine import Engine
from benchmarks.schema.source import FUNCTIONS

PROJECT = "project-1"
FIRST_DAY, DAYS = date(2025, 9, 1), 90
EVENTS_IN_20_VISITS = 128
EVENTS_A_PERSON = 50
WEEK = (100, 105, 104, 102, 95, 70, 64)  # from Monday, which the first day is

VISITS = """
INSERT INTO events (
    projectId, name, createdAt, receivedAt, eventId, deviceId, profileId, sessionId, isScreenView, isInteractive,
    path, origin, referrer, referrerName, referrerType, channel, country, city, browser, os, device, revenue,
    currency, properties, numbers
)
WITH
    [1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9, 11, 13, 16, 21] AS lengths,
    visits AS (
        SELECT
            number AS visit,
            -- Persons are numbered as they come: two fifths were there before the first day.
            toUInt32({persons} * (0.4 + 0.6 * ({day} + 1) / {days})) AS joined,
            toUInt32(if(
                draw(visit, 'new') < 0.5,
                joined - 1 - floor({persons} / 25 * pow(draw(visit, 'person'), 2)),
                floor(joined * pow(draw(visit, 'person'), 2))
            )) AS person,
            if(visit % 11 = 10, concat('project-', toString(2 + person % 9)), '{project}') AS project,
            person % 5 = 0 AND draw(visit, 'login') < 0.5 AS isKnown,
            draw(person, 'agent') AS agent,
            draw(visit, 'source') AS source,
            toInt64(72000000 * (draw(visit, 't1') + draw(visit, 't2') + draw(visit, 't3')) / 3 + 10000000) AS began,
            arrayJoin(range(lengths[1 + visit % 20])) AS step
        FROM numbers({from}, {count})
    )
SELECT
    project,
    multiIf(
        step = 0 OR draw(visit * 32 + step, 'kind') < 0.6, 'page_view',
        ['click', 'search', 'add_to_cart', 'signup', 'checkout', 'buy', 'video_play', 'share', 'download', 'rate'][
            least(10, zipf(12, draw(visit * 32 + step, 'name')))]
    ) AS name,
    toDateTime64('{date} 00:00:00', 3, 'UTC')
        + toIntervalMillisecond(began + step * 40000 + toUInt32(20000 * draw(visit * 32 + step, 'pause'))) AS at,
    at + toIntervalMillisecond(toUInt32(1500 * draw(visit * 32 + step, 'delay'))),
    lower(hex(sipHash128(visit, step))),
    lower(hex(sipHash64(person, 'device'))),
    if(isKnown, concat('user-', toString(person)), ''),
    lower(hex(sipHash64(visit, 'session'))),
    name = 'page_view',
    name != 'page_view',
    concat('/', ['blog', 'docs', 'shop', 'help'][1 + visit % 4], '/',
        toString(zipf(3000, draw(visit * 32 + step, 'path')))),
    'https://www.example.com',
    multiIf(step > 0, '', source < 0.4, 'https://www.google.com/', source < 0.6, 'https://blog.example.net/a', ''),
    multiIf(step > 0, '', source < 0.4, 'Google', source < 0.6, 'blog.example.net', ''),
    multiIf(step > 0, 'internal', source < 0.4, 'search', source < 0.6, 'other', 'direct'),
    multiIf(source < 0.4, 'Organic Search', source < 0.6, 'Referral', 'Direct'),
    pick(['US', 'KR', 'DE', 'GB', 'FR', 'JP', 'IN', 'BR', 'CA', 'NL', 'ES', 'IT', 'PL', 'AU', 'SE', 'MX', 'TR'],
        draw(person, 'place')) AS land,
    concat('City ', toString(zipf(200, draw(person, 'city'))), ' of ', land),
    pick(['Chrome', 'Mobile Safari', 'Safari', 'Edge', 'Firefox', 'Samsung Internet', 'Opera'], agent),
    pick(['Windows', 'iOS', 'Android', 'Mac OS X', 'Linux'], agent),
    pick(['desktop', 'mobile', 'tablet'], agent),
    toDecimal64(if(name = 'buy', round(200 * draw(visit, 'amount'), 2), 0), 4),
    if(name = 'buy', 'EUR', ''),
    map('plan', pick(['free', 'pro', 'team'], draw(person, 'plan')), 'scroll', toString(visit % 100)),
    map('scroll', toFloat64(visit % 100))
FROM visits
"""

# Each visit names its session, so none of them joins another.
SESSIONS = """
INSERT INTO sessions (
    projectId, sessionKey, startedAt, endedAt, sessionId, deviceId, profileId, personKey, duration, events,
    screenViews, interactiveEvents, isBounce, entryPath, exitPath, referrerName, referrerType, channel, country, city,
    browser, os, device, revenue, version
)
SELECT
    projectId, sessionKey, min(createdAt), max(createdAt), any(sessionId), any(deviceId), any(profileId),
    any(personKey), dateDiff('millisecond', min(createdAt), max(createdAt)) / 1000, count(),
    countIf(isScreenView = 1), countIf(isInteractive = 1),
    countIf(isScreenView = 1) < 2 AND countIf(isInteractive = 1) = 0,
    argMinIf(path, createdAt, isScreenView = 1), argMaxIf(path, createdAt, isScreenView = 1),
    argMin(referrerName, createdAt), argMin(referrerType, createdAt), argMin(channel, createdAt),
    any(country), any(city), any(browser), any(os), any(device), sum(revenue), 1
FROM events
WHERE createdAt >= toDateTime64('{date} 00:00:00', 3, 'UTC')
    AND createdAt < toDateTime64('{date} 00:00:00', 3, 'UTC') + INTERVAL 1 DAY
GROUP BY projectId, sessionKey
"""

PERSONS = """
INSERT INTO persons (projectId, key, kind, id, person, personId, version)
SELECT '{project}', xxHash64(concat('d', device)), 'device', device, xxHash64(concat('p', profile)), profile, 1
FROM (
    SELECT
        lower(hex(sipHash64(toUInt32(number * 5), 'device'))) AS device,
        concat('user-', toString(number * 5)) AS profile
    FROM numbers({count})
)
"""


def fill(engine: Engine, events: int) -> None:
    """The product's own tables, merged to one part a month; only what is not there yet."""
    # Django's settings must be there before.
    from eventlens.clickhouse import migrations

    if engine.run("EXISTS TABLE filled") == "1":
        return
    for statement in (statement for migration in migrations.files() for statement in migration.statements()):
        engine.run(statement.text)
    for function in FUNCTIONS:
        engine.run(function)
    for day in pieces(events):
        engine.run(filled(VISITS, day))
        engine.run(filled(SESSIONS, day))
    for table in ("events", "sessions"):
        merge(engine, table)
    known = {"project": PROJECT, "count": events // EVENTS_A_PERSON // 5}
    engine.run(filled(PERSONS, known))
    engine.run("CREATE TABLE filled (at DateTime DEFAULT now()) ENGINE = Log")


def prepare_persons(engine: Engine) -> None:
    """The dictionaries that tell whose a key is."""
    from eventlens.clickhouse import people

    for name, dictionary in people.DICTIONARIES.items():
        engine.run(dictionary.format(user="default", password="", database="default"))
        engine.run(f"SYSTEM RELOAD DICTIONARY {name}")


def pieces(events: int) -> Iterator[Mapping[str, object]]:
    """A piece for each day, with as many visits as its day of the week has."""
    visits = events * 11 // 10 * 20 // EVENTS_IN_20_VISITS
    total = sum(WEEK[day % 7] for day in range(DAYS))
    begun = 0
    for day in range(DAYS):
        count = visits * WEEK[day % 7] // total
        yield {
            "project": PROJECT,
            "persons": events // EVENTS_A_PERSON,
            "date": FIRST_DAY + timedelta(days=day),
            "day": day,
            "days": DAYS,
            "from": begun,
            "count": count,
        }
        begun += count


def merge(engine: Engine, table: str) -> None:
    """One part a month, so that no question meets work that the background still has to do."""
    months = f"SELECT DISTINCT partition_id FROM system.parts WHERE active AND table = '{table}' ORDER BY 1"
    for month in engine.run(months).split():
        engine.run(f"OPTIMIZE TABLE {table} PARTITION ID '{month}' FINAL")


def filled(sql: str, parts: Mapping[str, object]) -> str:
    for name, value in parts.items():
        sql = sql.replace(f"{{{name}}}", str(value))
    return sql
