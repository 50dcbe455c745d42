"""Trends as tests ask them."""

from datetime import datetime
from typing import Any

from insights.asking.buckets import buckets_of
from insights.asking.scope import Scope
from insights.trends.series import Series
from insights.trends.trends import Params
from tests.insights.histories import at, moment

LATER = moment(at("2030-01-01"))


def asked(here: Scope, *series: Series, interval: str = "day", now: datetime = LATER, **more: Any) -> Params:
    buckets = buckets_of(here, interval)
    assert buckets is not None
    return Params(here, series, interval, buckets, now, **more)
