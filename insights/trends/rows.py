"""The rows that series are counted from: events, or the events of sessions that start in the range."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.groupings import OF_SESSIONS, Groupings, of_event, source
from insights.asking.held import of_started
from insights.asking.scope import Scope
from insights.trends.measures import Taken
from insights.trends.series import Series

EVENTS = """$source
WHERE $events AND $filters AND ($met)"""


@dataclass(frozen=True)
class Counted:
    """A series on its rows: the condition on a row, and what of the row the aggregates take."""

    at: int
    series: Series
    met: Sql
    taken: Mapping[Taken, Sql]
    scope: Scope

    @property
    def alias(self) -> str:
        return f"series{self.at}"

    def number(self) -> Sql:
        numbers = (
            self.scope.visitors_if(self.met)
            if part.takes == "person"
            else part.number(self.taken.get(part.takes, Sql("1")), self.met)
            for part in self.series.parts()
        )
        return self.named(self.series.how().made(*numbers))

    def states(self) -> Sql:
        states = (part.state(self.taken.get(part.takes, Sql("1")), self.met) for part in self.series.parts())
        return join((compose(f"$state AS {self.alias}_{at}", state=one) for at, one in enumerate(states)), ", ")

    def merged(self) -> Sql:
        numbers = (part.merged(f"{self.alias}_{at}") for at, part in enumerate(self.series.parts()))
        return self.named(self.series.how().made(*numbers))

    def named(self, number: Sql) -> Sql:
        return compose(f"$number AS {self.alias}", number=number)


@dataclass(frozen=True)
class Rows:
    """What is counted from: `source` stands behind FROM, `moment` puts a row into its bucket."""

    name: str
    source: Sql
    moment: str
    dimensions: Sequence[Sql]
    counted: Sequence[Counted]

    def numbers(self) -> Sql:
        return listed([one.number() for one in self.counted])


def rows_of(scope: Scope, series: Sequence[Series], groupings: Groupings) -> Iterator[Rows]:
    """The events, the sessions, or both: what the series need."""
    numbered = list(enumerate(series))
    events = [(at, one) for at, one in numbered if not one.counts_sessions()]
    sessions = [(at, one) for at, one in numbered if one.counts_sessions()]
    if events:
        yield event_rows(scope, events, groupings)
    if sessions:
        yield session_rows(scope, sessions, groupings)


def event_rows(scope: Scope, series: Sequence[tuple[int, Series]], groupings: Groupings) -> Rows:
    mets = [one.met(scope.subject(), f"series{at}") for at, one in series]
    text = compose(
        EVENTS,
        source=source(groupings, scope),
        events=scope.events(),
        filters=scope.matching(),
        met=join(mets, " OR "),
    )
    counted = []
    for (at, one), met in zip(series, mets, strict=True):
        taken, has = one.taken(scope.subject(), f"series{at}Property")
        counted.append(Counted(at, one, compose("($met) AND ($has)", met=met, has=has), taken, scope))
    dimensions = [of_event(one, groupings, scope) for one in groupings]
    return Rows("happened", text, "events.createdAt", dimensions, counted)


def session_rows(scope: Scope, series: Sequence[tuple[int, Series]], groupings: Groupings) -> Rows:
    mets = [one.met(scope.subject(), f"series{at}") for at, one in series]
    columns = [compose(f"($met) AS met{at}", met=met) for (at, _), met in zip(series, mets, strict=True)]
    columns += [
        compose(f"$value AS {one.alias}Value", value=of_event(one, groupings, scope))
        for one in groupings
        if one.is_of_event
    ]
    of_sessions = [
        Sql(f"toString({OF_SESSIONS[one.name]}) AS {one.alias}Value") for one in groupings if one.is_of_session
    ]
    text = of_started(scope, compose("($met)", met=join(mets, " OR ")), columns, of_sessions)
    session: Mapping[Taken, Sql] = {"session": Sql("(visit.sessionKey, visit.startedAt)")}
    counted = [Counted(at, one, Sql(f"happened.met{at}"), session, scope) for at, one in series]
    return Rows("visited", text, "visit.startedAt", [Sql(f"{one.alias}Value") for one in groupings], counted)


def listed(pieces: Sequence[Sql]) -> Sql:
    return join(pieces, ",\n    ")
