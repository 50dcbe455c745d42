"""The buckets of a range: its minutes, hours, days, weeks or months in the project's time zone."""

from datetime import datetime

from insights.asking import periods
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.asking.vocabulary import DAY_INTERVALS, INTERVALS

MOST_BUCKETS = 5000


def buckets_of(scope: Scope, interval: str, most: int = MOST_BUCKETS) -> tuple[datetime, ...] | None:
    """Where each begins, the first one maybe before the range; None if there are too many."""
    found = periods.boundaries(INTERVALS[interval], scope.start, scope.end, scope.timezone, most)
    return None if found is None else tuple(found[:-1])


def buckets_before(scope: Scope, interval: str) -> tuple[datetime, ...]:
    """Those of the period before, which may have some more than are allowed: its clocks may have changed."""
    return buckets_of(scope.previous(), interval, 2 * MOST_BUCKETS) or ()


def read_buckets(given: Given, scope: Scope, interval: str, field: str) -> tuple[datetime, ...]:
    found = buckets_of(scope, interval)
    if found is None:
        given.problem(
            field, f"The range has more than {MOST_BUCKETS} buckets; narrow the range or use a larger interval."
        )
    return found or ()


def label(bucket: datetime, interval: str, scope: Scope) -> str:
    """The first day, the range's first day for a week or month that it cuts; for hours and minutes the instant."""
    if interval not in DAY_INTERVALS:
        return bucket.astimezone(scope.timezone).isoformat()
    first = periods.local_day(scope.start, scope.timezone)
    return max(periods.local_day(bucket, scope.timezone), first).isoformat()
