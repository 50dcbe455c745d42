"""What persons cost a question: `python -m benchmarks.identity --events 20000000`.

The same events are asked twice: by device and profile as they are stored, and by the person that they are joined to.
A device has 20 events on average; a fifth of the devices are linked to profiles, a tenth of these are aliases of
another. Processor seconds leave out what busy neighbours do to the clock, though not what they do to the caches.
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

from benchmarks.identity_rows import SHAPES, fill
from benchmarks.schema.engine import Engine
from eventlens.clickhouse.sql import Sql

START, DAYS = datetime(2024, 1, 1, tzinfo=UTC), 90
PROJECT = "bench"
PARAMETER = re.compile(r"\{(\w+):((?:[^{}()]|\([^{}]*\))+)\}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity", description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--shape", choices=SHAPES, default="visits")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="a folder whose generated events are kept for the next run")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventlens.settings")
    os.environ.setdefault("EVENTLENS_DATA_DIR", tempfile.mkdtemp(prefix="event-lens-identity-"))
    django.setup()
    with tempfile.TemporaryDirectory() as folder, Engine(given.keep or Path(folder), given.threads) as engine:
        if engine.run("EXISTS TABLE events") == "0":
            fill(engine, given.events, given.shape)
        prepare(engine)
        report(engine, given.rounds)


def prepare(engine: Engine) -> None:
    from eventlens.clickhouse import people

    for name, dictionary in people.DICTIONARIES.items():
        engine.run(dictionary.format(user="default", password="", database="default"))
        engine.run(f"SYSTEM RELOAD DICTIONARY {name}")
    print("dictionaries:", engine.run("SELECT name, element_count, bytes_allocated FROM system.dictionaries"))


def questions() -> Mapping[str, Any]:
    """Each question as a function of its scope."""
    from insights.asking import periods
    from insights.asking.scope import Scope
    from insights.funnels import funnel
    from insights.funnels.steps import Step
    from insights.retention import retention
    from insights.web import breakdown, overview, pages, sources, timeseries

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
        "pages": lambda scope: pages.pages_sql(pages.Params(scope)),
        "referrers": lambda scope: sources.sources_sql(sources.Params(scope, ("referrerName",))),
        "funnel": asked_funnel,
        "retention": asked_retention,
    }


def report(engine: Engine, rounds: int) -> None:
    from insights.asking.scope import Scope

    print("| question | days | by key, s | by person, s | more | of the fastest runs |")
    print("|---|---|---|---|---|---|")
    for name, question in questions().items():
        for days in (30, DAYS):
            end = datetime.fromtimestamp(START.timestamp() + days * 86_400, UTC)
            scope = Scope(PROJECT, ZoneInfo("UTC"), START, end)
            asked = literal(question(scope)), literal(question(replace(scope, is_linked=True)))
            print(f"| {name} | {days} | {compared(engine, asked, rounds)} |", flush=True)


def compared(engine: Engine, asked: tuple[str, str], rounds: int) -> str:
    """The two are asked in turn, so that each meets the same neighbours; the first round warms up."""
    runs = [[engine.ask(sql).cpu_seconds for sql in asked] for _ in range(rounds + 1)][1:]
    by_key, by_person = zip(*runs, strict=True)
    more = median(after / before - 1 for before, after in runs)
    fastest = min(by_person) / min(by_key) - 1
    return f"{median(by_key):.3f} | {median(by_person):.3f} | {more:+.0%} | {fastest:+.0%}"


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
