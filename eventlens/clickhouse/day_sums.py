"""What a day of a project is summed up to: the columns of `day_numbers`, and how events and sessions make them.

Who sums up days and who adds days to what is not summed up yet count by the same expressions. All are whole numbers
or decimals: they come to the same in whatever order they are added.
"""

from collections.abc import Mapping

from eventlens.clickhouse.sql import Sql

OF_EVENTS: Mapping[str, str] = {
    "events": "count()",
    "screenViews": "countIf(events.isScreenView = 1)",
    "revenue": "sum(events.revenue)",
}
OF_SESSIONS: Mapping[str, str] = {
    "sessions": "count()",
    "sessionMs": "sum(toInt64(round(sessions.duration * 1000)))",
    "bounces": "sum(sessions.isBounce)",
    "sessionViews": "sum(sessions.screenViews)",
}
# In which list of a day a key stands.
SHARD = Sql("toUInt8(bitShiftRight(personKey, 60))")
# A number has its key's shard above so many bits of its own: numbers of one list are near each other in a bitmap.
NUMBER_BITS = 28
NUMBER_SHARD = Sql(f"toUInt8(bitShiftRight(number, {NUMBER_BITS}))")
COLUMNS = (*OF_EVENTS, *OF_SESSIONS)


def columns_sql(counted: Mapping[str, str]) -> Sql:
    """All columns, of which these rows make some; the others are 0."""
    return Sql(", ".join(f"{counted.get(name, '0')} AS {name}" for name in COLUMNS))


SUMS = Sql(", ".join(f"sum({name}) AS {name}" for name in COLUMNS))
