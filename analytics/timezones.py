"""The time zones that a project may have, and where their days begin."""

from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# Names of the machine rather than of a place: what they mean differs from server to server.
MACHINE_NAMES = {"localtime", "posixrules", "Factory"}


@cache
def known() -> frozenset[str]:
    return frozenset(available_timezones() - MACHINE_NAMES)


def is_known(name: str) -> bool:
    return name in known()


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a calendar day; where midnight is skipped, the instant that the clocks jump at."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
