"""Where days, weeks and months begin in a time zone that left a day out."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from insights.asking import periods
from insights.asking.vocabulary import INTERVALS

APIA = ZoneInfo("Pacific/Apia")  # after 29 December 2011 came the 31st


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ("day", ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]),
        ("week", ["2011-12-26", "2012-01-02"]),
        ("month", ["2011-12-01", "2012-01-01", "2012-02-01"]),
    ],
)
def test_a_day_that_was_left_out_is_no_period(interval: str, expected: list[str]) -> None:
    start, end = datetime(2011, 12, 28, 12, tzinfo=UTC), datetime(2012, 1, 1, 10, tzinfo=UTC)

    found = periods.boundaries(INTERVALS[interval], start, end, APIA, 100)

    assert found is not None
    assert [periods.local_day(at, APIA).isoformat() for at in found] == expected
