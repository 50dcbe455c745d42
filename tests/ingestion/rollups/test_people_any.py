"""Whatever order links and changes come in, the same persons with the same traits come out."""

import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from ingestion.door.accepted import AcceptedChange
from tests.generated import cases
from tests.ingestion.factories import NOON, SECOND, said
from tests.ingestion.place import Place
from tests.ingestion.rollups import person_oracle
from tests.ingestion.rollups.person_oracle import Change, Link

pytestmark = pytest.mark.usefixtures("clickhouse", "log")
Log = redis.Redis
NAMES = ["a", "b", "c", "d", "e"]
ONE_LINK = st.builds(
    Link,
    st.sampled_from(["device", "alias"]),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.integers(0, 3).map(lambda second: NOON + second * SECOND),
)
LINKS = st.sampled_from([0, 4, 6]).flatmap(lambda least: st.lists(ONE_LINK, min_size=least, max_size=12))
KEYS = ["n", "n.x", "n.x.y", "m"]
VALUES = st.decimals(-10, 10, places=2) | st.sampled_from(["", "word"])


@st.composite
def histories(draw: st.DrawFn) -> list[Link | Change]:
    """Links and changes in the order in which they arrive."""
    changes = []
    for number in range(draw(st.sampled_from([0, 3, 6, 10]))):
        kind = draw(st.sampled_from(["set", "remove", "add"]))
        value = draw(VALUES if kind == "set" else st.decimals("0.01", 10, places=2))
        at = NOON + draw(st.integers(0, 3)) * SECOND
        profile, key = draw(st.sampled_from(NAMES)), draw(st.sampled_from(KEYS))
        changes.append(Change(profile, key, kind, value, (at, NOON, f"e{number}")))
    return draw(st.permutations([*draw(LINKS), *changes]))


@cases(20)
@given(histories(), st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_whatever_comes_in_whatever_order_and_batches_it_is_what_the_rules_say(
    log: Log, history: list[Link | Change], sizes: Sequence[int]
) -> None:
    place, rest = Place(log), list(history)
    for size in itertools.cycle(sizes):
        if not rest:
            break
        batch, rest = rest[:size], rest[size:]
        place.arrive(*[sent(one) for one in batch])
        if size % 2:
            place.roll_up()
    place.roll_up()

    expected = person_oracle.people([one for one in history if isinstance(one, Link)])
    found = place.people()
    assert {name: found.get(name, name[1:]) for name in expected} == expected
    assert found.items() <= expected.items()
    assert place.traits() == person_oracle.traits([one for one in history if isinstance(one, Change)], expected)


def sent(one: Link | Change) -> AcceptedChange:
    if isinstance(one, Change):
        at, _, event_id = one.place
        fields: dict[str, Any] = {"profileId": one.profile, "timestamp": at, "eventId": event_id}
        if one.kind == "add":
            return said("increment", **fields, property=one.key, value=str(one.value))
        value = float(one.value) if isinstance(one.value, Decimal) else one.value
        return said("identify", **fields, properties={one.key: None if one.kind == "remove" else value})
    if one.kind == "alias":
        return said("alias", profileId=one.to_id, alias=one.from_id, timestamp=one.at)
    return said("identify", profileId=one.to_id, deviceId=one.from_id, timestamp=one.at)
