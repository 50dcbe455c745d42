"""What nobody would send on purpose: values, payloads, bodies, headers and questions."""

import gzip
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from hypothesis import strategies as st

from ingestion.openapi_payloads import EXAMPLES, FIELDS
from ingestion.wire.contract import PAYLOADS
from insights.asking.fields import TEXT_FIELDS
from insights.asking.filters import OPERATORS

TEXTS = st.one_of(
    st.text(st.characters(), max_size=30),  # half surrogates as well, which JSON can spell
    st.sampled_from(
        ["", " ", "\0", "\ufeff", "null", "NaN", "0", "-1", "é" * 300, "a" * 9000, "__ip", "session_start"]
    ),
    st.sampled_from(
        ["'; DROP TABLE events --", "{x:String}", "$events", "\\", "%00", "../../etc", "data:text/html,x"]
    ),
)
NUMBERS = st.one_of(
    st.integers(),
    st.integers(-(10**400), 10**400),
    st.floats(),
    st.sampled_from([2**31, 2**53, 2**63, 2**64, 10**15, 1e308, 5e-324, -0.0, float("nan"), float("inf")]),
)
TIMES = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.sampled_from(["2024-02-30", "20240131", "12:00", "1970-01-01T00:00:00-23:59", "9999-12-31T23:59:59Z", "١٢٣"]),
    st.integers(-(10**16), 10**16),
    st.floats(),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
PROPERTIES = st.dictionaries(
    TEXTS | st.sampled_from(["__path", "__revenue", "__query.a", "__ip", "a.b"]), VALUES, max_size=6
)

OWN = {
    "timestamp": TIMES,
    "sentAt": TIMES,
    "properties": PROPERTIES,
    "name": TEXTS,
    "profileId": SCALARS,
    "groupIds": st.lists(SCALARS, max_size=4),
}


@st.composite
def items(draw: st.DrawFn) -> Any:
    """An item that is right but for a few fields; or anything."""
    kind = draw(st.sampled_from([*PAYLOADS]))
    payload = dict(EXAMPLES[kind])
    for name in draw(st.lists(st.sampled_from([*FIELDS]), max_size=3)):
        payload[name] = draw(OWN.get(name, SCALARS) | VALUES)
    for name in draw(st.lists(st.sampled_from([*payload]), max_size=1)) if payload else []:
        del payload[name]
    return {"type": kind, "payload": payload}


ITEMS = st.one_of(items(), items(), items(), VALUES, st.fixed_dictionaries({"type": TEXTS, "payload": VALUES}))
BATCHES = st.one_of(
    st.fixed_dictionaries({"events": st.lists(ITEMS, max_size=6)}, optional={"sentAt": TIMES}),
    st.fixed_dictionaries({"events": VALUES}),
    st.integers(990, 1010).map(lambda count: {"events": [{"type": "replay", "payload": {}}] * count}),
)


def as_json(value: Any) -> bytes:
    """JSON as careless senders write it: NaN, bare surrogates as escapes."""
    return json.dumps(value).encode()


def nested(depth: int) -> bytes:
    return (
        b'{"type": "track", "payload": {"name": "n", "properties": ' + b'{"a":' * depth + b"1" + b"}" * depth + b"}}"
    )


