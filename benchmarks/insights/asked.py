"""What is asked: the product's own statements, of days that are summed up as the product does it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from benchmarks.identity import literal
from benchmarks.insights.rows import DAYS, FIRST_DAY, PROJECT
from benchmarks.schema.engine import Engine
from eventlens.clickhouse.sql import Sql
from eventlens.closed_days import Day
from ingestion.rollups import day_sql, number_sql
from ingestion.rollups import days as rollup
from insights.asking import closed, periods
from insights.asking.closed import Split
from insights.asking.scope import Scope
from insights.funnels import funnel
from insights.funnels.rows import BLOCK
from insights.funnels.steps import Step
from insights.retention import retention
from insights.retention.summed import EARLIEST
from insights.web import breakdown, summed, timeseries
from insights.web import overview as metrics

STEPS = ("page_view", "signup", "buy")
FUNNEL_DAYS = 14
Ask = Callable[[Scope], Sequence[str]]
# As eventlens.clickhouse.client has it for every question.
TOO_LATE = 4_102_444_800_000  # to begin with a statement: never
ALWAYS = {"do_not_merge_across_partitions_select_final": 1}


@dataclass(frozen=True)
class Question:
    """What it is called, the statements that answer it, and what the peers' statements for it are called."""

    name: str
    statements: Sequence[str]
    peers: str = ""
    most_ms: int = 0


def questions() -> list[Question]:
    return [
        *of_range("overview", DAYS, overview, most_ms=100),
        Question("the same, nothing summed up", overview(scope(DAYS), is_summed=False)),
        *of_range("countries", 30, countries, most_ms=400),
        *of_range("funnel of 3 steps", 30, funnel_of_steps),
        *of_range("weekly retention", DAYS, weekly_retention, most_ms=500),
    ]


def of_range(name: str, days: int, ask: Ask, most_ms: int = 0) -> list[Question]:
    """The question as it is, and where a fifth of the persons have a device that was linked to a profile."""
    asked = scope(days)
    return [
        Question(f"{name}, {days} days", ask(asked), name, most_ms),
        Question(f"{name}, {days} days, linked persons", ask(replace(asked, is_linked=True))),
    ]


def scope(days: int) -> Scope:
    """The last so many days, of which the last one is not over."""
    return Scope(PROJECT, ZoneInfo("UTC"), midnight(DAYS - days), midnight(DAYS))


def midnight(day: int) -> datetime:
    return datetime.combine(FIRST_DAY + timedelta(days=day), time.min, UTC)


def sum_up(engine: Engine) -> float:
    """All days but the last; answers the processor seconds."""
    if engine.run("SELECT count() FROM day_numbers") != "0":
        return 0
    seconds = 0.0
    for run in rollup.runs(summed_days()):
        generations = [day.mark for day in run]
        params = day_sql.parameters(PROJECT, [day.start for day in run], run[-1].end, generations)
        numbered = {**params, "beginsBefore": TOO_LATE}
        for sql in (number_sql.assign_sql(numbered), day_sql.people_sql(params), day_sql.numbers_sql(params)):
            seconds += engine.cpu_seconds(literal(sql))
    return seconds


def summed_days() -> list[Day]:
    starts = [int(midnight(day).timestamp() * 1000) for day in range(DAYS)]
    return [Day("UTC", starts[day], starts[day + 1], day + 1) for day in range(DAYS - 1)]


def split(asked: Scope) -> Split:
    days = [day for day in summed_days() if day.start >= asked.start.timestamp() * 1000]
    return Split(asked, tuple(days), closed.gaps(asked, days))


def overview(asked: Scope, *, is_summed: bool = True) -> list[str]:
    """All metrics, and the daily series."""
    found = periods.boundaries(periods.days, asked.start, asked.end, asked.timezone, 100) or []
    buckets = tuple(found[:-1])
    if not is_summed:
        series = timeseries.Params(asked, "day", buckets)
        return [written(sql) for sql in (metrics.overview_sql(asked), timeseries.timeseries_sql(series))]
    parts = split(asked)
    return [
        written(summed.summed_sql(parts, [asked.start]), summed.SHARED),
        written(summed.summed_sql(parts, buckets, by_day=True), summed.SHARED),
    ]


def countries(asked: Scope) -> list[str]:
    return [written(breakdown.breakdown_sql(breakdown.Params(asked, ("country",))))]


def funnel_of_steps(asked: Scope) -> list[str]:
    steps = tuple(Step(name) for name in STEPS)
    return [written(funnel.funnel_sql(funnel.Params(asked, steps, FUNNEL_DAYS * 86_400_000)), BLOCK)]


def weekly_retention(asked: Scope) -> list[str]:
    found = periods.boundaries(periods.weeks, asked.start, asked.end, asked.timezone, 100)
    params = retention.Params(asked, "week", tuple(found or ()), asked.end)
    return [written(retention.retention_sql(params, split(replace(asked, start=EARLIEST))))]


def written(sql: Sql, settings: Mapping[str, object] | None = None) -> str:
    listed = ", ".join(f"{name} = {value}" for name, value in {**ALWAYS, **(settings or {})}.items())
    return f"{literal(sql)} SETTINGS {listed}"
