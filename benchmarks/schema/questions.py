"""What the product asks of the events table, written once for all layouts; slots are filled per candidate."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import Template

from benchmarks.schema.candidates import Candidate
from benchmarks.schema.source import PROJECT

ZONE = "Asia/Seoul"
SCOPE = f"""projectId = '{PROJECT}'
  AND createdAt >= toDateTime64('2025-08-15 00:00:00', 3, '{ZONE}')
  AND createdAt < toDateTime64('2025-09-14 00:00:00', 3, '{ZONE}')"""

OVERVIEW = """
SELECT uniqExact(personKey), countIf(isScreenView), count()
FROM $table
WHERE $scope"""

DAILY = f"""
SELECT toStartOfDay(createdAt, '{ZONE}') AS day, uniqExact(personKey), countIf(isScreenView), count()
FROM $table
WHERE $scope
GROUP BY day
ORDER BY day"""

PAGES = """
SELECT path, count() AS views, uniqExact(personKey) AS visitors
FROM $table
WHERE $scope
  AND name IN ('page_view', 'screen_view', 'pageview', '$$pageview')
GROUP BY path
ORDER BY views DESC, path
LIMIT 10"""

COUNTRIES = """
SELECT country, count() AS events, uniqExact(personKey) AS visitors
FROM $table
WHERE $scope
GROUP BY country
ORDER BY events DESC, country
LIMIT 50"""

NAMES = """
SELECT name, count() AS events
FROM $table
WHERE $scope
GROUP BY name
ORDER BY events DESC, name"""

ONE_NAME = f"""
SELECT toStartOfDay(createdAt, '{ZONE}') AS day, uniqExact(personKey), count()
FROM $table
WHERE $scope
  AND name = 'signup'
GROUP BY day
ORDER BY day"""

TEXT_PROPERTY = """
SELECT uniqExact(personKey), count()
FROM $table
WHERE $scope
  AND $plan = 'team'"""

NUMBER_PROPERTY = """
SELECT count(), round(sum($amount), 2)
FROM $table
WHERE $scope
  AND name = 'add_to_cart'
  AND $section = 'top'"""

# Per person the sorted times and steps; `latestN` holds, row by row, the newest start of a chain that ends at step N.
FUNNEL = """
SELECT countIf(arrayExists(t -> t > 0, latest1)), countIf(arrayExists(t -> t > 0, latest2)),
    countIf(arrayExists(t -> t > 0, latest3))
FROM
(
    SELECT
        arraySort(groupArray((toUnixTimestamp64Milli(createdAt),
            multiIf(name = 'page_view', 1, name = 'add_to_cart', 2, 3)))) AS steps,
        arrayMap(s -> if(s.2 = 1, s.1, 0), steps) AS latest1,
        arrayPopBack(arrayPushFront(arrayFill(t -> t != 0, latest1), 0)) AS before1,
        arrayMap((s, t) -> if(s.2 = 2 AND t > 0 AND s.1 - t <= 604800000, t, 0), steps, before1) AS latest2,
        arrayPopBack(arrayPushFront(arrayFill(t -> t != 0, latest2), 0)) AS before2,
        arrayMap((s, t) -> if(s.2 = 3 AND t > 0 AND s.1 - t <= 604800000, t, 0), steps, before2) AS latest3
    FROM $table
    WHERE $scope
      AND (name IN ('add_to_cart', 'purchase') OR (name = 'page_view' AND path = '/pricing'))
    GROUP BY personKey
)"""

RETENTION = f"""
SELECT cohort, dateDiff('week', cohort, week) AS period, count() AS persons
FROM
(
    SELECT groupUniqArray(toMonday(createdAt, '{ZONE}')) AS weeks, arrayMin(weeks) AS cohort
    FROM $table
    WHERE projectId = '{PROJECT}'
    GROUP BY personKey
)
ARRAY JOIN weeks AS week
GROUP BY cohort, period
ORDER BY cohort, period"""

LIVE = f"""
SELECT uniqExact(personKey)
FROM $table
WHERE projectId = '{PROJECT}'
  AND createdAt >= toDateTime64('2025-09-30 11:55:00', 3, 'UTC')
  AND createdAt < toDateTime64('2025-09-30 12:00:00', 3, 'UTC')"""

TIMELINE = f"""
SELECT createdAt, name, path, country, browser, $plan
FROM $table
WHERE projectId = '{PROJECT}'
  AND personKey = $person
