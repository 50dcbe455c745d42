"""deploy/clickhouse: settings that the engine knows, and that do not contradict each other."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "clickhouse"
SECTIONS = {"backups", "logger", "query_cache", "query_log"}


def test_server_settings_are_known_to_the_engine(clickhouse: None) -> None:
    named = {element.tag for element in server() if element.get("remove") is None} - SECTIONS

    known = {row["name"] for row in client.query(Sql("SELECT name FROM system.server_settings"))}

    assert named - known == set()


def test_query_settings_are_known_to_the_engine(clickhouse: None) -> None:
    profile = ElementTree.parse(FOLDER / "users.xml").find("profiles/default")
    assert profile is not None

    known = {row["name"] for row in client.query(Sql("SELECT name FROM system.settings"))}

    assert {element.tag for element in profile} - known == set()


@pytest.mark.parametrize("log", ["metric_log", "asynchronous_metric_log", "trace_log", "text_log", "part_log"])
def test_logs_that_grow_all_day_are_off(log: str) -> None:
    element = server().find(log)

    assert element is not None
    assert element.get("remove") == "1"


def test_merges_leave_room_for_mutations() -> None:
    """ClickHouse refuses to create tables when its 25 free slots for whole-partition work can never be free."""
    slots = number("background_pool_size") * number("background_merges_mutations_concurrency_ratio")

    assert slots >= 25


def server() -> ElementTree.Element:
    return ElementTree.parse(FOLDER / "server.xml").getroot()


def number(name: str) -> int:
    text = server().findtext(name)
    assert text is not None
    return int(text)
