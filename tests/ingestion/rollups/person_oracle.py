"""Who is one person and what they are like, worked out plainly: the rules in as few words as possible."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple


class Link(NamedTuple):
    """A device or alias, its profile, and when."""

    kind: str
    from_id: str
    to_id: str
    at: int


class Change(NamedTuple):
    """One trait: kind `set`, `remove` or `add`; `value` is a number, a text or nothing."""

    profile: str
    key: str
    kind: str
    value: Decimal | str
    place: tuple[int, int, str]


def people(links: Sequence[Link]) -> dict[str, str]:
    """The representative of each profile that a link names, as `p…`, and of each device, as `d…`."""
    groups: dict[str, frozenset[str]] = {}
    for link in links:
        for name in (link.to_id, *((link.from_id,) if link.kind == "alias" else ())):
            groups.setdefault(name, frozenset({name}))
    aliases = [link for link in links if link.kind == "alias" and link.from_id != link.to_id]
    for link in aliases:
        merged = groups[link.from_id] | groups[link.to_id]
        groups |= dict.fromkeys(merged, merged)
    taken = {link.from_id for link in aliases}
    result = {f"p{name}": min(group, key=lambda one: (one in taken, one)) for name, group in groups.items()}
    devices = sorted((link.at, link.to_id, link.from_id) for link in links if link.kind == "device")
    for _, profile, device in reversed(devices):
        result[f"d{device}"] = result[f"p{profile}"]
    return result


def traits(changes: Iterable[Change], persons: Mapping[str, str]) -> dict[str, dict[str, Decimal | str]]:
    """The traits of each person after all changes."""
    result: dict[str, dict[str, Decimal | str]] = {}
    for change in sorted(changes, key=lambda change: (change.place, change.profile)):
        mine = result.setdefault(persons.get(f"p{change.profile}", change.profile), {})
        if change.kind == "set":
            mine[change.key] = change.value
        if change.kind == "remove":
            for key in [key for key in mine if key == change.key or key.startswith(f"{change.key}.")]:
                del mine[key]
        if change.kind == "add":
            before = mine.get(change.key)
            mine[change.key] = (before if isinstance(before, Decimal) else Decimal(0)) + Decimal(change.value)
    return result
