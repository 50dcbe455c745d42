"""How a person's events make an attempt at a funnel: in order, strictly in order, or in any order.

Each function here turns `moments`, an entity's sorted array of time * codes + code, into `taken`, the times at which
its best attempt took its steps. Times are milliseconds from the range's start, counted from 1, so that 0 is never.
All of it is linear in an entity's events, whatever their number, ties and repeats.
"""

from collections.abc import Iterator, Sequence

from eventlens.clickhouse.sql import Sql, compose
from insights.funnel_steps import MASK_CODES, STEP_CODES, Step, classes, mask, rivalries

NEVER = 2**62
CODES = {"stepCodes": Sql(str(STEP_CODES)), "maskCodes": Sql(str(MASK_CODES))}

# Who reaches a step keeps the latest start that reaches it: `reached2` holds, where step 2 is taken, the start that
# it is taken from, and 0 elsewhere. Of the attempts that get furthest, the one that does so first counts, and of
# those the one that started last.
ORDERED = """
SELECT
    arrayMap(moment -> intDiv(moment, $stepCodes), moments) AS times,
    arrayMap(moment -> moment % $stepCodes, moments) AS steps,
    arrayMap((time, step) -> if(step = 1, time, 0), times, steps) AS reached1,$later
    [$all] AS reached,
    arrayCount(starts -> arrayExists(start -> start > 0, starts), reached) AS level,
    times[arrayFirstIndex(start -> start > 0, reached[level])] AS ended,
    arrayMax((start, time) -> if(time = ended, start, 0), reached[level], times) AS best,
    arrayMap(starts -> times[indexOf(starts, best)], arraySlice(reached, 1, level)) AS taken
FROM ($moments
)"""

LATER = """
    arrayMap(
        (time, step, start) -> if(step = {step} AND start > 0 AND time - start <= {{window:UInt64}}, start, 0),
        times, steps, arrayFill(start -> start > 0, reached{before})
    ) AS reached{step},"""


def ordered_sql(steps: Sequence[Step], moments: Sql) -> Sql:
    """In order, for moments whose code is the number of the one step that they serve."""
    numbers = range(1, len(steps) + 1)
    return compose(
        ORDERED,
        later=Sql("".join(LATER.format(step=step, before=step - 1) for step in numbers[1:])),
        all=Sql(", ".join(f"reached{step}" for step in numbers)),
        moments=moments,
        **CODES,
    )


# The moments of one time are a tie. `lacking`: the sets of steps that it has too few events for.
TIES = """
    SELECT
        entity,
        arrayMap(moment -> intDiv(moment, $maskCodes), moments) AS clock,
        arraySplit(
            (moment, now, before) -> now != before,
            moments, clock, arrayPushFront(arrayPopBack(clock), 0)
        ) AS ties,
        arrayMap(tie -> intDiv(tie[1], $maskCodes), ties) AS times,
        arrayMap(
            tie -> arrayFilter(
                few -> arrayCount(moment -> bitAnd(moment, few.1) != 0, tie) < few.2,
                $rivalries
            ),
            ties
        ) AS lacking
    FROM ($moments
    )"""

# How far a tie that lacks events for `few` carries those who have taken `done` steps.
CARRIED = "arrayMin(arrayPushBack(arrayMap(few -> few.4 - 1, arrayFilter(few -> few.3 > done, lacks)), {count}))"

# A tie as moments of one step each: first the steps that it brings to those who had taken most, then to those with
# fewer. Nobody can use an event twice that way: who took a step already had every step that stands further down.
UNTIED = """
    SELECT
        entity,
        arrayFlatten(arrayMap(
            (time, lacks) -> arrayMap(
                step -> time * $stepCodes + step,
                arrayFlatten(arrayMap(done -> range(done + 1, $carried + 1), reverse(range($count))))
            ),
            times, lacking
        )) AS moments
    FROM ($ties
    )"""


def untied_sql(steps: Sequence[Step], moments: Sql) -> Sql:
    """Moments whose code is a mask of steps, as moments for `ordered_sql`."""
    count = len(steps)
    carried = Sql(CARRIED.format(count=count))
    return compose(UNTIED, carried=carried, count=Sql(str(count)), ties=ties_sql(steps, moments), **CODES)


def ties_sql(steps: Sequence[Step], moments: Sql) -> Sql:
    sets = [(one.mask, one.size, one.first, one.last) for one in rivalries(steps)]
    return compose(TIES, rivalries=Sql(str(sets)), moments=moments, **CODES)


# An attempt starts at a tie and may go on to the next one only with all of its events. `open`: the numbers of steps,
# as bits, that it can have taken when a tie is over; `done`: how many it has taken at most, `ended` when.
STRICT = """
SELECT
    arrayMap(lacks -> arrayMap(done -> $carried, range($count)), lacking) AS carries,
    arrayMap(
        (tie, carry) -> arraySum(
            done -> if(carry[done + 1] >= done + length(tie), bitShiftLeft(1, done), 0), range($count)
        ),
        ties, carries
    ) AS through,
    arrayMap(tie -> length(tie), ties) AS sizes,
    arrayMap(carry -> carry[1], carries) AS done0,
    arrayMap(done -> bitShiftLeft(toUInt64(2), done) - 2, done0) AS open0,
    times AS ended0,$following
    arrayMap((done, ended, time) -> (done, -toInt64(ended), time), done$last, ended$last, times) AS attempts,
    indexOf(attempts, arrayMax(attempts)) AS best,
    arrayMap(
        step -> times[best - 1 + arrayFirstIndex(done -> done >= step, [$dones])],
        range(1, done$last[best] + 1)
    ) AS taken
FROM ($ties
)"""

FOLLOWING = """
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
    ) AS open{at},
    arrayMap(
        (done, before, ended, next) -> if(done > before, next, ended),
        done{at}, done{before}, ended{before}, arrayResize(arraySlice(times, {ahead}), length(times), 0)
    ) AS ended{at},"""


def strict_sql(steps: Sequence[Step], moments: Sql) -> Sql:
    """No other event between, for moments of all events whose code is a mask of steps."""
    count = len(steps)
    following = (FOLLOWING.format(at=at, before=at - 1, ahead=at + 1, all=2**count - 1) for at in range(1, count))
    return compose(
        STRICT,
        carried=Sql(CARRIED.format(count=count)),
        count=Sql(str(count)),
        following=Sql("".join(following)),
        last=Sql(str(count - 1)),
        dones=Sql(", ".join(f"done{at}[best]" for at in range(count))),
        ties=ties_sql(steps, moments),
    )


# From every moment on, when would each number of steps be taken? The n-th event that can serve a set of steps tells.
ANY = """
SELECT
    arrayMap(moment -> intDiv(moment, $maskCodes), moments) AS times,$sets
    arrayMap(
        ($names, time) -> arrayFilter(at -> at - time <= {window:UInt64}, arraySort([$names])),
        $columns, times
    ) AS attempts,
    arrayMap(attempt -> (length(attempt), -toInt64(attempt[-1]), toInt64(attempt[1])), attempts) AS worth,
    attempts[indexOf(worth, arrayMax(worth))] AS taken
FROM ($moments
)"""

SERVING = """
    arrayMap(moment -> bitAnd(moment, {mask}) != 0, moments) AS serves{mask},
    arrayFilter((time, serves) -> serves, times, serves{mask}) AS hits{mask},
    arrayMap((seen, serves) -> seen - serves, arrayCumSum(serves{mask}), serves{mask}) AS seen{mask},"""


def any_sql(steps: Sequence[Step], moments: Sql) -> Sql:
    """In any order, for moments whose code is a mask of steps."""
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
