"""The five lists that filters are made of."""

import pytest

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from tests.insights.conftest import Ask
from tests.insights.histories import at, stored
from tests.insights.oracle import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

DAY = at("2015-05-17")
EVENTS = [
    Event(DAY, "buy", path="/shop", country="DE", properties={"plan": "pro", "price": 5}),
    Event(DAY, "buy", path="/shop", country="KR", properties={"plan": "free"}, order=1),
    Event(DAY, "open", path="/", country="", properties={"plan": "free"}, order=2),
]


@pytest.fixture
def data(ask: Ask, shop: str) -> Ask:
    client.command(Sql("DELETE FROM events WHERE projectId = {project:String}", {"project": shop}))
    stored(EVENTS, shop)

    def send(name: str, **query: str) -> object:
        answer = ask(f"/filters/shop/{name}", query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return send


def test_each_list_is_wrapped_and_begins_with_the_most_frequent(data: Ask) -> None:
    assert data("event-names") == {"success": True, "data": ["buy", "open"]}
    assert data("paths") == {"success": True, "data": ["/shop", "/"]}
    assert data("countries") == {"success": True, "data": ["DE", "KR"]}
    assert data("property-keys") == {"success": True, "data": ["plan", "price"]}
    assert data("property-values", key="plan") == {"success": True, "data": ["free", "pro"]}
    assert data("property-values", key="properties.price") == {"success": True, "data": ["5"]}


def test_lists_can_be_narrowed(data: Ask) -> None:
    assert data("property-keys", event="open")["data"] == ["plan"]
    assert data("event-names", search="OP")["data"] == ["open"]
    assert data("paths", startDate="2015-05-18")["data"] == []
    assert data("paths", limit="1", offset="1")["data"] == ["/"]
    filters = '[{"field": "country", "operator": "eq", "value": "KR"}]'
    assert data("property-values", key="plan", filters=filters)["data"] == ["free"]


def test_values_without_a_key_are_a_400(ask: Ask) -> None:
    answer = ask("/filters/shop/property-values")

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == "key"
