"""Which attempts count: one for each entity, the best; those that an excluded event spoils are dead."""

from collections.abc import Callable, Mapping

from eventlens.clickhouse.sql import Sql, compose
from insights.funnels.any_order import any_sql
from insights.funnels.moments import Extra, extras, kept_sql, moments_sql, numbers
from insights.funnels.orders import best_sql, every_sql, untied_sql
from insights.funnels.reading import Params
from insights.funnels.steps import Exclusion, are_distinct
from insights.funnels.strict import strict_sql

# Of the attempts that get furthest, the one that does so first, and of those the one that started last.
BEST = """
SELECT
    entity,$kept
    arrayMap(attempt -> (length(attempt), -toInt64(attempt[-1]), toInt64(attempt[1])), clean) AS worth,
    if(empty(clean), emptyArrayUInt64(), clean[indexOf(worth, arrayMax(worth))]) AS taken
FROM ($clean
)"""

# `$next`: for each attempt the first excluded event after its step $from; a dead attempt has one before the later
# step, or before its window ends if it never takes that.
CLEAN = """
SELECT
    entity,$kept$nexts
    arrayMap(($names) -> $spoiled, $columns) AS dead,
    arrayFilter((attempt, isDead) -> NOT isDead, attempts, dead) AS living,
    arrayMax(arrayMap(attempt -> length(attempt), living)) AS level,
    arrayMax(arrayMap(attempt -> attempt[1], living)) AS latest,
    arrayExists(
        (attempt, isDead) -> isDead AND length(attempt) > level AND attempt[1] >= latest,
        attempts, dead
    ) AS isLeftOut,
    if(isLeftOut, [], living) AS clean
FROM ($attempts
)"""

# Attempts and excluded events in one row by time; an event of the same moment comes before, so it is not after.
NEXT = """
    arrayMap((attempt, at) -> (attempt[{first}], 1, at), attempts, arrayEnumerate(attempts)) AS asked{at},
    arraySort(arrayConcat(asked{at}, arrayMap(time -> (time, 0, 0), excluded{at}))) AS merged{at},
    arrayFilter(
        (after, one) -> one.2 = 1,
        arrayMap(
            (after, one) -> (one.3, if(after.2 = 0, after.1, 0)),
            arrayReverseFill(one -> one.2 = 0, merged{at}), merged{at}
        ),
        merged{at}
    ) AS found{at},
    arrayMap(one -> one.2, arraySort(one -> one.1, found{at})) AS next{at},"""

SPOILED = """(
        length(attempt) >= {first} AND after{at} > 0
        AND if(length(attempt) >= {last}, after{at} < attempt[{last}], after{at} <= attempt[1] + {{window:UInt64}})
    )"""

UNSPOILED = """
SELECT entity,$kept attempts AS clean
FROM ($attempts
)"""


def ordered_sql(params: Params, kept: list[Extra], *, every: bool) -> Sql:
    moments, columns = moments_sql(params, kept, is_best_enough=not every), kept_sql(kept)
    if not are_distinct(params.steps):
        moments = untied_sql(params.steps, moments, columns)
    return (every_sql if every else best_sql)(params.steps, moments, columns)


def strict_order_sql(params: Params, kept: list[Extra], *, every: bool) -> Sql:
    return strict_sql(params.steps, moments_sql(params, kept), kept_sql(kept), every=every)


def any_order_sql(params: Params, kept: list[Extra], *, every: bool) -> Sql:
    return any_sql(params.steps, moments_sql(params, kept), kept_sql(kept), every=every)


ORDERS: Mapping[str, Callable[..., Sql]] = {
    "ordered": ordered_sql,
    "strict": strict_order_sql,
    "any": any_order_sql,
}


def taken_sql(params: Params, *, owner: bool = False) -> Sql:
    """Each entity with `taken`, the times of its best attempt's steps, and with what questions keep."""
    kept = extras(params, owner=owner)
    if params.exclude:
        sql = compose(BEST, kept=kept_sql(kept), clean=clean_sql(params, kept))
    else:
        sql = ORDERS[params.order](params, kept, every=False)
    return compose("$sql", {"window": params.window}, sql=sql)


def attempts_sql(params: Params) -> Sql:
    """Each entity with `clean`, all of its attempts that count."""
    return compose("$sql", {"window": params.window}, sql=clean_sql(params, extras(params)))


def clean_sql(params: Params, kept: list[Extra]) -> Sql:
    attempts = ORDERS[params.order](params, kept, every=True)
    if not params.exclude:
        return compose(UNSPOILED, attempts=attempts, kept=kept_sql(kept))
    at = numbers(params)
    return compose(
        CLEAN,
        nexts=Sql("".join(NEXT.format(at=index, first=params.exclude[index].fromStep) for index in at)),
        names=Sql(", ".join(["attempt", *(f"after{index}" for index in at)])),
        columns=Sql(", ".join(["attempts", *(f"next{index}" for index in at)])),
        spoiled=Sql(" OR ".join(spoiled_sql(one, index) for index, one in enumerate(params.exclude))),
        kept=kept_sql(kept),
        attempts=attempts,
    )


def spoiled_sql(one: Exclusion, at: int) -> str:
    return SPOILED.format(at=at, first=one.fromStep, last=one.toStep)
