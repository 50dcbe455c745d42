"""How an entity's events make attempts at a funnel whose steps come in order.

Each function turns `moments`, an entity's sorted array of time * codes + code, into `taken`, the times at which its
best attempt took its steps, or into `attempts`, such times of the attempt from each first step on. Times are
milliseconds from the range's start, counted from 1, so that 0 is never. `kept` are columns that go along. All of it
is linear in an entity's events, whatever their number, ties and repeats.
"""

from collections.abc import Sequence

from eventlens.clickhouse.sql import Sql, compose
from insights.funnels.steps import MASK_CODES, STEP_CODES, Step, rivalries

CODES = {"stepCodes": Sql(str(STEP_CODES)), "maskCodes": Sql(str(MASK_CODES))}

# Who reaches a step keeps the latest start that reaches it: `reached2` holds, where step 2 is taken, the start that
# it is taken from, and 0 elsewhere. Of the attempts that get furthest, the one that does so first counts, and of
# those the one that started last.
ORDERED = """
SELECT
    entity,$kept
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


def best_sql(steps: Sequence[Step], moments: Sql, kept: Sql) -> Sql:
    """For moments whose code is the number of the one step that they serve."""
    numbers = range(1, len(steps) + 1)
    return compose(
        ORDERED,
        later=Sql("".join(LATER.format(step=step, before=step - 1) for step in numbers[1:])),
        all=Sql(", ".join(f"reached{step}" for step in numbers)),
        kept=kept,
        moments=moments,
        **CODES,
    )


# From each first step on, every next step is taken as soon as it comes: `chains2` holds, where step 2 is taken, its
# time and those of the steps after it.
EVERY = """
SELECT
    entity,$kept
    arrayMap(moment -> toUInt64(intDiv(moment, $stepCodes)), moments) AS times,
    arrayMap(moment -> moment % $stepCodes, moments) AS steps,
    arrayMap((time, step) -> if(step = $count, [time], emptyArrayUInt64()), times, steps) AS chains$count,$earlier
    arrayFilter(chain -> notEmpty(chain), chains1) AS chains,
    arrayMap(
        (chain, start) -> arrayFilter(time -> time - start <= {window:UInt64}, chain),
        chains, arrayMap(chain -> chain[1], chains)
    ) AS attempts
FROM ($moments
)"""

EARLIER = """
    arrayMap(
        (time, step, ahead) -> if(step = {step}, arrayPushFront(ahead, time), emptyArrayUInt64()),
        times, steps, arrayReverseFill(chain -> notEmpty(chain), chains{next})
    ) AS chains{step},"""


def every_sql(steps: Sequence[Step], moments: Sql, kept: Sql) -> Sql:
    """The same moments, and the attempts from each first step on."""
    earlier = (EARLIER.format(step=step, next=step + 1) for step in reversed(range(1, len(steps))))
    return compose(
        EVERY,
        earlier=Sql("".join(earlier)),
        count=Sql(str(len(steps))),
        kept=kept,
        moments=moments,
        **CODES,
    )


# The moments of one time are a tie. `lacking`: the sets of steps that it has too few events for.
TIES = """
    SELECT
        entity,$kept
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
        entity,$kept
        arrayFlatten(arrayMap(
            (time, lacks) -> arrayMap(
                step -> time * $stepCodes + step,
                arrayFlatten(arrayMap(done -> range(done + 1, $carried + 1), reverse(range($count))))
            ),
            times, lacking
        )) AS moments
    FROM ($ties
    )"""


def untied_sql(steps: Sequence[Step], moments: Sql, kept: Sql) -> Sql:
    """Moments whose code is a mask of steps, as moments whose code is the number of one."""
    count = len(steps)
    carried = Sql(CARRIED.format(count=count))
    ties = ties_sql(steps, moments, kept)
    return compose(UNTIED, carried=carried, count=Sql(str(count)), kept=kept, ties=ties, **CODES)


def ties_sql(steps: Sequence[Step], moments: Sql, kept: Sql) -> Sql:
    sets = [(one.mask, one.size, one.first, one.last) for one in rivalries(steps)]
    return compose(TIES, rivalries=Sql(str(sets)), kept=kept, moments=moments, **CODES)
