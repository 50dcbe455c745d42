"""How an entity's events make attempts at a funnel between whose steps there is no other event."""

from collections.abc import Sequence

from eventlens.clickhouse.sql import Sql, compose
from insights.funnels.orders import CARRIED, ties_sql
from insights.funnels.steps import Step

# An attempt starts at a tie and may go on to the next one only with all of its events. `open`: the numbers of steps,
# as bits, that it can have taken when a tie is over; `done`: how many it has taken at most, `ended` when.
STRICT = """
SELECT
    entity,$kept
    times, carries, sizes,
    arrayMap(
        (size, carry) -> arraySum(
            done -> if(carry[done + 1] >= done + size, bitShiftLeft(toUInt64(1), done), 0), range($count)
        ),
        sizes, carries
    ) AS through,
    arrayMap(carry -> carry[1], carries) AS done0,
    arrayMap(done -> bitShiftLeft(toUInt64(2), done) - 2, done0) AS open0$following
FROM (
    SELECT
        entity,$kept
        times,
        arrayMap(lacks -> arrayMap(done -> $carried, range($count)), lacking) AS carries,
        arrayMap(tie -> length(tie), ties) AS sizes
    FROM ($ties
    )
)"""

# In a SELECT of its own: with the columns' own expressions in it, the question would outgrow ClickHouse's limit.
STRICT_BEST = """
SELECT
    entity,$kept
    times AS ended0,$ending
    arrayMap((done, ended, time) -> (done, -toInt64(ended), time), done$last, ended$last, times) AS worth,
    indexOf(worth, arrayMax(worth)) AS best,
    arrayMap(
        step -> times[best - 1 + arrayFirstIndex(done -> done >= step, [$dones])],
        range(1, done$last[best] + 1)
    ) AS taken
FROM ($walked
)"""

STRICT_ALL = """
SELECT
    entity,$kept$clocks
    arrayFilter(
        attempt -> notEmpty(attempt),
        arrayMap(($names) -> arrayConcat($runs), $columns)
    ) AS attempts
FROM ($walked
)"""

FOLLOWING = """,
    arrayMap(
        (time, next) -> next > 0 AND next - time <= {{window:UInt64}},
        times, arrayResize(arraySlice(times, {ahead}), length(times), 0)
    ) AS near{at},
    arrayMap(
        (done, open, near, carry) -> if(
            near AND open > 0,
            greatest(done, carry[arrayMax(bitPositionsToArray(bitAnd(open, {all}))) + 1]),
            done
        ),
        done{before}, open{before}, near{at}, arrayResize(arraySlice(carries, {ahead}), length(times), [0])
    ) AS done{at},
    arrayMap(
        (open, near, pass, size) -> if(near, bitShiftLeft(bitAnd(open, pass), size), 0),
        open{before}, near{at},
        arrayResize(arraySlice(through, {ahead}), length(times), 0),
        arrayResize(arraySlice(sizes, {ahead}), length(times), 0)
    ) AS open{at}"""

ENDING = """
    arrayMap(
        (done, before, ended, next) -> if(done > before, next, ended),
        done{at}, done{before}, ended{before}, arrayResize(arraySlice(times, {ahead}), length(times), 0)
    ) AS ended{at},"""


CLOCK = """
    arrayResize(arraySlice(times, {ahead}), length(times), 0) AS clock{at}"""


def strict_sql(steps: Sequence[Step], moments: Sql, kept: Sql, *, every: bool = False) -> Sql:
    """For moments of all events whose code is a mask of steps: the best attempt, or all of them."""
    count = len(steps)
    following = (FOLLOWING.format(at=at, before=at - 1, ahead=at + 1, all=2**count - 1) for at in range(1, count))
    walked = compose(
        STRICT,
        carried=Sql(CARRIED.format(count=count)),
        count=Sql(str(count)),
        following=Sql("".join(following)),
        kept=kept,
        ties=ties_sql(steps, moments, kept),
    )
    if every:
        return compose(STRICT_ALL, kept=kept, walked=walked, **runs_sql(count))
    return compose(
        STRICT_BEST,
        ending=Sql("".join(ENDING.format(at=at, before=at - 1, ahead=at + 1) for at in range(1, count))),
        last=Sql(str(count - 1)),
        dones=Sql(", ".join(f"done{at}[best]" for at in range(count))),
        kept=kept,
        walked=walked,
    )


def runs_sql(count: int) -> dict[str, Sql]:
    """How often an attempt's own tie and those after it stand among its times: once for each step that they bring."""
    ties = range(count)
    clocks = "".join(f"{CLOCK.format(at=at, ahead=at + 1)}," for at in ties)
    runs = ["arrayWithConstant(d0, t0)", *(f"arrayWithConstant(d{at} - d{at - 1}, t{at})" for at in ties[1:])]
    return {
        "clocks": Sql(clocks),
        "names": Sql(", ".join(f"d{at}, t{at}" for at in ties)),
        "columns": Sql(", ".join(f"done{at}, clock{at}" for at in ties)),
        "runs": Sql(", ".join(runs)),
    }
