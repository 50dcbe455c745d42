"""Trends as a request gives them."""

from insights.asking import compared
from insights.asking.buckets import read_buckets
from insights.asking.filter_reading import shown
from insights.asking.groupings import Groupings, read_names
from insights.asking.parameters import Given
from insights.asking.vocabulary import INTERVALS
from insights.trends.formula import LONGEST, Formula, WrongFormula
from insights.trends.series import LETTERS, MOST_SERIES, Series, read_series
from insights.trends.trends import FORMULA, Params

DEFAULT_GROUPS, MOST_GROUPS = 10, 1000
MOST_DIMENSIONS = 3
MOST_NUMBERS = 200_000
MOST_AVERAGED = 366


def read(given: Given) -> Params:
    scope = given.scope(DEFAULT_GROUPS, MOST_GROUPS)
    series = read_all(given)
    interval = given.choice("interval", INTERVALS, "day")
    params = Params(
        scope,
        series,
        interval,
        read_buckets(given, scope, interval, "interval"),
        given.now,
        read_breakdown(given),
        read_formula(given, len(series)),
        given.flag("cumulative"),
        given.whole("movingAverage", 1, 1, MOST_AVERAGED),
        compared.read(given),
    )
    check_size(given, params)
    return params


def read_all(given: Given) -> tuple[Series, ...]:
    asked = given.items("series")
    if not 1 <= len(asked) <= MOST_SERIES:
        given.problem("series", f'Give 1 to {MOST_SERIES} series, each an event name or {{"event", "measure"}}.')
    read = [read_series(given, one, f"series[{at}]") for at, one in enumerate(asked[:MOST_SERIES])]
    return tuple(one for one in read if one)


def read_breakdown(given: Given) -> tuple[str, ...]:
    if given.value("breakdown") == []:
        return ()
    names = read_names(given, "breakdown", ())
    if len(names) > MOST_DIMENSIONS or any(one.is_time for one in Groupings(names)):
        given.problem("breakdown", f"breakdown takes 1 to {MOST_DIMENSIONS} dimensions; time is the interval's.")
    return names


def read_formula(given: Given, series: int) -> str:
    text = given.text(FORMULA)
    try:
        if text:
            Formula(text, LETTERS[:series])
    except WrongFormula:
        given.problem(
            FORMULA,
            f"formula cannot be {shown(text)}; allowed: the letters of the series ({', '.join(LETTERS[:series])}), "
            f"numbers, + - * / and parentheses, at most {LONGEST} characters, like A / B * 100.",
        )
    return text


def check_size(given: Given, params: Params) -> None:
    lines = (len(params.series) + bool(params.formula)) * (params.scope.limit + 1 if params.breakdown else 1)
    lines *= 2 if params.compare else 1
    if lines * len(params.buckets) > MOST_NUMBERS:
        given.problem(
            "interval",
            f"The answer would have more than {MOST_NUMBERS} numbers; narrow the range, use a larger interval, "
            "fewer series or a smaller limit, or leave out compare.",
        )
