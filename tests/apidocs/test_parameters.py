"""What the document says of parameters is what the questions themselves say of them."""

import re
from typing import Any

import pytest
from django.test import Client as Http

from analytics import directory
from insights.described.parameters import FLAG
from tests.analytics.factories import headers, new_client, new_project
from tests.apidocs import described
from tests.apidocs.described import Json

QUESTIONS = {
    path: operation["parameters"]
    for path, method, operation in described.operations()
    if method == "get" and "{projectId}" in path and not {"erasures", "cohorts"} & set(path.split("/"))
}
EACH = [(path, one) for path, parameters in QUESTIONS.items() for one in parameters if one["in"] == "query"]
every_question = pytest.mark.parametrize("path", QUESTIONS)


def choices(schema: Json) -> list[str] | None:
    return schema.get("enum") or schema.get("items", {}).get("enum")


CHOICES = [(path, one) for path, one in EACH if choices(one["schema"]) and one["schema"] != FLAG]
NUMBERS = [(path, one) for path, one in EACH if one["schema"].get("type") == "integer"]


def names(cases: list[tuple[str, Json]]) -> list[str]:
    return [f"{path} {parameter['name']}" for path, parameter in cases]


@pytest.fixture
def demo(db: None, clickhouse_process: object) -> Http:
    directory.forget()
    new_client("root", new_project("demo"))
    return Http(headers=headers("root"))


def ask(demo: Http, path: str, **asked: Any) -> Any:
    """The question with all it cannot do without, and these."""
    known = [one for one in QUESTIONS[path] if one["in"] == "query"]
    needed = {one["name"]: one["example"] for one in known if one["required"]}
    if needed:  # the days that the other examples speak of
        needed |= {one["name"]: one["example"] for one in known if one["name"] in {"startDate", "endDate"}}
    return demo.get(path.replace("{projectId}", "demo").replace("{profileId}", "42"), {**needed, **asked})


def problem(answer: Any, field: str) -> str:
    """What the answer says is wrong with the field; fails where nothing is."""
    assert answer.status_code == 400
    [found] = [one["message"] for one in answer.json()["details"] if one["field"] == field]
    return str(found)


@every_question
def test_a_question_takes_the_parameters_described_and_no_others(demo: Http, path: str) -> None:
    refused = problem(ask(demo, path, nonsense="1"), "nonsense")

    allowed = set(re.findall(r"\w+", refused.rpartition("allowed: ")[2]))

    assert {one["name"] for one in QUESTIONS[path] if one["in"] == "query"} == allowed - {"id"}


@pytest.mark.parametrize(("path", "parameter"), CHOICES, ids=names(CHOICES))
def test_the_values_described_are_all_there_are(demo: Http, path: str, parameter: Json) -> None:
    name = parameter["name"]
    # Which columns there are depends on the table.
    tables = ("events", "sessions", "profiles") if (name, path[-7:]) == ("fields", "/export") else ("",)
    more: list[dict[str, Any]] = [{"table": table} if table else {} for table in tables]

    refused = [problem(ask(demo, path, **{name: "nonsense"}, **one), name) for one in more]

    told = [one.rpartition("allowed: ")[2].partition(", or several")[0] for one in refused]
    assert list(dict.fromkeys(re.findall(r"\w+", " ".join(told)))) == choices(parameter["schema"])


@pytest.mark.parametrize(("path", "parameter"), NUMBERS, ids=names(NUMBERS))
def test_a_number_has_the_bounds_described(demo: Http, path: str, parameter: Json) -> None:
    name, low, high = parameter["name"], parameter["schema"]["minimum"], parameter["schema"]["maximum"]

    refused = [problem(ask(demo, path, **{name: one}), name).replace("'", "") for one in (low - 1, high + 1)]

    allowed = f"allowed: whole numbers from {low} to {high}."
    assert refused == [f"{name} cannot be {low - 1}; {allowed}", f"{name} cannot be {high + 1}; {allowed}"]
    more = {"steps": ",".join(["page_view"] * high)} if name == "step" else {}  # there has to be such a step
    assert ask(demo, path, **{name: high}, **more).status_code in {200, 404}
