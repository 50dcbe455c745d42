"""What counts as doing something: an event of a name, or any, that meets filters; and in which period it was."""

from collections.abc import Sequence
from datetime import datetime

from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking import periods
from insights.asking.fields import Subject
from insights.asking.filters import Condition, filters_sql


def done_sql(event: str, filters: Sequence[Condition], subject: Subject, prefix: str) -> Sql:
    """The condition on a row of `events`; any event will do where none is named."""
    named = [Sql(f"events.name = {{{prefix}Event:String}}", {f"{prefix}Event": event})] if event else []
    return join([*named, filters_sql(filters, subject, f"{prefix}Filter")])


# By a list of all beginnings: time zones and the lengths of months are left to `periods`.
PERIOD = """transform(
                    roundDown(toUnixTimestamp64Milli($moment), {periods:Array(Int64)}),
                    {periods:Array(Int64)},
                    {numbers:Array(Int32)},
                    toInt32(0)
                )"""


def period_sql(beginnings: Sequence[datetime], moment: str = "createdAt") -> Sql:
    """The number of the period that a moment lies in, from 0; what is before the first one counts to it."""
    known = {
        "periods": [periods.milliseconds(beginning) for beginning in beginnings],
        "numbers": list(range(len(beginnings))),
    }
    return compose(PERIOD, known, moment=Sql(moment))
