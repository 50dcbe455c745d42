"""Generated events with the skew of real traffic, made by ClickHouse itself from numbers()."""

from benchmarks.schema.candidates import NUMBERS, PLAIN_COLUMNS, PROPERTIES
from benchmarks.schema.engine import Engine

PROJECT = "project-1"
DAYS = 90
FIRST_DAY = "2025-07-03"
EVENTS_PER_20_SESSIONS = 128
MANY_KEYS_EVENTS = 500_000

# draw() is uniform in [0, 1), always the same for the same number and salt; zipf() is 1 .. size, skewed like words.
FUNCTIONS = (
    "CREATE OR REPLACE FUNCTION draw AS (number, salt) -> cityHash64(number, salt) / 18446744073709551616",
    "CREATE OR REPLACE FUNCTION zipf AS (size, uniform) -> toUInt32(floor(pow(size + 1, uniform)))",
    "CREATE OR REPLACE FUNCTION userKey AS (prefix, project, number) -> "
    "concat(prefix, substring(project, 9), '_', toString(number))",
    "CREATE OR REPLACE FUNCTION pick AS (words, uniform) -> words[zipf(length(words), uniform)]",
)

# Sessions are numbered in the order of their days, so that rows arrive roughly as they would in life.
GENERATE = """
INSERT INTO source ({columns})
WITH
    [1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9, 11, 13, 16, 21] AS sessionLengths,
    ['click', 'scroll_depth', 'search', 'signup', 'add_to_cart', 'checkout', 'purchase', 'video_play', 'share',
     'download'] AS knownNames,
    ['US', 'KR', 'DE', 'GB', 'FR', 'JP', 'IN', 'BR', 'CA', 'NL', 'ES', 'IT', 'PL', 'AU', 'SE', 'MX', 'TR', 'ID',
     'TW', 'VN', 'CH', 'AT', 'BE', 'CZ', 'DK', 'NO', 'FI', 'PT', 'GR', 'HU', 'RO', 'UA', 'IL', 'ZA', 'AR', 'CL',
     'CO', 'PE', 'TH', 'PH', 'MY', 'SG', 'HK', 'NZ', 'IE', 'SK', 'BG', 'HR', 'RS', 'EG'] AS countries,
    sessions AS (
        SELECT
            number AS session,
            toUInt32({visitors} * pow(draw(number, 'person'), 2)) AS person,
            toDateTime64('{first_day}', 3, 'UTC') + toIntervalDay(intDiv(number * {days}, {sessions}))
                + toIntervalMillisecond(toUInt32(86400000 * least(0.999, greatest(0, 0.5
                    + 0.35 * (draw(number, 't1') + draw(number, 't2') + draw(number, 't3') - 1.5))))) AS startedAt,
            arrayJoin(range(1, 1 + sessionLengths[1 + number % 20])) AS step
        FROM numbers({sessions})
    ),
    facts AS (
        SELECT
            *,
            session * 32 + step AS event,
            draw(person, 'agent') AS agent,
            draw(person, 'place') AS place,
            draw(session, 'source') AS origins,
            arrayFirstIndex(share -> share > draw(person, 'project') * 100,
                [50, 65, 75, 82, 87, 91, 94, 97, 99, 100]) AS project,
            step = 1 OR draw(event, 'kind') < 0.6 AS isView,
            zipf(40, draw(event, 'name')) AS nameRank,
            zipf(3000, draw(event, 'path')) AS pathRank,
            session % 2 = 1 AS clientSession,
            person % 10 < 3 AS known
        FROM sessions
    )
SELECT
    concat('project-', toString(project)),
    multiIf(isView, 'page_view', nameRank <= 10, knownNames[nameRank],
        concat('feature_', toString(nameRank))) AS eventName,
    startedAt + toIntervalMillisecond(toUInt32((step - 1) * 45000 * (0.2 + 1.6 * draw(event, 'pause'))))
        AS happenedAt,
    happenedAt + toIntervalMillisecond(toUInt32(80 + 1500 * pow(draw(event, 'delay'), 4))
        + if(draw(event, 'late') < 0.02, 7200000, 0)),
    lower(hex(sipHash128(event))),
    lower(hex(sipHash128(person, 'device'))),
    if(known, concat('user-', toString(person)), ''),
    if(clientSession, lower(hex(sipHash128(session, 'session'))), ''),
    isView,
    NOT isView,
    multiIf(pathRank = 1, '/', pathRank = 2, '/pricing',
        concat('/', ['blog', 'docs', 'shop', 'help'][1 + pathRank % 4], '/article-', toString(pathRank))) AS page,
    concat('https://www.site-', toString(project), '.example') AS site,
    if(origins < 0.1 AND step = 1, concat('utm_source=google&utm_medium=cpc&gclid=', hex(sipHash64(session))), ''),
    concat('Article ', toString(pathRank), ' of our site'),
    multiIf(step > 1, concat(site, '/'), origins < 0.4, 'https://www.google.com/', origins < 0.6,
        concat('https://blog-', toString(zipf(500, draw(session, 'blog'))), '.example/a-post'), '') AS cameFrom,
    multiIf(step > 1, '', origins < 0.4, 'Google', ''),
    multiIf(step > 1, 'internal', origins < 0.4, 'search', origins < 0.6, 'other', 'direct') AS cameFromType,
    multiIf(origins < 0.1, 'Paid Search', origins < 0.4, 'Organic Search', origins < 0.6, 'Referral', 'Direct'),
    if(origins < 0.1, 'google', ''),
    if(origins < 0.1, 'cpc', ''),
    if(origins < 0.1, concat('campaign-', toString(zipf(50, draw(session, 'campaign')))), ''),
    '',
    '',
    pick(countries, place) AS land,
    concat(land, '-', toString(zipf(20, draw(person, 'region')))),
    concat('City ', toString(zipf(200, draw(person, 'city'))), ' of ', land),
    pick(['Chrome', 'Mobile Safari', 'Safari', 'Edge', 'Firefox', 'Samsung Internet', 'Opera'], agent),
    concat(toString(140 - zipf(40, draw(person, 'version'))), '.0'),
    pick(['Windows', 'iOS', 'Android', 'Mac OS X', 'Linux'], agent),
    toString(zipf(20, draw(person, 'system'))),
    pick(['desktop', 'mobile', 'tablet'], agent) AS kind,
    if(kind = 'desktop', '', pick(['Apple', 'Samsung', 'Xiaomi', 'Google', 'Huawei'], draw(person, 'brand')))
        AS maker,
    if(kind = 'desktop', '', concat(maker, ' ', toString(zipf(100, draw(person, 'model'))))),
    toDecimal64(if(eventName = 'purchase', round(200 * draw(event, 'amount'), 2), 0), 4),
    if(eventName = 'purchase', 'EUR', ''),
    'web',
    concat('1.', toString(zipf(9, draw(person, 'sdk')))),
    if(isView,
        map('plan', pick(['free', 'pro', 'team', 'enterprise'], draw(person, 'plan')),
            'variant', ['a', 'b'][1 + session % 2],
            'theme', ['dark', 'light'][1 + person % 2],
            'author', concat('author-', toString(zipf(800, draw(pathRank, 'author'))))),
        map('plan', pick(['free', 'pro', 'team', 'enterprise'], draw(person, 'plan')),
            'button', concat('button-', toString(zipf(60, draw(event, 'button')))),
            'section', ['top', 'side', 'body', 'foot'][1 + event % 4],
            'item', concat('sku-', toString(zipf(100000, draw(event, 'item'))))))::{properties} AS given,
    if(isView,
        map('loadMs', round(3000 * pow(draw(event, 'load'), 3)), 'scroll', round(draw(event, 'scroll'), 2)),
        map('amount', round(200 * draw(event, 'amount'), 2), 'quantity', zipf(12, draw(event, 'quantity'))))
        ::{numbers} AS measured,
    mapConcat(given, mapApply((key, value) -> (key, toString(value)), measured)::{properties})
FROM facts
SETTINGS max_insert_threads = 1
"""

