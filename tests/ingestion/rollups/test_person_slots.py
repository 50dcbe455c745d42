"""The slots that spare questions most look-ups: what shares a slot with a link is still itself."""

import pytest
import redis

from eventlens.clickhouse import client, people
from eventlens.clickhouse.sql import Sql, compose
from ingestion.storing.facts import person_key
from tests.ingestion.place import Place, identify

pytestmark = pytest.mark.usefixtures("clickhouse", "log")

DEVICE, PROFILE, STRANGER = person_key("d", "d1"), person_key("p", "a"), person_key("d", "stranger")
# The same upper bits, and so the same slots.
BESIDE_DEVICE, BESIDE_PROFILE = DEVICE ^ 1, PROFILE ^ 1


@pytest.fixture
def place(log: redis.Redis) -> Place:
    place = Place(log)
    place.arrive(identify("a", "d1"))
    place.roll_up()
    return place


def persons(place: Place, *keys: int) -> list[int]:
    sql = compose(
        "SELECT $person AS person FROM (SELECT arrayJoin({keys:Array(UInt64)}) AS personKey)",
        {"keys": list(keys)},
        person=people.person_sql(place.id),
    )
    return [row["person"] for row in client.query(sql)]


def visitors(place: Place, *keys: int) -> int:
    sql = compose(
        "SELECT $visitors AS visitors FROM (SELECT arrayJoin({keys:Array(UInt64)}) AS personKey)",
        {"keys": list(keys)},
        visitors=people.visitors_sql(place.id),
    )
    return int(client.query(sql)[0]["visitors"])


def test_only_the_linked_key_stands_for_another(place: Place) -> None:
    keys = (DEVICE, PROFILE, BESIDE_DEVICE, BESIDE_PROFILE, STRANGER, 0)

    assert persons(place, *keys) == [PROFILE, PROFILE, BESIDE_DEVICE, BESIDE_PROFILE, STRANGER, 0]


def test_a_person_is_one_visitor_under_all_their_keys(place: Place) -> None:
    assert visitors(place, DEVICE, DEVICE) == 1
    assert visitors(place, PROFILE) == 1
    assert visitors(place, DEVICE, PROFILE) == 1


def test_each_key_beside_a_person_is_a_visitor_of_its_own(place: Place) -> None:
    assert visitors(place, DEVICE, PROFILE, BESIDE_DEVICE, BESIDE_PROFILE, STRANGER, STRANGER) == 4
    assert visitors(place, BESIDE_DEVICE, STRANGER) == 2
    assert visitors(place) == 0


def test_a_key_that_mixes_to_nothing_is_not_looked_up(place: Place) -> None:
    # Keys that are surely nobody else's are looked up as 0, so nothing may be found there.
    nothing = people.space(place.id)
    client.command(
        Sql(
            "INSERT INTO persons (projectId, key, kind, id, person, personId, version) "
            "VALUES ({project:String}, {key:UInt64}, 'device', 'odd', 7, 'seven', 1)",
            {"project": place.id, "key": nothing},
        )
    )
    people.refresh()

    assert persons(place, STRANGER, DEVICE) == [STRANGER, PROFILE]
