"""The cache in front of the database, with a clock of our own."""

from collections.abc import Callable

import pytest
from django.db import OperationalError

from analytics.remembered import Remembered
from eventlens.api import Unavailable


class Source:
    """Answers, counts how often it was asked, and can be away."""

    def __init__(self, **answers: str) -> None:
        self.answers, self.asked, self.away, self.now = answers, 0, False, 1000.0

    def load(self, key: str) -> str | None:
        self.asked += 1
        if self.away:
            raise OperationalError("the server has gone away")
        return self.answers.get(key)

    def remembered(self) -> Remembered[str]:
        return Remembered(self.load, timer=lambda: self.now)


@pytest.fixture(autouse=True)
def five_seconds(configure: Callable[..., None], db: None) -> None:
    configure(client_cache_seconds=5)


def test_an_answer_is_asked_for_once_in_five_seconds() -> None:
    source = Source(a="A")
    remembered = source.remembered()

    assert [remembered.find("a") for _ in range(3)] == ["A", "A", "A"]
    source.now += 4.9
    assert remembered.find("a") == "A"
    assert source.asked == 1


def test_a_change_is_seen_after_five_seconds() -> None:
    source = Source(a="A")
    remembered = source.remembered()
    remembered.find("a")

    source.answers["a"] = "B"
    source.now += 5.1

    assert remembered.find("a") == "B"


def test_an_unknown_key_is_asked_for_once_in_five_seconds_and_found_afterwards() -> None:
    source = Source()
    remembered = source.remembered()

    assert [remembered.find("a"), remembered.find("a")] == [None, None]
    assert source.asked == 1

    source.answers["a"] = "A"
    source.now += 5.1
    assert remembered.find("a") == "A"


def test_a_flood_of_unknown_keys_is_bounded_and_pushes_no_known_one_out() -> None:
    source = Source(a="A")
    remembered = source.remembered()
    remembered.find("a")

    for number in range(10_500):
        remembered.find(f"made-up-{number}")

    assert len(remembered.absent) == 10_000
    asked = source.asked
    assert remembered.find("a") == "A"
    assert source.asked == asked


def test_zero_seconds_remember_nothing(configure: Callable[..., None]) -> None:
    configure(client_cache_seconds=0)
    source = Source(a="A")
    remembered = source.remembered()

    remembered.find("a")
    source.answers["a"] = "B"

    assert remembered.find("a") == "B"


def test_a_known_key_is_answered_for_ten_minutes_without_the_database() -> None:
    source = Source(a="A")
    remembered = source.remembered()
    remembered.find("a")
    source.away = True

    source.now += 599
    assert remembered.find("a") == "A"
    assert remembered.find("a") == "A"
    assert source.asked == 2, "the second question within five seconds waits for no database"

    source.now += 6
    with pytest.raises(Unavailable):
        remembered.find("a")


def test_an_unknown_key_is_a_503_without_the_database() -> None:
    source = Source()
    source.away = True

    with pytest.raises(Unavailable) as refused:
        source.remembered().find("a")

    assert refused.value.status_code == 503
    assert str(refused.value.detail) == "Projects and clients cannot be looked up at the moment; try again."


def test_a_deleted_key_is_not_answered_from_memory_when_the_database_goes_away() -> None:
    source = Source(a="A")
    remembered = source.remembered()
    remembered.find("a")
    del source.answers["a"]
    source.now += 5.1
    assert remembered.find("a") is None

    source.away = True
    source.now += 5.1

    with pytest.raises(Unavailable):
        remembered.find("a")
