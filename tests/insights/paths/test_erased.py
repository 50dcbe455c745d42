"""Paths while events are being erased: items are counted by one query and named by another."""

import pytest

from eventlens.clickhouse import client
from insights.paths import paths
from insights.paths.reading import Params
from insights.paths.sql import paths_sql
from tests.insights.histories import HOUR, MINUTE, at, hashed, scope, stored
from tests.insights.oracle import Event

pytestmark = pytest.mark.usefixtures("clickhouse_process")

NOON = at("2024-01-10T12:00")


def test_what_is_erased_between_counting_and_naming_is_left_out() -> None:
    project = stored([Event(NOON, path="/a"), Event(NOON + MINUTE, path="/b", order=1)])
    asked = Params(scope(project, NOON, NOON + HOUR))
    rows = client.query(paths_sql(asked))

    answer = paths.shape(rows, {hashed("p/a"): "p/a"}, asked)

    assert answer == {
        "paths": 1,
        "nodes": [{"id": "1:page:/a", "step": 1, "kind": "page", "name": "/a", "count": 1, "dropOff": 0}],
        "links": [],
        "totalNodes": 2,
        "totalLinks": 1,
    }