ORDER BY createdAt DESC, eventId
LIMIT 100"""

# The rollup reads a lane from an hour before to an hour after what was touched.
ROLLUP = f"""
SELECT sessionKey, createdAt, name, isScreenView, isInteractive, path, referrerName, country, browser, revenue
FROM $table
WHERE projectId = '{PROJECT}'
  AND createdAt >= toDateTime64('2025-09-09 23:00:00', 3, 'UTC')
  AND createdAt < toDateTime64('2025-09-11 01:00:00', 3, 'UTC')
  AND sessionKey IN ($lanes)
ORDER BY sessionKey, createdAt, eventId"""

KEYS = """
SELECT $keys
FROM $table
WHERE $scope"""

COMMON_KEY = """
SELECT count(), round(sum($common), 2)
FROM $table
WHERE $common > 0"""

RARE_KEY = """
SELECT count(), round(sum($rare), 2)
FROM $table
WHERE $rare > 0"""

RARE_TEXT = """
SELECT count(), uniqExact(personKey)
FROM $table
WHERE $rare_text = 'value 1'"""

MANY_KEY_QUESTIONS = {
    "property keys": KEYS.replace("WHERE $scope", f"WHERE projectId = '{PROJECT}'"),
    "sum of a common key": COMMON_KEY,
    "sum of a rare key": RARE_KEY,
    "text of a rare key": RARE_TEXT,
}

QUESTIONS = {
    "overview": OVERVIEW,
    "daily series": DAILY,
    "top pages": PAGES,
    "countries": COUNTRIES,
    "event names": NAMES,
    "one name by day": ONE_NAME,
    "text property": TEXT_PROPERTY,
    "number property": NUMBER_PROPERTY,
    "property keys": KEYS,
    "funnel": FUNNEL,
    "retention": RETENTION,
    "live": LIVE,
    "timeline": TIMELINE,
    "rollup": ROLLUP,
}

LANES = f"""
SELECT DISTINCT xxHash64(if(sessionId != '', concat('s', sessionId), concat('d', deviceId))) AS lane
FROM $source
WHERE projectId = '{PROJECT}' AND toDate(createdAt) = '2025-09-10'
ORDER BY lane
LIMIT 500"""

PROFILE = f"""
SELECT profileId
FROM $source
WHERE projectId = '{PROJECT}' AND profileId != ''
GROUP BY profileId
ORDER BY count() DESC, profileId
LIMIT 1 OFFSET 1000"""


@dataclass(frozen=True)
class Subjects:
    """Whom the pointed questions are about."""

    profile: str
    lanes: Sequence[int]


def write(question: str, candidate: Candidate, table: str, subjects: Subjects) -> str:
    """The SQL of a question as it runs on this candidate's table."""
    return Template(question).substitute(
        table=table,
        scope=SCOPE,
        plan=candidate.storage.text.format(key="plan"),
        section=candidate.storage.text.format(key="section"),
        amount=candidate.storage.number.format(key="amount"),
        common=candidate.storage.number.format(key="number_1_2"),
        rare=candidate.storage.number.format(key="number_1_400"),
        rare_text=candidate.storage.text.format(key="key_1_4000"),
        keys=candidate.storage.keys,
        person=candidate.person(f"p{subjects.profile}"),
        lanes=", ".join(map(str, subjects.lanes)),
    )
