"""Filters for generated questions, each beside its meaning in plain Python."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from insights.asking import filters as asked_of
from insights.asking.filters import Combined, Filter, Value
from tests.insights.oracle import Event


@dataclass(frozen=True)
class Condition:
    """What is asked, and what it means; `of_path` tests a path alone where the filter is on path."""

    asked: asked_of.Condition
    means: Callable[[Event], bool]
    of_path: Callable[[str], bool] | None = None


def path(operator: str, value: Value, means: Callable[[str], bool]) -> Condition:
    return Condition(Filter("path", operator, value), lambda event: means(event.path), means)


COUNTRY = Filter("country", "eq", "DE")
CONDITIONS = [
    path("eq", "/a", lambda path: path == "/a"),
    path("ne", "/a", lambda path: path != "/a"),
    path("startsWith", "/a", lambda path: path.startswith("/a")),
    path("in", ("/a", "/b"), lambda path: path in {"/a", "/b"}),
    path("exists", None, lambda path: path != ""),
    Condition(COUNTRY, lambda event: event.country == "DE"),
    Condition(Filter("country", "nin", ("DE", "KR")), lambda event: event.country == ""),
    Condition(Filter("name", "contains", "view"), lambda event: "view" in event.name),
    Condition(Filter("name", "matches", "^(click|buy)$"), lambda event: event.name in {"click", "buy"}),
    Condition(Filter("browser", "notExists"), lambda event: not event.browser),
    Condition(Filter("revenue", "gte", 9.99), lambda event: float(event.revenue) >= 9.99),
    Condition(Filter("properties.plan", "eq", "pro"), lambda event: event.properties.get("plan") == "pro"),
    Condition(Filter("properties.plan", "ne", "pro"), lambda event: event.properties.get("plan") != "pro"),
    Condition(Filter("properties.n", "exists"), lambda event: "n" in event.properties),
    Condition(
        Filter("properties.n", "gt", 1),
        lambda event: (
            isinstance(event.properties.get("n"), int | float)
            and not isinstance(event.properties["n"], bool)
            and event.properties["n"] > 1
        ),
    ),
    Condition(
        Combined("not", (Filter("path", "eq", "/a"),)), lambda event: event.path != "/a", lambda path: path != "/a"
    ),
    Condition(
        Combined("or", (Filter("path", "eq", "/"), Filter("path", "startsWith", "/b"))),
        lambda event: event.path == "/" or event.path.startswith("/b"),
        lambda path: path == "/" or path.startswith("/b"),
    ),
    Condition(
        Combined("or", (Filter("path", "eq", "/a"), Combined("and", (COUNTRY, Filter("revenue", "exists"))))),
        lambda event: event.path == "/a" or (event.country == "DE" and event.revenue != 0),
    ),
]

condition_lists = st.lists(st.sampled_from(CONDITIONS), max_size=2)


def all_mean(conditions: Sequence[Condition]) -> Callable[[Event], bool]:
    return lambda event: all(one.means(event) for one in conditions)


def entry_means(conditions: Sequence[Condition]) -> Callable[[str], bool] | None:
    """What the filters on path say of an entry page; None without any."""
    of_path = [one.of_path for one in conditions if one.of_path]
    return (lambda entry: all(means(entry) for means in of_path)) if of_path else None
