"""The columns of raw rows, and how ClickHouse writes a row of them as one line of JSON or of CSV.

A line is written where the data is: Python then passes on one text a row, whatever the number of columns.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eventlens.clickhouse.sql import Sql, compose, join

# A cell that begins so is a formula to a spreadsheet, and the apostrophe makes it a text.
FORMULA = r"'^[=+\\-@\\t\\r]'"


@dataclass(frozen=True, eq=False)
class Kind:
    """How a value is written; `$value` stands for it. `guarded` is the CSV that a spreadsheet may open."""

    json: str
    csv: str
    guarded: str


def quoted_cell(text: str) -> str:
    return f"""concat('"', replaceAll({text}, '"', '""'), '"')"""


INSTANT = "concat(replaceOne(toString($value), ' ', 'T'), 'Z')"
TEXT = Kind(
    "toJSONString($value)",
    quoted_cell("$value"),
    quoted_cell(f"if(match($value, {FORMULA}), concat('''', $value), $value)"),
)
NUMBER = Kind("toJSONString($value)", "toString($value)", "toString($value)")
MONEY = Kind(NUMBER.json, NUMBER.csv, NUMBER.guarded)
FLAG = Kind(*["if($value, 'true', 'false')"] * 3)
MOMENT = Kind(f"""concat('"', {INSTANT}, '"')""", INSTANT, INSTANT)
TEXTS = Kind("toJSONString($value)", *[quoted_cell("toJSONString($value)")] * 2)
OBJECT = Kind("$value", *[quoted_cell("$value")] * 2)  # the value is JSON already


@dataclass(frozen=True)
class Column:
    """`sql` is our own text on a row of the table."""

    name: str
    kind: Kind
    sql: str


def columns(kind: Kind, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind, name) for name in names)


# Sent as numbers they are numbers; everything else is the text that it is stored as.
PROPERTIES = """concat('{', arrayStringConcat(arrayMap(
        (key, word) -> concat(toJSONString(key), ':', toJSONString(word)),
        mapKeys(properties),
        mapValues(properties)
    ), ','), '}')"""
WITH_NUMBERS = PROPERTIES.replace(
    "toJSONString(word)", "if(mapContains(numbers, key), toJSONString(numbers[key]), toJSONString(word))"
)
TRAITS = PROPERTIES.replace("toJSONString(word)", "word").replace("properties", "traits")

FROM_WHERE = (
    *columns(TEXT, "referrer", "referrerName", "referrerType", "channel"),
    *columns(TEXT, "utmSource", "utmMedium", "utmCampaign", "utmTerm", "utmContent"),
    *columns(TEXT, "country", "region", "city"),
    *columns(TEXT, "browser", "browserVersion", "os", "osVersion", "device", "brand", "model"),
)
OF_EVENTS = (
    *columns(TEXT, "eventId", "name"),
    *columns(MOMENT, "createdAt", "receivedAt"),
    *columns(TEXT, "deviceId", "profileId", "sessionId"),
    *columns(FLAG, "isScreenView", "isInteractive"),
    *columns(TEXT, "path", "origin", "query", "title"),
    *FROM_WHERE,
    *columns(MONEY, "revenue"),
    *columns(TEXT, "currency", "sdkName", "sdkVersion"),
    *columns(TEXTS, "groups"),
    Column("properties", OBJECT, WITH_NUMBERS),
)
OF_SESSIONS = (
    Column("id", TEXT, "concat(toString(sessionKey), '-', toString(toUnixTimestamp64Milli(startedAt)))"),
    *columns(TEXT, "sessionId", "deviceId", "profileId"),
    *columns(MOMENT, "startedAt", "endedAt"),
    *columns(NUMBER, "duration", "events", "screenViews", "interactiveEvents"),
    *columns(FLAG, "isBounce"),
    *columns(TEXT, "entryPath", "exitPath", "entryOrigin"),
    *FROM_WHERE,
    *columns(MONEY, "revenue"),
)
OF_PROFILES = (
    *columns(TEXT, "id", "personId"),
    *columns(MOMENT, "firstSeenAt", "lastSeenAt"),
    Column("traits", OBJECT, TRAITS),
)


def picked(all_columns: Sequence[Column], names: Sequence[str]) -> tuple[Column, ...]:
    return tuple(column for column in all_columns if column.name in names)


def names_of(all_columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(column.name for column in all_columns)


def json_line(chosen: Sequence[Column]) -> Sql:
    """An expression: the row as a JSON object."""
    parts = [f"""'{"," if at else ""}"{column.name}":', $v{at}""" for at, column in enumerate(chosen)]
    return written(f"concat('{{', {', '.join(parts)}, '}}')", chosen, lambda kind: kind.json)


def csv_line(chosen: Sequence[Column]) -> Sql:
    """An expression: the row's cells with commas, exactly as they are."""
    return written(cells(chosen), chosen, lambda kind: kind.csv)


def guarded_csv_line(chosen: Sequence[Column]) -> Sql:
    """The same for who opens the file in a spreadsheet: no text becomes a formula."""
    return written(cells(chosen), chosen, lambda kind: kind.guarded)


def cells(chosen: Sequence[Column]) -> str:
    comma = ", ',', "
    return f"concat('', {comma.join(f'$v{at}' for at in range(len(chosen)))})"


def written(template: str, chosen: Sequence[Column], form: Callable[[Kind], str]) -> Sql:
    values: Mapping[str, Sql] = {
        f"v{at}": compose(form(column.kind), value=Sql(column.sql)) for at, column in enumerate(chosen)
    }
    return compose(template, **values)


def listed(pieces: Sequence[str]) -> Sql:
    return join([Sql(piece) for piece in pieces], ", ")
