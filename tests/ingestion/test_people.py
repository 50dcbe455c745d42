"""One person: whatever order links and changes come in, the same persons with the same traits come out."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventlens.clickhouse import client, people
from eventlens.clickhouse.sql import Sql, compose
from ingestion import drain, links, marks, people_rollup, persons
from ingestion.accepted import AcceptedChange
from ingestion.facts import Facts, person_key
from tests.ingestion import person_oracle
from tests.ingestion.factories import NOON, SECOND, project, said
from tests.ingestion.person_oracle import Change, Link

pytestmark = pytest.mark.usefixtures("clickhouse", "log")
Log = redis.Redis
NAMES = ["a", "b", "c", "d", "e"]
numbers = itertools.count()


class Place:
    """A project of its own, into which changes arrive in batches."""

    def __init__(self, store: Log) -> None:
        self.store, self.id = store, f"p{next(numbers)}"

    def arrive(self, *changes: AcceptedChange) -> None:
        """The end of a drain with these changes, by a worker that knows no links."""
        facts, work = Facts(), drain.Work()
        for change in changes:
            facts.add_change(replace(change, project_id=self.id))
        links.known.forget()
        drain.store_facts(facts, {}, f"{self.id}:{next(numbers)}", work)
        for (kind, project_id), names in work.marks().items():
            marks.mark(self.store, kind, project_id, sorted(names))

    def roll_up(self) -> None:
        people_rollup.roll_up(self.store)

    def people(self) -> dict[str, str]:
        """The person of each device and profile that a rollup wrote about."""
        text = "SELECT concat(if(kind = 'device', 'd', 'p'), id) AS name, key, person, personId FROM persons FINAL"
        rows = client.query(Sql(f"{text} WHERE projectId = {{project:String}}", {"project": self.id}))
        assert all(row["key"] == person_key(row["name"][0], row["name"][1:]) for row in rows)
        assert all(row["person"] == person_key("p", row["personId"]) for row in rows)
        return {row["name"]: row["personId"] for row in rows}

    def traits(self) -> dict[str, dict[str, Any]]:
        sql = Sql("SELECT * FROM profiles FINAL WHERE projectId = {project:String}", {"project": self.id})
        return {row["profileId"]: decoded(row["traits"]) for row in client.query(sql)}


def decoded(traits: dict[str, str]) -> dict[str, Any]:
    """Numbers as exact decimals."""
    values = {key: msgspec.json.decode(text) for key, text in traits.items()}
    return {key: value if isinstance(value, str) else Decimal(traits[key]) for key, value in values.items()}


@pytest.fixture
def place(log: Log) -> Place:
    return Place(log)


def identify(profile: str, device: str = "", at: int = NOON, **traits: Any) -> AcceptedChange:
    return said("identify", of=project(), profileId=profile, deviceId=device, timestamp=at, **traits)


def alias(profile: str, other: str) -> AcceptedChange:
    return said("alias", profileId=profile, alias=other)


def test_a_device_belongs_to_the_profile_of_its_earliest_link(place: Place) -> None:
    place.arrive(identify("late", "d1", NOON))
    place.roll_up()
    place.arrive(identify("early", "d1", NOON - SECOND))
    place.roll_up()
    place.arrive(identify("later", "d1", NOON + SECOND))
    place.roll_up()

    assert place.people() == {"dd1": "early"}


def test_of_links_at_the_same_time_the_smaller_profile_counts(place: Place) -> None:
    place.arrive(identify("b", "d1"), identify("a", "d1"))
    place.roll_up()

    assert place.people() == {"dd1": "a"}


def test_aliases_join_profiles_and_their_devices_under_the_id_that_is_no_alias(place: Place) -> None:
    place.arrive(identify("old", "d1"), identify("a", "d2"))
    place.roll_up()
    place.arrive(alias("old", "a"))
    place.roll_up()
    assert place.people() == {"dd1": "old", "dd2": "old", "pa": "old", "pold": "old"}

    place.arrive(alias("z", "old"))
    place.roll_up()
    assert place.people() == {"dd1": "z", "dd2": "z", "pa": "z", "pold": "z", "pz": "z"}


def test_a_circle_of_aliases_goes_by_the_smallest_id(place: Place) -> None:
    place.arrive(alias("a", "b"), alias("b", "c"), alias("c", "a"))
    place.roll_up()

    assert place.people() == {"pa": "a", "pb": "a", "pc": "a"}


def test_a_long_chain_that_comes_link_by_link_from_both_ends_is_one_person(place: Place) -> None:
    chain = [alias(f"n{number + 1:03}", f"n{number:03}") for number in range(60)]
    place.arrive(*chain[:20], *chain[40:])
    place.roll_up()
    place.arrive(*chain[20:40])
    place.roll_up()

    assert set(place.people().values()) == {"n060"}
    assert len(place.people()) == 61


def test_traits_of_joined_profiles_are_one_persons_in_the_order_of_their_time(place: Place) -> None:
    # The published case ID11: what both have is the later one's; the first one's other traits stay.
    place.arrive(identify("anon", at=NOON, a=1, b=1, n=5), identify("u", at=NOON + SECOND, b=2))
    place.roll_up()
    assert place.traits() == {"anon": {"a": 1, "b": 1, "n": 5}, "u": {"b": 2}}

    place.arrive(alias("u", "anon"), said("increment", profileId="anon", property="n", value=0.5))
    place.roll_up()
    assert place.traits() == {"u": {"a": 1, "b": 2, "n": Decimal("5.5")}}


@pytest.mark.parametrize(
    ("before", "expected"),
    [(3, "4.5"), ("3", "4.5"), ("three", "1.5"), (True, "1.5"), ([1], "1.5"), (0.1234567891, "1.623456789")],
)
def test_what_is_no_number_counts_as_0_when_something_is_added(place: Place, before: Any, expected: str) -> None:
    place.arrive(identify("u", at=NOON, n=before))
    place.arrive(said("increment", profileId="u", property="n", value=1.5, timestamp=NOON + SECOND))
    place.roll_up()

    assert place.traits() == {"u": {"n": Decimal(expected)}}


def test_null_removes_a_trait_and_those_below_it(place: Place) -> None:
    place.arrive(identify("u", at=NOON, address={"city": "Ulm", "zip": "1"}, addressee="x", plan="a"))
    place.arrive(identify("u", at=NOON + SECOND, address=None, plan=None))
    place.arrive(identify("u", at=NOON + 2 * SECOND, address={"zip": "2"}))
    place.roll_up()

    assert place.traits() == {"u": {"addressee": "x", "address.zip": "2"}}


def test_a_profile_whose_traits_are_all_removed_has_none(place: Place) -> None:
    place.arrive(identify("u", at=NOON, plan="a"))
    place.roll_up()
    place.arrive(identify("u", at=NOON + SECOND, plan=None))
    place.roll_up()

    assert place.traits() == {"u": {}}


def test_a_rollup_that_died_is_repeated_by_the_next(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.arrive(alias("a", "b"), identify("b", "d", n=1))

    def die(*_: object) -> None:
        raise RuntimeError("died")

    with monkeypatch.context() as broken:
        broken.setattr(marks, "done", die)
        with pytest.raises(RuntimeError):
            place.roll_up()
    place.store.delete(people_rollup.LOCK)
    place.roll_up()

    assert place.people() == {"dd": "a", "pa": "a", "pb": "a"}
    assert place.traits() == {"a": {"n": 1}}
    place.roll_up()
    assert place.store.keys("eventlens:mark*") == []


def test_the_dictionary_answers_for_the_project_that_a_key_is_of(place: Place, log: Log) -> None:
    other = Place(log)
    place.arrive(alias("a", "b"))
    other.arrive(alias("c", "b"))
    place.roll_up()
    people.forget()

    for one, expected in ((place, "a"), (other, "c")):
        sql = compose(
            "SELECT $person AS person", person=people.person_sql(one.id, f"toUInt64({person_key('p', 'b')})")
        )
        assert client.query(sql) == [{"person": person_key("p", expected)}]


def test_a_project_has_links_once_something_was_joined(place: Place) -> None:
    place.arrive(identify("a"))
    place.roll_up()
    people.forget()
    assert not people.has_links(place.id)

    place.arrive(identify("a", "d"))
    place.roll_up()
    people.forget()
    assert people.has_links(place.id)


LINKS = st.lists(
    st.builds(
        Link,
        st.sampled_from(["device", "alias"]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.integers(0, 3).map(lambda second: NOON + second * SECOND),
    ),
    max_size=12,
)
KEYS = ["n", "n.x", "n.x.y", "m"]
VALUES = st.decimals(-10, 10, places=2) | st.sampled_from(["", "word"])


@st.composite
def histories(draw: st.DrawFn) -> list[Link | Change]:
    """Links and changes in the order in which they arrive."""
    changes = []
    for number in range(draw(st.integers(0, 10))):
        kind = draw(st.sampled_from(["set", "remove", "add"]))
        value = draw(VALUES if kind == "set" else st.decimals("0.01", 10, places=2))
        at = NOON + draw(st.integers(0, 3)) * SECOND
        profile, key = draw(st.sampled_from(NAMES)), draw(st.sampled_from(KEYS))
        changes.append(Change(profile, key, kind, value, (at, NOON, f"e{number}")))
    return draw(st.permutations([*draw(LINKS), *changes]))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


def test_a_merge_of_a_hundred_thousand_devices_stays_linear(place: Place) -> None:
    count = 100_000
    client.command(
        Sql(
            "INSERT INTO identity_links (projectId, kind, fromId, toId, linkedAt) SELECT {project:String}, 'device', "
            "concat('d', toString(number)), 'crowd', now64(3) FROM numbers({count:UInt64})",
            {"project": place.id, "count": count},
        )
    )
    place.arrive(alias("all", "crowd"))
    place.roll_up()

    sql = Sql(
        "SELECT count() AS n FROM persons FINAL WHERE projectId = {p:String} AND personId = 'all'", {"p": place.id}
    )
    assert client.query(sql) == [{"n": count + 2}]


def test_a_merge_of_ten_thousand_aliases_in_every_shape_is_one_person() -> None:
    star = [persons.Alias(n, f"n{n:05}", 0, "n00000") for n in range(1, 10_000)]
    chain = [persons.Alias(n, f"n{n:05}", n + 1, f"n{n + 1:05}") for n in range(9_999)]

    [one], [other] = persons.components(star), persons.components(chain)

    assert (len(one.ids), one.representative()) == (10_000, 0)
    assert (len(other.ids), other.representative()) == (10_000, 9_999)
