"""The SQL of paths, as it runs: each entity's items in order, counted by step.

An item is one text, the letter of its kind and its name; counting takes its hash, a number, and the names of the few
items that are shown are looked up afterwards.
"""

from collections.abc import Sequence

from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.held import in_range
from insights.paths.reading import Group, Params

# An item at a step has a row of its own, and so has each link; a link stands in two places, its ends, so that the
# nodes of a link that is shown are shown too. Places of the largest nodes and links are those of the page asked for.
# The largest node always comes, shown or not: the totals are read from a row, also when nothing is to be shown.
SQL = """
SELECT isLink, step, item, follower, count, ended, wait, paths, totalNodes, totalLinks, isAsked OR isJoined AS isShown
FROM (
    SELECT
        *,
        max(isLink AND isAsked) OVER (PARTITION BY node) AS isJoined
    FROM (
        SELECT
            *,
            count >= minimum AND place > {offset:UInt64} AND place <= {offset:UInt64} + {limit:UInt64} AS isAsked,
            arrayJoin(if(isLink, [(step, item), (step + 1, follower)], [(step, item)])) AS node
        FROM (
            SELECT
                *,
                sumIf(count, step = 1 AND NOT isLink) OVER () AS paths,
                greatest({minCount:UInt64}, toUInt64(ceil(paths * {minShare:Float64} / 100))) AS minimum,
                countIf(NOT isLink) OVER () AS totalNodes,
                countIf(isLink) OVER () AS totalLinks,
                row_number() OVER (PARTITION BY isLink ORDER BY count DESC, step, item, follower) AS place
            FROM ($counted
            )
        )
    )
)
WHERE if(isLink, isAsked AND node = (step, item), isShown OR place = 1)
ORDER BY isLink, count DESC, step, item, follower
"""

# Of the last step we also look at what follows: who goes on there has not dropped off. It makes no link.
COUNTED = """
                SELECT
                    step,
                    item,
                    if(isLink, next, 0) AS follower,
                    grouping(next) = 0 AS isLink,
                    count() AS count,
                    countIf(next = 0) AS ended,
                    quantileExactInclusiveIf(0.5)(pause, next != 0) AS wait
                FROM (
                    SELECT
                        arrayJoin(arrayZip(
                            arrayEnumerate(shown),
                            shown,
                            arrayResize(arrayPopFront(items), length(shown), toUInt64(0)),
                            arrayResize(pauses, length(shown), toUInt64(0))
                        )) AS one,
                        one.1 AS step,
                        one.2 AS item,
                        one.3 AS next,
                        one.4 AS pause
                    FROM (
                        SELECT
                            $cut AS items,
                            $cutTimes AS times,
                            arraySlice(items, 1, {depth:UInt64}) AS shown,
                            arrayPopFront(arrayMap(one -> abs(one), arrayDifference(times))) AS pauses
                        FROM ($walked
                        )
                        WHERE notEmpty(items)
                    )
                )
                GROUP BY GROUPING SETS ((step, item), (step, item, next))
                HAVING NOT isLink OR (next != 0 AND step < {depth:UInt64})"""

# An array that stands inside a lambda would be copied for each element, so neighbours come as arrays of their own.
WALKED = """
                            SELECT
                                arraySort(groupArray((time, arrived, item))) AS happened,
                                happened.3 AS every,
                                arrayPushFront(arrayPopBack(every), toUInt64(0)) AS before,
                                $kept AS walked,
                                $keptTimes AS walkedTimes,
                                $anchor AS anchor
                            FROM ($happened
                            )
                            GROUP BY entity"""

KEPT = "arrayFilter((item, last) -> item != last, every, before)"
KEPT_TIMES = "arrayFilter((time, item, last) -> item != last, happened.1, every, before)"

FROM_BEGINNING = "arraySlice($of, 1, {depth:UInt64} + 1)"
FROM_START = "if(anchor = 0, [], arraySlice($of, anchor, {depth:UInt64} + 1))"
TO_END = """arrayReverse(if(anchor = 0, [], arraySlice(
                                $of,
                                greatest(toInt64(anchor) - toInt64({depth:UInt64}), 1),
                                least(anchor, {depth:UInt64} + 1)
                            )))"""