# Each project sends five thousand keys of its own, a few often and most hardly ever: fifty thousand in all.
# No event has a key twice: a map would keep both, JSON refuses the row.
MANY_KEYS = """
INSERT INTO manyKeys
SELECT * REPLACE (
    mapConcat(texts, mapApply((key, value) -> (key, toString(value)), numbers)::{properties}) AS properties)
FROM
(
    SELECT * REPLACE (
        mapFromArrays(
            arrayMap(i -> userKey('key_', projectId, 4 * zipf(1250, draw(eventId, i)) + i), range(4)),
            arrayMap(i -> concat('value ', toString(zipf(50, draw(eventId, 100 + i)))), range(4))
        )::{properties} AS texts,
        mapFromArrays(
            arrayMap(i -> userKey('number_', projectId, 2 * zipf(250, draw(eventId, i)) + i), range(2)),
            arrayMap(i -> 0.5 + zipf(1000, draw(eventId, 200 + i)), range(2))
        )::{numbers} AS numbers)
    FROM source
    LIMIT {rows}
)
"""


def generate(engine: Engine, events: int) -> None:
    """Fill what is not there yet: `source`; a `quarter` of its visitors; `manyKeys`, which differs in properties.

    `texts` is `properties` without the numbers.
    """
    columns = dict(PLAIN_COLUMNS) | {"texts": PROPERTIES, "numbers": NUMBERS, "properties": PROPERTIES}
    for function in FUNCTIONS:
        engine.run(function)
    if engine.run("EXISTS TABLE source") == "0":
        listed = ", ".join(f"{name} {kind} CODEC(ZSTD(1))" for name, kind in columns.items())
        engine.run(f"CREATE TABLE source ({listed}) ENGINE = MergeTree ORDER BY tuple()")
        engine.run(
            GENERATE.format(
                columns=", ".join(columns),
                visitors=events // 20,
                sessions=events * 20 // EVENTS_PER_20_SESSIONS,
                days=DAYS,
                first_day=FIRST_DAY,
                properties=PROPERTIES,
                numbers=NUMBERS,
            )
        )
    if engine.run("EXISTS TABLE quarter") == "0":
        engine.run("CREATE TABLE quarter AS source")
        engine.run("INSERT INTO quarter SELECT * FROM source WHERE sipHash64(deviceId) % 4 = 0")
    if engine.run("EXISTS TABLE manyKeys") == "0":
        engine.run("CREATE TABLE manyKeys AS source")
        engine.run(MANY_KEYS.format(properties=PROPERTIES, numbers=NUMBERS, rows=MANY_KEYS_EVENTS))
