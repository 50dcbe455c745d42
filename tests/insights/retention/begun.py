"""What questions of who comes back share: persons' visits, and the periods of a range that have begun."""

from datetime import datetime

from insights.asking import periods
from insights.asking.scope import MILLISECOND, Scope
from insights.asking.vocabulary import INTERVALS
from tests.insights.histories import HOUR, at, moment
from tests.insights.oracle import Event

LATER = moment(at("2030-01-01"))


def boundaries(asked: Scope, period: str, now: datetime = LATER) -> tuple[datetime, ...]:
    stop = min(asked.end, now + MILLISECOND)
    found = periods.boundaries(INTERVALS[period], asked.start, stop, asked.timezone, 400)
    assert found is not None
    return tuple(found)


def visits(*days: str, device: str = "d", name: str = "page_view") -> list[Event]:
    return [Event(at(day) + 5 * HOUR, name, device, order=order) for order, day in enumerate(days)]