ARRIVED = Sql("toUnixTimestamp64Milli(receivedAt) AS arrived")

BY_PERSON = """
                                SELECT
                                    $person AS entity,
                                    toUnixTimestamp64Milli(createdAt) AS time,
                                    $arrived,
                                    $item
                                FROM events
                                WHERE $events AND $filters AND $included"""

BY_SESSION = """
                                SELECT
                                    (happened.lane, visit.startedAt) AS entity,
                                    toUnixTimestamp64Milli(happened.happenedAt) AS time,
                                    happened.arrived AS arrived,
                                    happened.item AS item
                                FROM $held"""

ITEMS = """
SELECT DISTINCT $item AS item, xxHash64(item) AS hash
FROM events
WHERE $events AND $filters AND $included AND hash IN {hashes:Array(UInt64)}
"""

OF_KIND = {
    "pages": "events.isScreenView = 1",
    "events": "events.isScreenView = 0",
    "both": "1",
}
NAME = {
    "pages": "events.path",
    "events": "events.name",
    "both": "if(events.isScreenView = 1, events.path, toString(events.name))",
}
LETTER = {"pages": "'p'", "events": "'e'", "both": "if(events.isScreenView = 1, 'p', 'e')"}


def paths_sql(params: Params) -> Sql:
    way = FROM_START if params.start else TO_END if params.end else FROM_BEGINNING
    counted = compose(
        COUNTED,
        {"depth": params.depth},
        cut=compose(way, of=Sql("walked")),
        cutTimes=compose(way, of=Sql("walkedTimes")),
        walked=walked_sql(params),
    )
    asked = {
        "offset": params.scope.offset,
        "limit": params.scope.limit,
        "minCount": params.min_count,
        "minShare": params.min_share,
    }
    return compose(SQL, asked, counted=counted)


def walked_sql(params: Params) -> Sql:
    anchor = params.start or params.end
    found = Sql("indexOf(walked, xxHash64({anchor:String}))", {"anchor": anchor}) if anchor else Sql("1")
    return compose(
        WALKED,
        kept=Sql(KEPT if params.collapse else "every"),
        keptTimes=Sql(KEPT_TIMES if params.collapse else "happened.1"),
        anchor=found,
        happened=happened_sql(params),
    )


def happened_sql(params: Params) -> Sql:
    item = compose("xxHash64($item) AS item", item=item_sql(params))
    if params.by == "session":
        return compose(BY_SESSION, held=in_range(params.scope, included_sql(params), [ARRIVED, item]))
    return compose(
        BY_PERSON,
        person=params.scope.person(),
        arrived=ARRIVED,
        item=item,
        events=params.scope.events(),
        filters=params.scope.matching(),
        included=included_sql(params),
    )


def items_sql(params: Params, hashes: Sequence[int]) -> Sql:
    """The items of these hashes."""
    return compose(
        ITEMS,
        {"hashes": list(hashes)},
        item=item_sql(params),
        events=params.scope.events(),
        filters=params.scope.matching(),
        included=included_sql(params),
    )


def item_sql(params: Params) -> Sql:
    """The item that an event is: that of the first grouping which its name is in, else its own."""
    own = Sql(f"concat({LETTER[params.include]}, {NAME[params.include]})")
    if not params.groupings:
        return own
    cases = [group_sql(one, NAME[params.include], f"grouping{at}") for at, one in enumerate(params.groupings)]
    return compose("multiIf($cases, $own)", cases=join(cases, ", "), own=own)


def group_sql(group: Group, name: str, prefix: str) -> Sql:
    test = "match" if group.pattern else "startsWith"
    return Sql(
        f"{test}({name}, {{{prefix}:String}}), {{{prefix}Item:String}}",
        {prefix: group.pattern or group.prefix, f"{prefix}Item": f"g{group.name}"},
    )


def included_sql(params: Params) -> Sql:
    kind = Sql(OF_KIND[params.include])
    if not params.exclude:
        return kind
    names = {"excluded": list(params.exclude)}
    wanted = compose("NOT has({excluded:Array(String)}, substring($item, 2))", names, item=item_sql(params))
    return join([kind, wanted])
