"""Who is one person, and what they are like: the rules, one by one."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import redis

from eventlens.clickhouse import client, people
from eventlens.clickhouse.errors import QueryRejected, QueryTimeout, QueryTooExpensive
from eventlens.clickhouse.sql import Sql, compose
from ingestion.log import marks
from ingestion.rollups import people as people_rollup
from ingestion.rollups import persons, turns
from ingestion.storing.facts import person_key
from tests.ingestion.factories import NOON, SECOND, said
from tests.ingestion.place import Place, alias, identify

pytestmark = pytest.mark.usefixtures("clickhouse", "log")
Log = redis.Redis


@pytest.fixture
def place(log: Log) -> Place:
    return Place(log)


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


def test_a_chain_is_closed_once_however_many_pieces_its_marks_come_in(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[int] = []
    closure = persons.closure
    monkeypatch.setattr(marks, "chunks", partial(marks.chunks, size=1))
    monkeypatch.setattr(persons, "closure", lambda *asked: closed.append(1) or closure(*asked))
    place.arrive(*[alias(f"n{number + 1}", f"n{number}") for number in range(6)], alias("y", "x"))

    people_rollup.roll_up(place.store, seconds=60)

    assert set(place.people().values()) == {"n6", "y"}
    assert len(closed) == 2
    assert place.store.keys("eventlens:mark*") == []


@pytest.mark.parametrize("kind", [QueryTimeout, QueryTooExpensive])
def test_what_is_too_much_at_a_time_is_done_in_halves(
    place: Place, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    join, sizes = persons.join, []

    def weak(store: Log, project_id: str, names: Sequence[str], renew: turns.Renew) -> list[str]:
        sizes.append(len(names))
        if len(names) > 2:
            raise kind("too much")
        return join(store, project_id, names, renew)

    monkeypatch.setattr(people_rollup, "STEPS", ((marks.PERSONS, weak), people_rollup.STEPS[1]))
    place.arrive(*[identify(f"u{number}", f"d{number}") for number in range(5)])

    place.roll_up()

    assert place.people() == {f"dd{number}": f"u{number}" for number in range(5)}
    assert sizes == [5, 2, 3, 1, 2]


@pytest.fixture
def hard(place: Place, monkeypatch: pytest.MonkeyPatch) -> dict[str, type[Exception]]:
    """How ClickHouse fails at the devices and profiles that are named, in whatever company."""
    join, errors = persons.join, dict[str, type[Exception]]()

    def failing(store: Log, project_id: str, names: Sequence[str], renew: turns.Renew) -> list[str]:
        for name in names:
            if name in errors:
                raise errors[name]("No.")
        return join(store, project_id, names, renew)

    monkeypatch.setattr(people_rollup, "STEPS", ((marks.PERSONS, failing), people_rollup.STEPS[1]))
    return errors


def test_what_is_too_much_even_alone_is_set_aside_and_tried_again_after_a_while(
    place: Place, hard: dict[str, type[Exception]]
) -> None:
    hard[f"d{person_key('d', 'd1')}"] = QueryTooExpensive
    place.arrive(*[identify(f"u{number}", f"d{number}") for number in range(3)])
    place.roll_up()
    place.arrive(identify("u9", "d9"), identify("u1", "d1", SECOND))
    place.roll_up()
    assert place.people() == {"dd0": "u0", "dd2": "u2", "dd9": "u9"}
    assert 0 < place.store.ttl(marks.waits_key(marks.PERSONS, place.id)) <= 600

    hard.clear()
    place.roll_up()
    assert "dd1" not in place.people()
    place.store.delete(marks.waits_key(marks.PERSONS, place.id))
    place.roll_up()

    assert place.people()["dd1"] == "u1"
    assert not [name for name in place.store.keys("eventlens:mark*") if b"wait" not in name]


def test_what_clickhouse_refuses_of_one_project_keeps_no_other_waiting(
    place: Place, log: Log, hard: dict[str, type[Exception]]
) -> None:
    hard[f"d{person_key('d', 'bad')}"] = QueryRejected
    others = [Place(log) for _ in range(3)]
    place.arrive(identify("u", "bad"))
    for other in others:
        other.arrive(identify("u", "d"))

    place.roll_up()
    assert [other.people() for other in others] == [{"dd": "u"}] * 3
    hard.clear()
    place.roll_up()

    assert place.people() == {"dbad": "u"}


def test_each_statement_ends_while_nobody_else_can_be_at_work(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[Any] = []
    for name in ("query", "command"):
        monkeypatch.setattr(client, name, noting(getattr(client, name), limits))
    place.arrive(alias("a", "b"), identify("b", "d", n=1))

    place.roll_up()

    assert [limit for limit in limits if limit is not None] == [8] * 6  # of a lock of 20 s, without a margin of 2


def noting(work: Any, limits: list[Any]) -> Any:
    def noted(*given: Any, settings: Any = None, **more: Any) -> Any:
        limits.append((settings or {}).get("max_execution_time"))
        return work(*given, settings=settings, **more)

    return noted


def test_traits_of_joined_profiles_are_one_persons_in_the_order_of_their_time(place: Place) -> None:
    # The published case ID11: what both have is the later one's; the first one's other traits stay.
    place.arrive(identify("anon", at=NOON, a=1, b=1, n=5), identify("u", at=NOON + SECOND, b=2))
    place.roll_up()
    assert place.traits() == {"anon": {"a": 1, "b": 1, "n": 5}, "u": {"b": 2}}

    more = said("increment", profileId="anon", property="n", value=0.5, timestamp=NOON + SECOND)
    place.arrive(alias("u", "anon"), more)
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
        broken.setattr(turns.Turn, "done", die)
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
