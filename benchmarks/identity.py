"""What persons cost a question: `python -m benchmarks.identity --events 20000000`.

The same events are asked twice: by device and profile as they are stored, and by the person that they are joined to.
A device has 20 events; a fifth of the devices are linked to profiles, a tenth of these are aliases of another.
Processor seconds leave out what busy neighbours do to the clock.
"""

import argparse
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import django

from benchmarks.schema.engine import Engine
from eventlens.clickhouse.sql import Sql

START, DAYS, EVENTS_A_DEVICE = datetime(2024, 1, 1, tzinfo=UTC), 90, 20
PROJECT = "bench"
PARAMETER = re.compile(r"\{(\w+):((?:[^{}()]|\([^{}]*\))+)\}")

EVENTS = """
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity", description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventlens.settings")
    os.environ.setdefault("EVENTLENS_DATA_DIR", tempfile.mkdtemp(prefix="event-lens-identity-"))
    django.setup()
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder), given.threads) as engine:
        fill(engine, given.events)
        report(engine, given.rounds)


def fill(engine: Engine, events: int) -> None:
    from eventlens.clickhouse import migrations, people

    for statement in (statement for migration in migrations.files() for statement in migration.statements()):
        engine.run(statement.text)
    for first in range(0, events, 1_000_000):
        parts = {"from": first, "count": min(1_000_000, events - first), "devices": events // EVENTS_A_DEVICE}
        engine.run(filled(EVENTS, parts))
    engine.run("OPTIMIZE TABLE events FINAL")
    engine.run(filled(PERSONS, {"count": events // EVENTS_A_DEVICE // 5}))
    engine.run(people.DICTIONARY.format(user="default", password="", database="default"))
    engine.run("SYSTEM RELOAD DICTIONARY person_of")
    print("dictionary:", engine.run("SELECT element_count, bytes_allocated FROM system.dictionaries"))


def filled(sql: str, parts: Mapping[str, int]) -> str:
    for name, number in parts.items():
        sql = sql.replace(f"{{{name}}}", str(number))
    return sql


def questions() -> Mapping[str, Any]:
    """Each question as a function of its scope."""
    from insights import breakdown, funnel, overview, periods, retention, timeseries
    from insights.funnel_steps import Step
    from insights.scope import Scope

    steps = tuple(Step(name) for name in ("page_view", "signup", "buy"))

    def asked_funnel(scope: Scope) -> Sql:
        return funnel.funnel_sql(funnel.Params(scope, steps, 14 * 86_400_000))

    def asked_retention(scope: Scope) -> Sql:
        found = periods.boundaries(periods.weeks, scope.start, scope.end, scope.timezone, 100)
        return retention.retention_sql(retention.Params(scope, "week", tuple(found or ()), scope.end))

    def asked_timeseries(scope: Scope) -> Sql:
        found = periods.boundaries(periods.days, scope.start, scope.end, scope.timezone, 100)
        return timeseries.timeseries_sql(timeseries.Params(scope, "day", tuple(found or ())[:-1]))

    return {
        "metrics": overview.overview_sql,
        "timeseries": asked_timeseries,
        "geo": lambda scope: breakdown.breakdown_sql(breakdown.Params(scope, ("country",))),
        "funnel": asked_funnel,
        "retention": asked_retention,
    }


def report(engine: Engine, rounds: int) -> None:
    from insights.scope import Scope

    print("| question | days | by key, s | by person, s | more |")
    print("|---|---|---|---|---|")
    for name, question in questions().items():
        for days in (30, DAYS):
            end = datetime.fromtimestamp(START.timestamp() + days * 86_400, UTC)
            scope = Scope(PROJECT, ZoneInfo("UTC"), START, end)
            plain = literal(question(scope))
            joined = literal(question(replace(scope, is_linked=True)))
            seconds: dict[str, list[float]] = {plain: [], joined: []}
            for _ in range(rounds):
                for sql in seconds:
                    seconds[sql].append(engine.ask(sql).cpu_seconds)
            before, after = median(seconds[plain]), median(seconds[joined])
            print(f"| {name} | {days} | {before:.3f} | {after:.3f} | {after / before - 1:+.0%} |", flush=True)


def literal(sql: Sql) -> str:
    """The statement with its values written out: chDB's own interface knows them under another name."""
    return PARAMETER.sub(lambda match: f"CAST({text(sql.params[match[1]])}, {quoted(match[2])})", sql.text)


def text(value: object) -> str:
    if isinstance(value, datetime):
        return quoted(value.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3])
    if isinstance(value, list):
        return f"[{', '.join(text(one) for one in value)}]"
    return quoted(value) if isinstance(value, str) else str(value)


def quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


if __name__ == "__main__":
    main()
