"""Which project, when, and in which time zone: the only writer of the tenant condition."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from eventlens.clickhouse import people
from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking import periods
from insights.asking.fields import Subject
from insights.asking.filters import Condition, filters_sql

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Scope:
    """What a question looks at: [start, end) in UTC, to the millisecond, and the filters on its events."""

    project: str
    timezone: ZoneInfo
    start: datetime
    end: datetime
    filters: tuple[Condition, ...] = ()
    limit: int = 100
    offset: int = 0
    is_linked: bool = False  # whether some of the project's devices or profiles are somebody else's

    def events(self) -> Sql:
        """Events that happened in the range."""
        return self.sql("createdAt >= {start:DateTime64(3, 'UTC')} AND createdAt < {end:DateTime64(3, 'UTC')}")

    def events_since_start(self) -> Sql:
        """Events that happened in the range or after it: a session that starts in the range may end there."""
        return self.sql("createdAt >= {start:DateTime64(3, 'UTC')}")

    def events_until_end(self) -> Sql:
        """Events that happened in the range or before it."""
        return self.sql("createdAt < {end:DateTime64(3, 'UTC')}")

    def sessions(self) -> Sql:
        """Sessions that started in the range."""
        return self.sql("startedAt >= {start:DateTime64(3, 'UTC')} AND startedAt < {end:DateTime64(3, 'UTC')}")

    def sessions_open(self) -> Sql:
        """Sessions that have an event in the range, whenever they started."""
        return self.sql("startedAt < {end:DateTime64(3, 'UTC')} AND endedAt >= {start:DateTime64(3, 'UTC')}")

    def parts(
        self, column: Literal["createdAt", "startedAt"], spans: Iterable[tuple[datetime, datetime]], name: str = ""
    ) -> Sql:
        """Rows of these spans alone; `name` tells its parameters from others of the statement."""
        pieces = (
            Sql(
                f"({column} >= {{from{name}{number}:DateTime64(3, 'UTC')}}"
                f" AND {column} < {{until{name}{number}:DateTime64(3, 'UTC')}})",
                {f"from{name}{number}": start, f"until{name}{number}": end},
            )
            for number, (start, end) in enumerate(spans)
        )
        return compose(
            "projectId = {project:String} AND ($parts)",
            {"project": self.project},
            parts=join([*pieces, Sql("false")], " OR "),
        )

    def days(self, generations: Sequence[int]) -> Sql:
        """Rows of days that are summed up and begin in the range."""
        within = self.sql("startsAt >= {start:DateTime64(3, 'UTC')} AND startsAt < {end:DateTime64(3, 'UTC')}")
        chosen = Sql("generation IN {generations:Array(UInt64)}", {"generations": list(generations)})
        return join([within, chosen])

    def sql(self, condition: str) -> Sql:
        known: Mapping[str, object] = {"start": self.start, "end": self.end}
        used = {name: value for name, value in known.items() if f"{{{name}:" in condition}
        return Sql(f"projectId = {{project:String}} AND {condition}", {"project": self.project, **used})

    def person(self) -> Sql:
        """The person of a row, an event's or a session's."""
        return people.person_sql(self.project) if self.is_linked else people.UNLINKED

    def visitors(self) -> Sql:
        """How many persons the rows are of, exactly."""
        return people.visitors_sql(self.project) if self.is_linked else people.UNLINKED_VISITORS

    def visitors_if(self, met: Sql) -> Sql:
        """How many persons those of the rows are of that meet a condition."""
        if not self.is_linked:
            return compose("uniqExactIf(personKey, $met)", met=met)
        return people.visitors_sql(self.project, compose("groupUniqArrayIf(personKey, $met)", met=met))

    def subject(self) -> Subject:
        return Subject(self.project, self.person())

    def matching(self) -> Sql:
        """The filters as a condition on a row of `events`."""
        return filters_sql(self.filters, self.subject())

    def page(self) -> Sql:
        """The part of a list that was asked for."""
        return Sql("LIMIT {limit:UInt64} OFFSET {offset:UInt64}", {"limit": self.limit, "offset": self.offset})

    def previous(self) -> "Scope":
        """The period of the same length before: as many days for whole days, else as many milliseconds."""
        first, last = (periods.local_day(moment, self.timezone) for moment in (self.start, self.end))
        whole_days = self.start == periods.day_start(first, self.timezone) and self.end == periods.day_start(
            last, self.timezone
        )
        start = (
            periods.day_start(first - (last - first), self.timezone)
            if whole_days
            else self.start - (self.end - self.start)
        )
        return replace(self, start=start, end=self.start)

    def described(self) -> dict[str, object]:
        """The resolved scope as an answer shows it; the end is the last millisecond that counts."""
        return {
            "project": self.project,
            "timezone": self.timezone.key,
            "startDate": self.start.astimezone(self.timezone),
            "endDate": (self.end - MILLISECOND).astimezone(self.timezone),
            "filters": self.filters,
            "limit": self.limit,
            "offset": self.offset,
        }
