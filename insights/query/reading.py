"""The query as a request gives it, and the general breakdown, which is the same with fewer words."""

from insights.asking import compared
from insights.asking.filter_reading import shown
from insights.asking.groupings import Groupings, read_groupings
from insights.asking.metrics import METRIC_ORDER, METRICS, OF_GOALS
from insights.asking.parameters import Given
from insights.query.query import Params
from insights.web.goals import Goal, read_goal

BREAKDOWN_METRICS = ("uniqueVisitors", "totalEvents", "totalScreenViews", "revenue")
MOST_NAMES = 100  # of metrics, or in an order


def read(given: Given) -> Params:
    return read_params(given, "dimensions", METRIC_ORDER)


def read_breakdown(given: Given) -> Params:
    params = read_params(given, "by", BREAKDOWN_METRICS)
    if not params.dimensions and given.value("by") is None:
        given.problem("by", "Say what to group by, several with commas: by=country,properties.plan.")
    return params


def read_params(given: Given, dimensions: str, metrics: tuple[str, ...]) -> Params:
    scope = given.scope()
    groupings = read_groupings(given, scope, dimensions)
    goal = read_goal_of(given)
    names = read_metrics(given, metrics, goal)
    order = read_order(given, names, groupings)
    return Params(
        scope,
        names,
        groupings.names,
        order,
        goal,
        compared.read(given),
        dimensions == "dimensions" and given.flag("totals"),
        groupings,
    )


def read_goal_of(given: Given) -> Goal | None:
    raw = given.value("goal")
    if isinstance(raw, str) and raw.lstrip().startswith("{"):
        raw = given.decoded(raw, "goal")
    return None if raw is None else read_goal(given, raw, "goal")


def read_metrics(given: Given, default: tuple[str, ...], goal: Goal | None) -> tuple[str, ...]:
    names = given.items("metrics") if given.value("metrics") is not None else default
    if not 1 <= len(names) <= MOST_NAMES:
        given.problem("metrics", f"metrics must be a list of 1 to {MOST_NAMES} of {', '.join(METRICS)}.")
        return default
    for name in names:
        if not isinstance(name, str) or name not in METRICS:
            given.problem("metrics", f"There is no metric {shown(name)}; allowed: {', '.join(METRICS)}.")
    known = tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name in METRICS))
    if set(known) & set(OF_GOALS) and goal is None and given.value("goal") is None:
        given.problem("goal", f"{', '.join(OF_GOALS)} need a goal: an event name, a path, or an object of these.")
    return known or default


def read_order(given: Given, metrics: tuple[str, ...], groupings: Groupings) -> tuple[str, ...]:
    names = given.items("order") if given.value("order") is not None else []
    allowed = (*metrics, *groupings.names)
    if given.value("order") is not None and not 1 <= len(names) <= MOST_NAMES:
        given.problem(
            "order",
            f"order must be a list of 1 to {MOST_NAMES} of {', '.join(allowed)}, with - for the largest first.",
        )
        return ()
    for name in names:
        if not isinstance(name, str) or name.removeprefix("-") not in allowed:
            given.problem(
                "order",
                f"order cannot be {shown(name)}; allowed: {', '.join(allowed)}, or one with - before it for the "
                "largest first, several with commas.",
            )
            return ()
    return tuple(str(name) for name in names)