BODIES = st.one_of(
    st.binary(max_size=200),
    ITEMS.map(as_json).map(lambda body: body[: len(body) // 2]),
    st.tuples(ITEMS.map(as_json), st.binary(min_size=1, max_size=3), st.integers(0, 200)).map(
        lambda parts: parts[0][: parts[2]] + parts[1] + parts[0][parts[2] :]
    ),
    st.sampled_from([nested(depth) for depth in (1, 8, 9, 100, 1000, 100_000)]),
    st.sampled_from([b"", b"null", b"[]", b"{}", b'""', b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", b"[" * 50_000]),
    ITEMS.map(json.dumps).map(lambda text: text.encode("utf-16")),
    st.integers(1, 6).map(
        lambda million: b'{"type": "track", "payload": {"name": "' + b"x" * (million * 2**20) + b'"}}'
    ),
)


@cache
def bomb() -> bytes:
    """Made when it is wanted: it takes a second, which every process that collects tests would pay."""
    return gzip.compress(b"[" * 200 * 2**20, 9)


ZIPPED = st.one_of(
    ITEMS.map(as_json).map(gzip.compress),
    st.tuples(ITEMS.map(as_json).map(gzip.compress), st.integers(1, 60)).map(lambda parts: parts[0][: -parts[1]]),
    ITEMS.map(as_json).map(lambda body: gzip.compress(body) + b"rest"),
    ITEMS.map(as_json).map(lambda body: gzip.compress(body) * 2),
    st.builds(bomb),
    st.binary(max_size=60),
    ITEMS.map(as_json),
)
LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60).map(
    str.strip
)
CONTENT_TYPES = st.sampled_from(
    [
        *(
            "application/json",
            "text/plain",
            "",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
        ),
        *(
            "multipart/form-data",
            "application/json; charset=utf-16",
            "application/json; charset=nonsense",
            ";;;",
            "a/b/c",
        ),
        *("application/problem+json", "APPLICATION/JSON", "text/plain;charset=UTF-8", "image/png", "\u00ff/\u00fe"),
    ]
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": CONTENT_TYPES,
        "content-encoding": st.sampled_from(["gzip", "deflate", "br", "identity", "gzip, gzip", "GZIP", "x"]),
        "user-agent": LATIN,
        "origin": LATIN | st.sampled_from(["null", "https://a.example", "https://[::1", "//"]),
        "x-forwarded-for": LATIN | st.sampled_from(["1.2.3.4, , ::1", "[::1]:99999", "999.1.1.1", "1.2.3.4" * 500]),
        "x-client-ip": LATIN | st.sampled_from(["203.0.113.7", "::ffff:1.2.3.4", "fe80::1%eth0"]),
        "forwarded": LATIN | st.sampled_from(['for="[2001:db8::1]:1"', "for=_hidden;by=", 'for="']),
        "event-lens-client-secret": LATIN,
        "openpanel-sdk-name": LATIN,
        "accept": LATIN,
        "expect": st.sampled_from(["100-continue", "nonsense"]),
        "host": st.sampled_from(["a.example", "a..b", "[::1", "x" * 300]),
        "cookie": LATIN,
        "x-request-id": LATIN,
    },
)

WORDS = st.one_of(
    TEXTS, TIMES.map(str), st.integers().map(str), st.sampled_from(["2024-01-01", "1", "day", "a,b", "[", "{}"])
)
FIELD_NAMES = st.sampled_from(
    [*TEXT_FIELDS, "revenue", "properties.plan", "properties.", "profile.x", "group.company"]
)
PATTERNS = st.sampled_from(["(", "a{1000000}", "(?i)x", "(a+)+$", "\\C", "[[:alpha:]]"])
PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.integers(-(10**9), 10**9) | st.booleans()
FILTER = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "field": FIELD_NAMES | TEXTS,
            "operator": st.sampled_from([*OPERATORS]) | TEXTS,
            "value": VALUES | PATTERNS,
        },
    ),
    st.builds(
        lambda field, operator, value: {
            "field": field,
            "operator": operator,
            "value": [value] if OPERATORS[operator].takes == "many" else value,
        },
        FIELD_NAMES,
        st.sampled_from([*OPERATORS]),
        PLAIN | PATTERNS,
    ),
)
CONDITION = st.recursive(
    FILTER,
    lambda inner: st.dictionaries(
        st.sampled_from(["and", "or", "not"]), inner | st.lists(inner, max_size=3), max_size=2
    ),
    max_leaves=4,
)
FILTERS = st.lists(CONDITION, max_size=3)
DATES = st.dates(date(1969, 1, 1), date(2200, 12, 31)).map(str) | st.sampled_from(
    ["2024-01-01", "2024-12-31T23:59:59+14:00"]
)
LIKELY = {
    "startDate": DATES,
    "endDate": DATES,
    "filters": FILTERS,
    "steps": st.lists(
        st.sampled_from(["page_view", "purchase"]) | TEXTS | st.builds(dict, name=TEXTS, filters=FILTERS), max_size=5
    ),
    "limit": st.integers(0, 10_001),
    "offset": st.integers(-1, 10_000_001),
    "search": TEXTS,
    "event": TEXTS,
    "key": TEXTS,
    "startEvent": TEXTS,
    "returnEvent": TEXTS,
    "window": st.builds("{}{}".format, st.integers(0, 10**10), st.sampled_from(["ms", "s", "d", "w", "y"])),
    "cursor": st.tuples(st.integers(-1, 2**63), TEXTS).map(lambda place: urlsafe_b64encode(as_json(place)).decode())
    | TEXTS,
}


def questions(parameters: Sequence[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """A question with some of its own parameters, most of them as they should be; or with whatever."""
    own = {one["name"]: value_of(one) for one in parameters if one["in"] == "query"}
    needed = {one["name"]: own[one["name"]] for one in parameters if one["in"] == "query" and one["required"]}
    asked = st.fixed_dictionaries(needed, optional={name: value for name, value in own.items() if name not in needed})
    return st.one_of(
        asked, asked, asked, st.dictionaries(st.sampled_from([*own, "limit"]) | TEXTS, VALUES | WORDS, max_size=3)
    )


def value_of(parameter: dict[str, Any]) -> st.SearchStrategy[Any]:
    allowed = parameter["schema"].get("enum") or parameter["schema"].get("items", {}).get("enum")
    right = st.sampled_from(allowed) if allowed else LIKELY.get(parameter["name"], WORDS)
    return st.one_of(right, right, right, right, right, WORDS)
