"""The time zones that a project may have."""

from functools import cache
from zoneinfo import available_timezones

# Names of the machine rather than of a place: what they mean differs from server to server.
MACHINE_NAMES = {"localtime", "posixrules", "Factory"}


@cache
def known() -> frozenset[str]:
    return frozenset(available_timezones() - MACHINE_NAMES)


def is_known(name: str) -> bool:
    return name in known()
