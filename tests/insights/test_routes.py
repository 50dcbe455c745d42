"""All questions over HTTP: who may ask, what an empty project answers, what is refused and how."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as Http

from tests.analytics.factories import headers
from tests.insights.addresses import INSIGHTS, ROUTES
from tests.insights.conftest import Ask
from tests.insights.histories import at, stored
from tests.insights.oracle import Event

every_route = pytest.mark.parametrize("path", ROUTES)


@every_route
@pytest.mark.parametrize("client", ["root", "read"])
def test_an_empty_project_answers_zeros_and_empty_lists_never_null(ask: Ask, path: str, client: str) -> None:
    answer = ask(path, ROUTES[path], client=client)

    assert answer.status_code == 200
    assert None not in leaves(answer.json())


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    else:
        yield value


@every_route
def test_the_seeds_prefix_answers_too(ask: Ask, path: str) -> None:
    assert ask(f"/api/v1/analytics{path}", ROUTES[path]).status_code == 200


@every_route
def test_without_a_client_nobody_is_answered(shop: str, path: str) -> None:
    assert Http().get(path, ROUTES[path]).status_code == 401


@every_route
def test_a_write_client_may_not_ask(ask: Ask, path: str) -> None:
    answer = ask(path, ROUTES[path], client="write")

    assert answer.status_code == 403
    assert "read or root" in answer.json()["message"]


@every_route
def test_another_projects_client_finds_nothing(ask: Ask, path: str) -> None:
    assert ask(path, ROUTES[path], client="foreign").status_code == 404


@every_route
def test_another_method_is_refused(shop: str, path: str) -> None:
    answer = Http().delete(path, headers=headers("root"))

    assert answer.status_code == 405
    assert answer.json()["error"] == "Method Not Allowed"


WRONG = [
    ({"startDate": "yesterday"}, "startDate", "allowed: a date (2024-01-31) or an ISO instant"),
    ({"endDate": "2024-02-30"}, "endDate", "allowed: a date"),
    ({"filters": "{"}, "filters", "filters is not JSON"),
    ({"filters": "[" * 5_000}, "filters", "filters is nested too deeply"),
    ({"filters": '[{"field": "shoe", "operator": "eq", "value": 1}]'}, "filters[0].field", "allowed: name,"),
    ({"filters": '[{"field": "path", "operator": "=", "value": 1}]'}, "filters[0].operator", "allowed: eq, ne,"),
    ({"interwal": "day"}, "interwal", "allowed: "),
    ({"limit": "-1"}, "limit", "allowed: whole numbers from 1"),
]


@every_route
def test_wrong_parameters_are_a_400_that_says_what_is_allowed(ask: Ask, path: str) -> None:
    for query, field, allowed in WRONG:
        is_lives = path.endswith("/live") and field in {"startDate", "endDate"}
        says = "allowed: detail, filters, limit, meta" if is_lives else allowed

        answer = ask(path, {**ROUTES[path], **query})

        assert answer.status_code == 400, query
        assert answer.json()["error"] == "Validation Error"
        problem = answer.json()["details"][0]
        assert problem["field"] == field
        assert says in problem["message"]


@pytest.mark.parametrize(
    ("name", "query", "message"),
    [
        ("timeseries", {"interval": "year"}, "allowed: minute, hour, day, week, month"),
        ("timeseries", {"interval": "minute"}, "narrow the range or use a larger interval"),
        ("metrics", {"compare": "last"}, "allowed: previous"),
        ("devices", {"by": "country"}, "allowed: device, browser, browserVersion, os,"),
        ("geo", {"by": "planet"}, "allowed: country, region, city"),
        ("live", {"detail": "perhaps"}, "allowed: 1 or 0"),
        ("funnel", {"steps": "one"}, "Give 2 to 20 steps"),
        ("funnel", {"steps": "a,b", "window": "soon"}, "allowed: a number and ms, s, m, h, d or w"),
        ("funnel", {"steps": "a,b", "order": "loose"}, "allowed: ordered, strict, any"),
        ("funnel", {"steps": "a,b", "by": "planet"}, "allowed: person, session"),
        ("funnel", {"steps": "a,b", "by": "group:"}, "group:<type>"),
        ("funnel", {"steps": "a,b", "exclude": '["x", 1]'}, "give it a name"),
        ("funnel", {"steps": "a,b", "exclude": '[{"name": "x", "step": 1}]'}, "nothing else is allowed"),
        ("funnel", {"steps": "a,b", "exclude": '[{"name": "x", "fromStep": 2, "toStep": 2}]'}, "1 to 2, fromStep"),
        ("funnel", {"steps": "a,b", "exclude": '[{"name": "x", "toStep": 3}]'}, "1 to 2, fromStep"),
        ("funnel", {"steps": "a,b", "exclude": "[]"}, "a list of 1 to 10"),
        ("funnel", {"steps": "a,b", "breakdown": "planet"}, "There is no dimension 'planet'; allowed: name,"),
        (
            "funnel",
            {"steps": "a,b", "breakdown": '{"dimension": "path", "of": "all"}'},
            "allowed: first, last, person",
        ),
        ("funnel", {"steps": "a,b", "breakdown": '{"dimension": "path", "of": "person"}'}, "is of an event"),
        (
            "funnel",
            {"steps": "a,b", "breakdown": '{"dimension": "path", "limit": 0}'},
            "whole numbers from 1 to 1000",
        ),
        ("funnel", {"steps": "a,b", "breakdown": '{"field": "path"}'}, "{dimension, of, limit, other}"),
        ("funnel", {"steps": "a,b", "bins": "101"}, "whole numbers from 1 to 100"),
        ("funnel", {"steps": "a,b", "interval": "year"}, "allowed: minute, hour, day, week, month"),
        ("funnel/people", {"steps": "a,b", "outcome": "won"}, "allowed: reached, lost"),
        ("funnel/people", {"steps": "a,b", "outcome": "lost"}, "Nobody is lost before the first step"),
    ],
)
def test_a_questions_own_parameters_are_checked(ask: Ask, name: str, query: dict[str, str], message: str) -> None:
    answer = ask(f"/insights/shop/{name}", query)

    assert answer.status_code == 400
    assert message in answer.json()["details"][0]["message"]


def test_a_range_that_ends_before_it_starts_is_a_400(ask: Ask) -> None:
    answer = ask("/insights/shop/metrics", {"startDate": "2024-02-01", "endDate": "2024-01-31"})

    assert answer.status_code == 400
    assert answer.json()["details"] == [
        {"field": "endDate", "message": "endDate is before startDate; swap them or widen the range."}
    ]


def test_a_wrong_regular_expression_is_a_400(ask: Ask) -> None:
    wrong = '[{"field": "path", "operator": "matches", "value": "a("}]'

    answer = ask("/insights/shop/metrics", {"filters": wrong})

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == "filters[0].value"
    assert "regular expression" in answer.json()["details"][0]["message"]


def test_all_problems_are_told_at_once(ask: Ask) -> None:
    answer = ask("/insights/shop/metrics", {"startDate": "x", "compare": "y", "limit": "z"})

    assert {problem["field"] for problem in answer.json()["details"]} == {"startDate", "compare", "limit"}


@pytest.mark.parametrize("name", INSIGHTS)
def test_a_body_asks_the_same_as_an_address(ask: Ask, name: str) -> None:
    stored([Event(at("2024-01-10"), path="/"), Event(at("2024-01-10") + 1, "buy", order=1)], "shop")
    asked = {
        **INSIGHTS[name],
        **({} if name == "live" else {"startDate": "2024-01-10", "endDate": "2024-01-11"}),
    }

    by_address, by_body = ask(f"/insights/shop/{name}", asked), ask(f"/insights/shop/{name}", body=asked)

    assert by_body.status_code == 200
    assert by_body.json() == by_address.json()


def test_a_list_may_be_a_parameter_that_is_there_several_times(ask: Ask) -> None:
    commas, several = (
        ask("/insights/shop/devices?by=os,device&meta=1"),
        ask("/insights/shop/devices?by=os&by=device&meta=1"),
    )

    assert several.json() == commas.json()
    assert several.json()["query"]["by"] == ["os", "device"]


def test_what_is_no_list_may_be_there_once(ask: Ask) -> None:
    answer = ask("/insights/shop/metrics?limit=1&limit=2")

    assert answer.status_code == 400
    assert answer.json()["message"] == "limit cannot be ['1', '2']; allowed: whole numbers from 1 to 10000."


@pytest.mark.parametrize("body", ["[]", "3", '"x"', "{", "[" * 100_000], ids=lambda body: body[:9])
def test_a_body_that_is_no_object_is_a_400(shop: str, body: str) -> None:
    answer = Http().post("/insights/shop/funnel", body, content_type="application/json", headers=headers("root"))

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == "body"


def test_a_body_says_a_funnel_in_full(ask: Ask) -> None:
    body = {
        "steps": [
            "page_view",
            {"name": "buy", "filters": [{"field": "revenue", "operator": "gte", "value": 5}]},
        ],
        "startDate": "2024-01-01",
        "endDate": "2024-12-31",
        "window": "14d",
        "order": "strict",
        "by": "session",
        "filters": [],
    }

    answer = ask("/insights/shop/funnel", body=body)

    assert answer.status_code == 200
    assert [step["name"] for step in answer.json()] == ["page_view", "buy"]


def test_meta_wraps_the_answer_with_the_question_as_it_was_understood(ask: Ask) -> None:
    asked = {"startDate": "2024-03-30", "endDate": "2024-03-31", "meta": "1", "interval": "day"}

    answer = ask("/insights/shop/timeseries", asked).json()

    assert [row["date"] for row in answer["data"]] == ["2024-03-30", "2024-03-31"]
    query = answer["query"]
    assert query["question"] == "timeseries"
    assert query["project"] == "shop"
    assert query["timezone"] == "Europe/Berlin"
    assert query["startDate"] == "2024-03-30T00:00:00+01:00"
    assert query["endDate"] == "2024-03-31T23:59:59.999000+02:00"
    assert query["interval"] == "day"
    assert query["definitions"]["uniqueVisitors"].startswith("Distinct persons")


@every_route
def test_meta_shows_no_sql(ask: Ask, path: str) -> None:
    text = ask(path, {**ROUTES[path], "meta": "1"}).content.decode()

    assert not any(word in text for word in ("SELECT", "arrayJoin", "properties[", "String}"))


@pytest.mark.parametrize("name", INSIGHTS)
def test_meta_names_every_number_of_every_answer(ask: Ask, name: str) -> None:
    answer = ask(f"/insights/shop/{name}", {**INSIGHTS[name], "meta": "true"}).json()

    assert answer["query"]["question"] == name
    numbers = [row for row in leaves_by_name(answer["data"]) if row not in {"date", "name", "path"}]
    assert set(numbers) <= set(answer["query"]["definitions"])


def leaves_by_name(data: Any) -> set[str]:
    rows = data if isinstance(data, list) else [data]
    return {name for row in rows for name in row}
