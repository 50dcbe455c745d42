"""What it costs to forget persons: `python -m benchmarks.erasure --events 5000000`.

One person, a hundred at a time, and then the oldest tenth of all events by the project's retention, beside events of
90 days; a person has two devices and a hundred events. Each is told apart by when questions do not find them any more
and by when they are off the disk. Processor seconds leave out what busy neighbours do to the clock.
"""

import argparse
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from benchmarks.rollup.place import Place, Spent

EVENTS_A_PERSON = 100

EVENTS = """
INSERT INTO events (projectId, name, createdAt, receivedAt, eventId, deviceId, profileId, isScreenView, path)
SELECT
    'bench',
    ['page_view', 'signup', 'buy', 'click'][1 + number % 4],
    toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(
        intHash64(number) % toUInt64(90 * 86400000)
    ) AS at,
    at,
    toString(number),
    concat('d', toString(number % {persons:UInt64}), '-', toString(intHash32(number) % 2)),
    if(number % 3 = 0, concat('p', toString(number % {persons:UInt64})), ''),
    number % 4 = 0,
    concat('/page/', toString(intHash32(number + 3) % 500))
FROM numbers({first:UInt64}, {count:UInt64})
"""

SESSIONS = """
INSERT INTO sessions (projectId, sessionKey, startedAt, endedAt, deviceId, profileId, personKey, events, version)
SELECT
    projectId, sessionKey, min(createdAt), max(createdAt), any(deviceId), max(profileId), any(personKey), count(), 1
FROM events
GROUP BY projectId, sessionKey, toDate(createdAt)
"""

LINKS = """
INSERT INTO identity_links (projectId, kind, fromId, toId, linkedAt)
SELECT 'bench', 'device', concat('d', toString(number), '-', toString(device)), concat('p', toString(number)), now64()
FROM numbers({persons:UInt64})
ARRAY JOIN [0, 1] AS device
"""

STEP = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.erasure", description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000)
    given = parser.parse_args()
    logging.disable(logging.INFO)
    place = Place()
    from ingestion.forgetting import masks

    masks.PAUSE = timedelta(0)
    try:
        fill(given.events)
        print(f"{'what':28} {'hidden after':>14} {'off the disk':>14} {'processors':>12} {'ClickHouse peak':>16}")
        measure(place, "one person", ["p7"])
        measure(place, "one person again (nothing)", ["p7"])
        measure(place, "100 persons", [f"p{number}" for number in range(100, 200)])
        measure_retention(place)
    finally:
        place.close()


def fill(events: int) -> None:
    from analytics.models import Project
    from eventlens.clickhouse import client
    from eventlens.clickhouse.sql import Sql

    Project.objects.create(id="bench", name="Bench")
    persons = events // EVENTS_A_PERSON
    for first in range(0, events, STEP):
        client.command(Sql(EVENTS, {"persons": persons, "first": first, "count": min(STEP, events - first)}))
    client.command(Sql(SESSIONS))
    client.command(Sql(LINKS, {"persons": persons}))


def measure(place: Place, what: str, profiles: list[str]) -> None:
    from analytics import erasures
    from analytics.models import Erasure, ErasureState
    from ingestion.forgetting import erasure

    for profile in profiles:
        erasures.erase_profile("bench", profile, datetime.now(UTC))
    wishes = Erasure.objects.filter(finished_at=None)
    watch = place.begin()
    while wishes.exclude(state=ErasureState.REMOVING).exists():
        with erasure.alone(erasure.LOCK, erasure.LOCK_SECONDS) as renew:
            erasure.advance(renew)
    hidden = watch.end()
    rewrite(lambda: erasure.work() or not wishes.exists())
    show(what, hidden, watch.end())


def measure_retention(place: Place) -> None:
    from analytics.models import Project
    from eventlens.clickhouse import client
    from ingestion.forgetting import retention

    Project.objects.update(retention_days=81)
    now = datetime(2024, 3, 31, tzinfo=UTC)
    watch = place.begin()
    for statement in retention.statements(retention.limits(now)):
        client.command(statement, settings=retention.UNBOUNDED)
    hidden = watch.end()
    rewrite(nothing_is_masked)
    show("a tenth of all, by retention", hidden, watch.end())


def nothing_is_masked() -> bool:
    from ingestion.forgetting import masks

    now = datetime.now(UTC)
    return masks.remove(now) == now


def rewrite(is_done: Callable[[], bool]) -> None:
    while not is_done():
        pass


def show(what: str, hidden: Spent, whole: Spent) -> None:
    seconds = f"{hidden.seconds:12.2f} s {whole.seconds:12.2f} s"
    print(f"{what:28} {seconds} {whole.processors:10.2f} s {whole.peak:12.0f} MiB")


if __name__ == "__main__":
    main()
