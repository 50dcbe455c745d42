"""Sources: the referrers, channels and campaigns that sessions came from, direct visits included."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.asking.visits import visits_sql
from insights.asking.vocabulary import CHANNEL_DIMENSIONS, SOURCE_DIMENSIONS, UTM_DIMENSIONS, dimensions_sql
from insights.asking.vocabulary import DEFINITIONS as WORDS

DEFINITIONS = {
    "visits": WORDS["visits"],
    "uniqueVisitors": WORDS["sessionVisitors"],
    "bounceRate": WORDS["sessionBounceRate"],
}


@dataclass(frozen=True)
class Params:
    """`tagged`: leave out sessions that have none of the values."""

    scope: Scope
    by: tuple[str, ...]
    tagged: bool = field(default=False, repr=False)


def read_referrers(given: Given) -> Params:
    return Params(given.scope(), given.choices("by", SOURCE_DIMENSIONS, ("referrerName", "referrerType")))


def read_channels(given: Given) -> Params:
    return Params(given.scope(), CHANNEL_DIMENSIONS)


def read_utm(given: Given) -> Params:
    default = ("utmSource", "utmMedium", "utmCampaign")
    return Params(given.scope(), given.choices("by", UTM_DIMENSIONS, default), tagged=True)


SQL = """
SELECT
    $by,
    count() AS visits,
    $visitors AS uniqueVisitors,
    avg(isBounce) * 100 AS bounceRate
FROM $visits
WHERE $counted
GROUP BY $by
ORDER BY visits DESC, $by
$page
"""


def sources_sql(params: Params) -> Sql:
    by = dimensions_sql(params.by)
    return compose(
        SQL,
        by=by,
        visits=visits_sql(params.scope),
        counted=compose("arrayExists(value -> value != '', [$by])", by=by) if params.tagged else Sql("1"),
        visitors=params.scope.visitors(),
        page=params.scope.page(),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def answer(params: Params) -> list[dict[str, Any]]:
    rows = client.query(sources_sql(params), comment=f"{params.scope.project}:{','.join(params.by)}")
    return shape(rows, params)
