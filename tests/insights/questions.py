"""A query as its parameters are read from a request."""

from typing import Any

from insights.asking.buckets import buckets_of
from insights.asking.groupings import Groupings
from insights.asking.scope import Scope
from insights.query.query import Params


def asked(here: Scope, metrics: tuple[str, ...], dimensions: tuple[str, ...] = (), **more: Any) -> Params:
    time = Groupings(dimensions).time
    buckets = buckets_of(here, time) if time else ()
    assert buckets is not None
    return Params(here, metrics, dimensions, groupings=Groupings(dimensions, buckets), **more)
