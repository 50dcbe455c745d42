"""In which order raw rows come, and the place in it where a list or an export goes on."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from eventlens.clickhouse.sql import Sql
from insights.asking import periods
from insights.asking.filter_reading import shown
from insights.asking.parameters import Given
from insights.asking.scope import MILLISECOND, Scope
from insights.raw.columns import listed

Place = Mapping[str, object]  # a cursor's values as parameters of the query
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATEST = 10_413_792_000_000  # ClickHouse's times end in 2299
LARGEST = 2**64

decode = msgspec.json.Decoder(tuple[str, ...]).decode


@dataclass(frozen=True)
class Part:
    """One value of a cursor: what it is taken from, and what it is as a parameter."""

    name: str
    sql: str
    type: str

    def read(self, text: str) -> object | None:
        """None where the text is no such value."""
        if self.type == "String":
            return None if "\0" in text else text
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else LARGEST
        return number if number < (LARGEST if self.type == "UInt64" else LATEST) else None


@dataclass(frozen=True)
class Key:
    """What rows are sorted by, and the same of the place in `{name:Type}`."""

    sql: str
    place: str


@dataclass(frozen=True)
class Order:
    """`at` names the time that ranges and windows are about, and its part of the cursor."""

    parts: tuple[Part, ...]
    keys: tuple[Key, ...]
    is_newest_first: bool = False

    def by(self) -> Sql:
        return listed([f"{key.sql}{' DESC' if self.is_newest_first else ''}" for key in self.keys])

    def word(self) -> Sql:
        """A row's cursor, one opaque word."""
        values = ", ',', ".join(f"toJSONString(toString({part.sql}))" for part in self.parts)
        return Sql(f"base64URLEncode(concat('[', {values}, ']'))")

    def behind(self, place: Place | None) -> Sql:
        """Rows that come after the place; written out, as ClickHouse's index does not understand tuples."""
        if place is None:
            return Sql("1")
        sign, text = "<" if self.is_newest_first else ">", ""
        for key in reversed(self.keys):
            more = f" OR {key.sql} = {key.place} AND {text}" if text else ""
            text = f"({key.sql} {sign} {key.place}{more})"
        return Sql(text, place)


MOMENT = "fromUnixTimestamp64Milli({at:Int64}, 'UTC')"


def at(column: str) -> Part:
    return Part("at", f"toUnixTimestamp64Milli({column})", "Int64")


def day_of(column: str) -> Key:
    return Key(f"toDate({column})", f"toDate({MOMENT})")


EVENTS_NEWEST_FIRST = Order(
    (at("createdAt"), Part("id", "eventId", "String")),
    (Key("createdAt", MOMENT), Key("eventId", "{id:String}")),
    is_newest_first=True,
)
SESSIONS_NEWEST_FIRST = Order(
    (at("startedAt"), Part("key", "sessionKey", "UInt64")),
    (Key("startedAt", MOMENT), Key("sessionKey", "{key:UInt64}")),
    is_newest_first=True,
)
# As the tables are stored: the next rows are found without sorting, however many there are.
EVENTS_AS_STORED = Order(
    (
        at("createdAt"),
        Part("name", "name", "String"),
        Part("key", "personKey", "UInt64"),
        Part("id", "eventId", "String"),
    ),
    (
        day_of("createdAt"),
        Key("name", "{name:String}"),
        Key("personKey", "{key:UInt64}"),
        Key("createdAt", MOMENT),
        Key("eventId", "{id:String}"),
    ),
)
SESSIONS_AS_STORED = Order(
    (at("startedAt"), Part("key", "sessionKey", "UInt64")),
    (day_of("startedAt"), Key("sessionKey", "{key:UInt64}"), Key("startedAt", MOMENT)),
)
PROFILES_BY_ID = Order((Part("id", "id", "String"),), (Key("id", "{id:String}"),))


def read_place(given: Given, name: str, order: Order) -> Place | None:
    """None stands for the beginning."""
    word = given.text(name)
    place = place_of(word, order) if word else None
    if word and place is None:
        given.problem(name, f"{name} cannot be {shown(word)}; send a cursor that an answer of this kind gave.")
    return place


def place_of(word: str, order: Order) -> Place | None:
    """None where the word is none of this order's cursors."""
    try:
        texts = decode(urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (msgspec.MsgspecError, ValueError):
        return None
    if len(texts) != len(order.parts):
        return None
    values = {part.name: part.read(text) for part, text in zip(order.parts, texts, strict=True)}
    return None if None in values.values() else values


def windows(scope: Scope, order: Order, place: Place | None, now: datetime) -> Iterator[Scope]:
    """Parts of the range, one after another in the order of rows: small ones first, as most pages need no more."""
    reached = None if place is None else periods.EPOCH + int(str(place["at"])) * MILLISECOND
    return newest_first(scope, reached, now) if order.is_newest_first else by_days(scope, reached)


def newest_first(scope: Scope, reached: datetime | None, now: datetime) -> Iterator[Scope]:
    end = scope.end if reached is None else min(scope.end, reached + MILLISECOND)
    if scope.start < now < end:
        yield replace(scope, start=now)
        end = now
    size = HOUR
    while scope.start < end:
        start = max(scope.start, end - size)
        yield replace(scope, start=start, end=end)
        end, size = start, 2 * size


def by_days(scope: Scope, reached: datetime | None) -> Iterator[Scope]:
    """Whole days in UTC, by which the tables are sorted."""
    start = scope.start if reached is None else max(scope.start, midnight(reached))
    size = DAY
    while start < scope.end:
        end = min(scope.end, midnight(start) + size)
        yield replace(scope, start=start, end=end)
        start, size = end, 2 * size


def midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
