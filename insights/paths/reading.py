"""What a question about paths asks, read and checked."""

from collections.abc import Sequence
from dataclasses import dataclass

from insights.asking.filter_reading import shown
from insights.asking.parameters import Given
from insights.asking.scope import Scope

ENTITIES = ("session", "person")
INCLUDED = ("pages", "events", "both")
MOST_DEPTH, DEFAULT_DEPTH = 20, 5
MOST_GROUPINGS, MOST_EXCLUDED = 50, 1000
LONGEST = 2000
KINDS = {"p": "page", "e": "event", "g": "group"}


@dataclass(frozen=True)
class Group:
    """Items whose name matches the pattern, or begins with the prefix, are one item under the group's name."""

    name: str
    pattern: str = ""
    prefix: str = ""


@dataclass(frozen=True)
class Params:
    """`start` and `end` are items: their kind's letter and their name."""

    scope: Scope
    by: str = "session"
    include: str = "pages"
    depth: int = DEFAULT_DEPTH
    start: str = ""
    end: str = ""
    groupings: tuple[Group, ...] = ()
    exclude: tuple[str, ...] = ()
    collapse: bool = True
    min_count: int = 1
    min_share: float = 0.0


def read(given: Given) -> Params:
    scope = given.scope()
    include = given.choice("include", INCLUDED, "pages")
    groupings = read_groupings(given)
    start, end = (read_item(given, name, include, groupings) for name in ("start", "end"))
    if start and end:
        given.problem("end", "Give start or end, not both: a path is followed from the one or to the other.")
    return Params(
        scope,
        given.choice("by", ENTITIES, "session"),
        include,
        given.whole("depth", DEFAULT_DEPTH, 2, MOST_DEPTH),
        start,
        end,
        groupings,
        read_excluded(given),
        given.value("collapse") is None or given.flag("collapse"),
        given.whole("minCount", 1, 1, 10**9),
        read_share(given),
    )


def read_groupings(given: Given) -> tuple[Group, ...]:
    if given.value("groupings") is None:
        return ()
    raw = given.items("groupings")
    if not 1 <= len(raw) <= MOST_GROUPINGS:
        given.problem("groupings", f"Give a list of 1 to {MOST_GROUPINGS} groupings {{name, pattern or prefix}}.")
        return ()
    read = [read_group(given, one, f"groupings[{at}]") for at, one in enumerate(raw)]
    return tuple(one for one in read if one is not None)


def read_group(given: Given, raw: object, where: str) -> Group | None:
    keys = set(raw) if isinstance(raw, dict) else set()
    if not isinstance(raw, dict) or keys not in ({"name", "pattern"}, {"name", "prefix"}):
        given.problem(where, "A grouping is {name, pattern}, a regular expression (RE2), or {name, prefix}.")
        return None
    if any(not isinstance(text, str) or not 1 <= len(text) <= LONGEST for text in raw.values()):
        given.problem(where, f"The texts of a grouping have 1 to {LONGEST} characters.")
        return None
    given.pattern(raw.get("pattern", ""), f"{where}.pattern")
    return Group(raw["name"], raw.get("pattern", ""), raw.get("prefix", ""))


def read_item(given: Given, name: str, include: str, groupings: Sequence[Group]) -> str:
    """An item by its name, or as {page}, {event} or {group}; empty if none is given."""
    raw = given.value(name)
    if isinstance(raw, str) and raw.lstrip().startswith("{"):
        raw = given.decoded(raw, name)
    if raw is None:
        return ""
    if isinstance(raw, str) and len(raw) <= LONGEST:
        return kind_of(raw, include, groupings) + raw
    kinds = {kind: letter for letter, kind in KINDS.items()}
    if isinstance(raw, dict) and len(raw) == 1:
        [(kind, text)] = raw.items()
        if kind in kinds and isinstance(text, str) and 0 < len(text) <= LONGEST:
            return kinds[kind] + text
    given.problem(name, f"{name} cannot be {shown(raw)}; allowed: a name, or one of {{page}}, {{event}}, {{group}}.")
    return ""


def kind_of(name: str, include: str, groupings: Sequence[Group]) -> str:
    """A bare name's kind: a grouping of that name, else what is included; of both, a page begins with a slash."""
    if any(one.name == name for one in groupings):
        return "g"
    return {"pages": "p", "events": "e"}.get(include, "p" if name.startswith("/") else "e")


def read_excluded(given: Given) -> tuple[str, ...]:
    if given.value("exclude") is None:
        return ()
    names = given.items("exclude")
    if not 1 <= len(names) <= MOST_EXCLUDED or not all(isinstance(one, str) for one in names):
        given.problem("exclude", f"exclude must be a list of 1 to {MOST_EXCLUDED} names of items.")
        return ()
    return tuple(str(one) for one in names)


def read_share(given: Given) -> float:
    raw = given.value("minShare")
    try:
        share = float(raw) if isinstance(raw, int | float | str) and not isinstance(raw, bool) else 0.0
    except (ValueError, OverflowError):
        share = -1.0
    if raw is not None and (isinstance(raw, bool | list | dict) or not 0 <= share <= 100):
        given.problem("minShare", f"minShare cannot be {shown(raw)}; allowed: a percentage of all paths, 0 to 100.")
        return 0.0
    return share
