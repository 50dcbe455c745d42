"""SQL text that only ever grows out of our own text: values travel beside it as typed parameters."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SLOT = re.compile(r"\$([a-zA-Z_]\w*)")


@dataclass(frozen=True)
class Sql:
    """A piece of SQL; `{name:Type}` in the text stands for `params[name]`."""

    text: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.text.strip())


def compose(template: str, params: Mapping[str, object] | None = None, /, **slots: Sql) -> Sql:
    """Fill each `$slot` of the template with a piece of SQL and collect the parameters of all.

    Raises TypeError where a slot is not Sql (text from a request must never become SQL), KeyError for a slot
    that was not given, ValueError where two pieces use one parameter name for different values.
    """
    for name, piece in slots.items():
        if not isinstance(piece, Sql):
            raise TypeError(f"${name} is {type(piece).__name__}, not Sql; give values as {{name:Type}} parameters.")
    text = SLOT.sub(lambda match: slots[match.group(1)].text, template)
    return Sql(text, merged([params or {}, *(piece.params for piece in slots.values())]))


def join(pieces: Iterable[Sql], separator: str = " AND ") -> Sql:
    """The pieces one after another, with all their parameters."""
    pieces = list(pieces)
    return Sql(separator.join(piece.text for piece in pieces), merged(piece.params for piece in pieces))


def merged(many: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """All parameters in one mapping; a name may come twice only with the same value."""
    result: dict[str, object] = {}
    for params in many:
        for name, value in params.items():
            if name in result and result[name] != value:
                raise ValueError(f"The parameter {name} has two values; rename one of them.")
            result[name] = value
    return result
