"""Generated histories: few persons, many ties and repeats, quiet and busy hours, ranges that cut sessions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.insights.histories import DAY, HOUR, MINUTE, at
from tests.insights.oracle import Event

# Zones with whole and broken offsets, with the clocks changing in the night, at midnight, or not at all; and a week
# for each in which they change.
WEEKS = {
    "UTC": "2024-03-06T00:00",
    "Europe/Berlin": "2024-03-28T00:00",
    "America/New_York": "2024-10-31T00:00",
    "America/Sao_Paulo": "2018-11-01T00:00",
    "Asia/Kathmandu": "2024-03-28T00:00",
    "Asia/Beirut": "2024-03-28T00:00",
    "Pacific/Auckland": "2024-04-04T00:00",
    "Australia/Adelaide": "2024-10-03T00:00",
}

# Gaps around the session timeout, none at all, and long ones.
gaps = st.sampled_from(
    [
        0,
        0,
        0,
        1,
        999,
        MINUTE,
        29 * MINUTE,
        30 * MINUTE,
        30 * MINUTE + 1,
        HOUR,
        7 * HOUR,
        DAY,
        DAY + 1,
        3 * DAY,
    ]
)
revenues = st.sampled_from([Decimal(0), Decimal(0), Decimal("9.99"), Decimal("0.0001"), Decimal(100)])
properties = st.dictionaries(
    st.sampled_from(["plan", "n"]), st.sampled_from(["pro", "free", "", 1, 2, 2.5, True]), max_size=2
)

plain_events = st.builds(
    Event,
    at=st.just(0),
    name=st.sampled_from(["page_view", "page_view", "screen_view", "click", "buy"]),
    device=st.sampled_from(["d1", "d2", "d3"]),
    profile=st.sampled_from(["", "", "", "u1", "u2"]),
    session=st.sampled_from(["", "", "", "s1"]),
    path=st.sampled_from(["/", "/a", "/b", ""]),
    country=st.sampled_from(["", "DE", "KR"]),
    browser=st.sampled_from(["", "Firefox"]),
    referrer_name=st.sampled_from(["", "Google"]),
    channel=st.sampled_from(["Direct", "Organic Search"]),
    utm_source=st.sampled_from(["", "mail"]),
    revenue=revenues,
    properties=properties,
)


def finished(events: list[Event], offsets: list[int], start: int) -> list[Event]:
    """Events at their times; every one but a page view is interactive, and arrival follows the list."""
    moment, result = start, []
    for order, (event, gap) in enumerate(zip(events, offsets, strict=False)):
        moment += gap
        result.append(replace(event, at=moment, order=order, interactive=not event.is_view))
    return result


@st.composite
def histories(draw: Callable[..., Any], start: int, most: int = 25) -> list[Event]:
    """Any number of events, none included, from `start` on, in any order of arrival.

    Most are long: left alone, Hypothesis makes five events, too few for anything to be wrong with their numbers.
    """
    least = draw(st.sampled_from([0, most // 3, most * 2 // 3, most * 2 // 3]))
    events = draw(st.lists(plain_events, min_size=least, max_size=most))
    offsets = draw(st.lists(gaps, min_size=len(events), max_size=len(events)))
    return draw(st.permutations(finished(events, offsets, start)))


@st.composite
def ranges(draw: Callable[..., Any], start: int, events: Sequence[Event]) -> tuple[int, int]:
    """A range that begins before, at or just after an event and may end at one, so that it may cut sessions."""
    moments = sorted({one.at for one in events}) or [start]
    first = draw(st.sampled_from([moments[0], moments[0], draw(st.sampled_from(moments))]))
    low = first + draw(st.sampled_from([0, 0, 1, MINUTE, -DAY]))
    ends = [one + more for one in moments for more in (0, 0, 1) if one + more > low] or [low + DAY]
    lengths = [MINUTE, DAY, 2 * DAY, 3 * DAY, 9 * DAY, 30 * DAY, 30 * DAY]
    return low, draw(st.sampled_from(ends) | st.sampled_from([low + length for length in lengths]))


@st.composite
def questions(draw: Callable[..., Any]) -> tuple[str, int, int, list[Event]]:
    """A zone, a history and a range around or within it."""
    zone = draw(st.sampled_from(sorted(WEEKS)))
    events = draw(histories(at(WEEKS[zone])))
    low, high = draw(ranges(at(WEEKS[zone]), events))
    return zone, low, high, events
