"""SQL grows out of our own text only."""

import pytest

from eventlens.clickhouse.sql import Sql, compose, join


def test_slots_are_filled_and_parameters_collected() -> None:
    where = Sql("path = {path:String}", {"path": "/a"})

    whole = compose("SELECT count() FROM events WHERE $where AND name = {name:String}", {"name": "x"}, where=where)

    assert whole == Sql(
        "SELECT count() FROM events WHERE path = {path:String} AND name = {name:String}", {"name": "x", "path": "/a"}
    )


def test_text_is_refused_as_a_slot() -> None:
    with pytest.raises(TypeError, match=r"\$where is str, not Sql"):
        compose("SELECT 1 WHERE $where", where="1 = 1")  # type: ignore[arg-type]  # the mistake under test


def test_a_slot_that_was_not_given_is_an_error() -> None:
    with pytest.raises(KeyError):
        compose("SELECT 1 WHERE $where")


def test_one_parameter_name_cannot_mean_two_things() -> None:
    with pytest.raises(ValueError, match="The parameter a has two values"):
        join([Sql("{a:UInt8}", {"a": 1}), Sql("{a:UInt8}", {"a": 2})])


def test_pieces_are_joined_in_order() -> None:
    assert join([Sql("a"), Sql("b")], ", ") == Sql("a, b")
