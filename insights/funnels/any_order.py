"""How an entity's events make attempts at a funnel whose steps come in any order."""

from collections.abc import Iterator, Sequence

from eventlens.clickhouse.sql import Sql, compose
from insights.funnels.orders import CODES
from insights.funnels.steps import Step, classes, mask

NEVER = 2**62

# From every moment on, when would each number of steps be taken? The n-th event that can serve a set of steps tells.
ANY = """
SELECT
    entity,$kept
    arrayMap(moment -> intDiv(moment, $maskCodes), moments) AS times,$sets
    arrayMap(
        ($names, time) -> arrayFilter(at -> at - time <= {window:UInt64}, arraySort([$names])),
        $columns, times
    ) AS $attempts
FROM ($moments
)"""

ANY_BEST = """attempts,
    arrayMap(attempt -> (length(attempt), -toInt64(attempt[-1]), toInt64(attempt[1])), attempts) AS worth,
    attempts[indexOf(worth, arrayMax(worth))] AS taken"""

# A moment is where an attempt starts, however many events it has: from a later one of them on, steps would be taken
# later than they could be.
ANY_EVERY = """ofEvents,
    arrayFilter(
        (attempt, time, before) -> time != before,
        ofEvents, times, arrayPushFront(arrayPopBack(times), 0)
    ) AS attempts"""

SERVING = """
    arrayMap(moment -> bitAnd(moment, {mask}) != 0, moments) AS serves{mask},
    arrayFilter((time, serves) -> serves, times, serves{mask}) AS hits{mask},
    arrayMap((seen, serves) -> seen - serves, arrayCumSum(serves{mask}), serves{mask}) AS seen{mask},"""


def any_sql(steps: Sequence[Step], moments: Sql, kept: Sql, *, every: bool = False) -> Sql:
    """For moments whose code is a mask of steps: the best attempt, or one from every moment on."""
    lines: list[str] = []
    columns: list[str] = []
    for named in classes(steps):
        unions = [union for union in subsets(named) if union]
        lines += [SERVING.format(mask=mask(union)) for union in unions]
        size = sum(len(same) for same in named)
        for number in range(1, size + 1):
            column = f"step{len(columns) + 1}"
            lines.append(f"\n    {nth_sql(unions, size - number)} AS {column},")
            columns.append(column)
    return compose(
        ANY,
        sets=Sql("".join(lines)),
        names=Sql(", ".join(f"at{column}" for column in columns)),
        columns=Sql(", ".join(columns)),
        attempts=Sql(ANY_EVERY if every else ANY_BEST),
        kept=kept,
        moments=moments,
        **CODES,
    )


def nth_sql(unions: Sequence[Sequence[int]], spare: int) -> str:
    """When all but `spare` of one name's steps can be taken: the last of the times that its sets of steps allow."""
    needed = [(mask(union), len(union) - spare) for union in unions if len(union) > spare]
    names = ", ".join(f"seen{bits}" for bits, _ in needed)
    times = ", ".join(
        f"if(s{bits} + {nth} > length(hits{bits}), {NEVER}, hits{bits}[s{bits} + {nth}])" for bits, nth in needed
    )
    arguments = ", ".join(f"s{bits}" for bits, _ in needed)
    return f"arrayMap(({arguments}) -> arrayMax([{times}]), {names})"


def subsets(named: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """All unions of classes of equal steps."""
    for chosen in range(2 ** len(named)):
        yield sorted(index for at, same in enumerate(named) if chosen >> at & 1 for index in same)
