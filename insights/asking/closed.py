"""Which part of a range is answered from days that are summed up, and which is left to be asked of the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from eventlens import closed_days, short_memory
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from eventlens.closed_days import Day
from insights.asking import periods
from insights.asking.scope import MILLISECOND, Scope

MOST_GAPS = 20  # each is a condition of its own

Gaps = tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True)
class Split:
    """Days of a range that are summed up, by time, and the spans of the range beside them."""

    scope: Scope
    days: tuple[Day, ...]
    gaps: Gaps

    def summed(self) -> Sql:
        """Rows of the days that are summed up."""
        return self.scope.days([day.mark for day in self.days])

    def events(self) -> Sql:
        """Events that happened in the rest of the range."""
        return self.scope.parts("createdAt", self.gaps)

    def sessions(self) -> Sql:
        """Sessions that started in the rest of the range."""
        return self.scope.parts("startedAt", self.gaps)

    def still_counts(self) -> bool:
        """Whether nothing has changed on these days since."""
        return set(self.days) <= set(known(self.scope))

    def is_there(self) -> bool:
        """Whether all rows were there that were read before this is asked, for the numbers of days go first."""
        sql = compose("SELECT count() AS found FROM day_numbers WHERE $summed", summed=self.summed())
        [row] = client.query(sql, comment=f"{self.scope.project}:days")
        if row["found"] == len(self.days):
            return True
        self.give_up()
        return False

    def give_up(self) -> None:
        """Have the days summed up again, for their rows are not where they should be."""
        members, project_id = [day.member for day in self.days], self.scope.project
        short_memory.tried(lambda store: store.zrem(closed_days.summed_key(project_id), *members))
        short_memory.tried(lambda store: store.delete(closed_days.looked_key(project_id)))


def split(scope: Scope, apart: datetime | None = None) -> Split | None:
    """None where no day of the range is summed up, or where filters look at single events.

    No summed up day has this moment within it, so that all of it is before or after.
    """
    if scope.filters:
        return None
    within = periods.milliseconds(apart or scope.start)
    days = [
        day for day in known(scope) if is_day(scope.timezone, day.start, day.end) and not day.start < within < day.end
    ]
    while len(found := gaps(scope, days)) > MOST_GAPS:
        days = without_shortest_run(days)
    return Split(scope, tuple(days), found) if days else None


def known(scope: Scope) -> list[Day]:
    """None at all while Redis is away."""
    start, end = periods.milliseconds(scope.start), periods.milliseconds(scope.end)
    found = short_memory.tried(lambda store: closed_days.summed(store, scope.project, start, end))
    return [day for day in found or () if day.zone == scope.timezone.key]


@lru_cache(maxsize=20_000)
def is_day(zone: ZoneInfo, start: int, end: int) -> bool:
    """Whether that is still a day of the zone: what is known of time zones changes."""
    first, last = (periods.EPOCH + timedelta(milliseconds=at) for at in (start, end))
    day, following = (periods.local_day(moment, zone) for moment in (first, last))
    begins, ends = periods.day_start(day, zone), periods.day_start(following, zone)
    return (begins, ends) == (first, last) and periods.local_day(last - MILLISECOND, zone) == day


def gaps(scope: Scope, days: Sequence[Day]) -> Gaps:
    """What is left of the range between days in the order of time."""
    moments = [scope.start]
    for day in days:
        moments += [periods.EPOCH + timedelta(milliseconds=at) for at in (day.start, day.end)]
    moments.append(scope.end)
    return tuple((moments[at], moments[at + 1]) for at in range(0, len(moments), 2) if moments[at] < moments[at + 1])


def without_shortest_run(days: Sequence[Day]) -> list[Day]:
    """Days that are followed by a gap at once are worth the least."""
    runs: list[list[Day]] = [[days[0]]]
    for before, day in pairwise(days):
        if day.start != before.end:
            runs.append([])
        runs[-1].append(day)
    runs.remove(min(runs, key=len))
    return [day for run in runs for day in run]
