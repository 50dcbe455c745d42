"""Another project's rows never show: every operation with foreign clients, ids, cohorts and cursors."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.insights.every_operation import OPERATIONS, PROJECT, QUESTIONS, Operation
from tests.insights.histories import at, stored
from tests.insights.oracle import Event
from tests.insights.senders import Senders

SECRET = "somebody-elses-secret"
THEIRS = "theirs-7"  # an id of theirs, which a question may repeat
WHEN = at("2024-01-10")
DAY = 86_400_000
LISTS = ("/profiles", "/events", "/sessions", "/cohorts", "/export", "/people")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

pytestmark = pytest.mark.usefixtures("store")  # cohorts need it
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


def track(name: str, when: int, **fields: Any) -> dict[str, Any]:
    return {"name": name, "timestamp": when, **fields}


@pytest.fixture
def theirs(senders: Senders) -> Senders:
    """The game's persons, groups, sessions and events, all with the secret; the shop has one visitor."""
    senders.send(track("page_view", WHEN, deviceId="ours", path="/"))
    senders.send(
        *(track(SECRET, WHEN + n * 1000, deviceId=f"d{n}", profileId=THEIRS, path=f"/{SECRET}") for n in range(3)),
        track(
            "page_view",
            WHEN + DAY,
            deviceId="d1",
            path=f"/{SECRET}",
            properties={SECRET: SECRET},
            country="DE",
        ),
        track("purchase", WHEN + DAY + 1, deviceId="d1", path=f"/{SECRET}", revenue=7, sessionId=THEIRS),
        {"type": "identify", "profileId": THEIRS, "deviceId": "d1", "firstName": SECRET, "timestamp": WHEN},
        {
            "type": "identify",
            "profileId": f"{THEIRS}-2",
            "deviceId": "d9",
            "firstName": SECRET,
            "timestamp": WHEN,
        },
        {"type": "assign_group", "groupIds": [SECRET], "profileId": THEIRS, "timestamp": WHEN},
        client="foreign",
    )
    return senders


@every_operation
def test_a_foreign_client_finds_nothing_by_any_method(shop: str, operation: Operation) -> None:
    answers = {method: operation.by(method).send(client="foreign") for method in METHODS}

    assert {method: answer for method, answer in answers.items() if answer[0] not in {404, 405}} == {}
    assert {method: answer for method, answer in answers.items() if "Shop" in answer[1]} == {}


def test_what_another_project_stores_changes_no_answer(shop: str, clickhouse: None) -> None:
    stored([Event(WHEN, path="/"), Event(WHEN + 1, "purchase", order=1)], "shop")
    before = [(str(operation), told(operation)) for operation in QUESTIONS]

    stored(
        [Event(WHEN + n, name, path=f"/{SECRET}", properties={"plan": SECRET}, order=n) for n, name in NAMES],
        "game",
    )

    assert [(str(operation), told(operation)) for operation in QUESTIONS] == before


def told(operation: Operation) -> str:
    """The answer without what the clock alone changes."""
    status, text = operation.send()
    assert status not in {400, 500}, text
    assert SECRET not in text
    moments = r'"[^"]*T\d\d:[^"]*"' if "/live" in operation.path else r'"now":"[^"]*"'
    return re.sub(moments, "", text)


NAMES = tuple(enumerate(("page_view", "purchase", "signup", SECRET)))


def test_no_foreign_id_and_no_foreign_cursor_opens_anything(theirs: Senders) -> None:
    ids, cohorts = foreign_words(LISTS), foreign_words(("/cohorts",))
    assert {THEIRS, f"{THEIRS}-2"} <= ids

    for operation in OPERATIONS:
        for answer in with_foreign(operation, ids, cohorts):
            assert answer[0] in {200, 201, 202, 204, 400, 404, 409}, (operation, answer)
            assert SECRET not in answer[1], (operation, answer)


def with_foreign(operation: Operation, ids: set[str], cohorts: set[str]) -> Iterator[tuple[int, str]]:
    """The shop's root client asks with their ids wherever an id or a cursor can stand."""
    places = [name for name in operation.query if name in {"cursor", "after", "id"}]
    for id in sorted(ids):
        yield from (operation.send(query={}, in_path={name: id}) for name in operation.in_path if name != PROJECT)
        yield from (operation.send(query={name: id}) for name in places)
    if "filters" in operation.query:
        of_theirs = [{"field": "cohort", "operator": "in", "value": sorted(cohorts or {THEIRS})}]
        yield operation.send(query={**operation.query, "filters": json.dumps(of_theirs)})


def foreign_words(among: tuple[str, ...]) -> set[str]:
    """The ids and cursors that the game's own client is shown, cohorts that it makes among them."""
    found: set[str] = set()
    for operation in OPERATIONS:
        if operation.method == "DELETE" or not any(part in operation.path for part in among):
            continue
        in_path = {name: THEIRS for name in operation.in_path if name != PROJECT}
        for query in ({"limit": "1"} if "limit" in operation.query else {}, {}):
            found |= ids_in(operation.send("game", "foreign", query=query, in_path=in_path)[1])
    return found


def ids_in(answer: str) -> set[str]:
    return set(re.findall(r'"(?:id|next|cursor|profileId|sessionId|cohortId)":"?([^",{}\[\]]{1,200})', answer))
