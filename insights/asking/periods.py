"""Where the minutes, hours, days, weeks and months of a time zone begin, as instants."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.timezones import day_start as day_start

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """Since 1970, as toUnixTimestamp64Milli counts them."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def month_start(day: date) -> date:
    return day.replace(day=1)


def next_day(day: date) -> date:
    return day + timedelta(days=1)


def next_week(day: date) -> date:
    return day + timedelta(days=7)


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def to_the_hour(moment: datetime, zone: ZoneInfo) -> datetime:
    """The local hour's beginning; a shift of the clocks by half an hour begins one, too."""
    local = moment.astimezone(zone)
    floored = moment - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return floored if floored.astimezone(zone).minute == 0 else moment


def hours(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    at = to_the_hour(start, zone)
    while True:
        yield at
        at = to_the_hour(at + HOUR, zone)


def minutes(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    at = start.replace(second=0, microsecond=0)
    while True:
        yield at
        at += MINUTE


def calendar(first: Callable[[date], date], following: Callable[[date], date]) -> "Periods":
    """Periods made of whole days: the first day of one, and the first day of the next.

    A day that a zone left out, as Samoa did when it changed the side of the date line, is none.
    """

    def periods(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        day = first(local_day(start, zone))
        while True:
            at, day = day_start(day, zone), following(day)
            if at != day_start(day, zone):
                yield at

    return periods


Periods = Callable[[datetime, ZoneInfo], Iterator[datetime]]

days = calendar(lambda day: day, next_day)
weeks = calendar(monday, next_week)
months = calendar(month_start, next_month)


def boundaries(periods: Periods, start: datetime, end: datetime, zone: ZoneInfo, most: int) -> list[datetime] | None:
    """The beginnings of all periods that touch [start, end), and the end of the last of them.

    The first may lie before `start`. None if there are more than `most` periods.
    """
    found: list[datetime] = []
    for at in periods(start, zone):
        found.append(at)
        if at >= end:
            return found
        if len(found) > most:
            break
    return None
