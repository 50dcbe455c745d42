"""`@openpanel/web`, unmodified, in a browser: a page of an allowed origin, and one of a foreign origin."""

import json
from typing import Any

import pytest

from tests.product import Product
from tests.sdks.asking import known, question, settled
from tests.sdks.browser import Site, chromium
from tests.sdks.clients import allow, new_client
from tests.sdks.published import MODULES, PAGE, pointed, snippet
from tests.servers import until


def site(product: Product, client: dict[str, str], script: str) -> Site:
    texts = {"/main.js": script, "/report.js": (PAGE / "report.js").read_text()}
    return Site({path: pointed(text, product.url, client) for path, text in texts.items()})


@pytest.fixture(scope="module")
def root(product: Product) -> dict[str, str]:
    return new_client(product, "web")


@pytest.fixture(scope="module")
def visit(product: Product, root: dict[str, str]) -> dict[str, Any]:
    """What the page saw of a whole visit, when all of it can be asked for."""
    writer = new_client(product, "web", "write")
    with site(product, writer, (PAGE / "visit.js").read_text()) as shop:
        allow(product, writer, shop.origin)
        with chromium(f"{shop.origin}/?utm_source=newsletter&utm_medium=email") as browser:
            seen: dict[str, Any] = shop.report(browser)
    assert "error" not in seen, seen
    settled(product, root, totalEvents=8, uniqueVisitors=1)
    return seen


def test_every_request_of_the_page_is_answered_200_and_none_is_repeated(visit: dict[str, Any]) -> None:
    pages, clicks, payments = ["screen_view"] * 2, ["signup", "cta", "link_out"], ["revenue"] * 2
    changes = ["identify", "increment", "decrement", "group", "assign_group"]

    assert sorted(visit["sent"]) == sorted([*pages, *clicks, *payments, *changes])
    beside = visit["statuses"][len(visit["sent"]) :]  # the device, one event, and pieces of a recording
    assert set(visit["statuses"]) == {200}
    assert len(beside) >= 3


def test_the_page_learns_its_device_and_session(visit: dict[str, Any]) -> None:
    assert visit["signup"]["deviceId"] == visit["deviceId"]
    assert visit["signup"]["sessionId"] == visit["sessionId"]
    assert visit["present"] == {"deviceId": visit["deviceId"], "sessionId": visit["sessionId"]}
    assert (len(visit["deviceId"]), len(visit["sessionId"])) == (16, 16)


@pytest.mark.usefixtures("visit")
def test_the_visit_shows_in_the_metrics(product: Product, root: dict[str, str]) -> None:
    metrics = question(product, root, "metrics")

    assert metrics["uniqueVisitors"] == 1
    assert metrics["totalScreenViews"] == 2
    assert metrics["viewsPerSession"] == 2
    assert metrics["bounceRate"] == 0
    assert metrics["revenue"] == 25.0


@pytest.mark.usefixtures("visit")
def test_pages_sources_and_browser_are_found_out(product: Product, root: dict[str, str]) -> None:
    assert [(row["path"], row["views"]) for row in question(product, root, "pages")] == [("/", 1), ("/pricing", 1)]
    assert question(product, root, "utm", by="utmSource")[0]["utmSource"] == "newsletter"
    [device] = question(product, root, "devices", by="browser")
    assert (device["browser"], device["uniqueVisitors"]) == ("Chrome", 1)


@pytest.mark.usefixtures("visit")
def test_properties_keep_their_kind(product: Product, root: dict[str, str]) -> None:
    filters = [
        {"field": "properties.seats", "operator": "gt", "value": 2},
        {"field": "properties.cart.total", "operator": "eq", "value": 9.5},
        {"field": "properties.plan", "operator": "eq", "value": "pro"},
    ]

    assert question(product, root, "metrics", filters=json.dumps(filters))["totalEvents"] == 1
    clicked = [{"field": "properties.planName", "operator": "eq", "value": "pro"}]
    assert question(product, root, "metrics", filters=json.dumps(clicked))["totalEvents"] == 1


def test_the_whole_visit_is_the_person_s_who_was_identified_by_a_number(
    product: Product, root: dict[str, str], visit: dict[str, Any]
) -> None:
    traits = {"firstName": "Ada", "email": "ada@example.com", "plan": "pro", "visits": 2}

    person = known(product, root, 42, traits=traits, groups=["acme"], totalEvents=8)

    assert person["id"] == "42"
    assert person["devices"] == [visit["deviceId"]]


@pytest.mark.usefixtures("visit")
def test_what_follows_the_choice_of_a_group_is_of_that_group(product: Product, root: dict[str, str]) -> None:
    events = known(product, root, 42, totalEvents=8)["events"]

    assert [event["groups"] for event in events if event["name"] == "revenue"] == [["acme"], ["acme"]]
    assert [event["groups"] for event in events if event["name"] == "signup"] == [[]]


def test_what_is_not_taken_at_once_is_repeated_until_it_is(product: Product) -> None:
    root, writer = new_client(product, "waiting"), new_client(product, "waiting", "write")
    product.parts["redis"].stop()

    with site(product, writer, (PAGE / "waiting.js").read_text()) as shop:
        allow(product, writer, shop.origin)
        with chromium(shop.origin) as browser:
            first = shop.report(browser)
            product.up("redis")
            last = shop.report(browser)

    assert first["statuses"] == [503]
    assert (last["statuses"][-1], last["answer"]["success"]) == (200, True)
    assert settled(product, root, totalEvents=1)["uniqueVisitors"] == 1


def test_a_browser_that_a_program_drives_is_answered_and_counted_apart(product: Product) -> None:
    root, writer = new_client(product, "driven"), new_client(product, "driven", "write")

    with site(product, writer, snippet("js")) as shop:
        allow(product, writer, shop.origin)
        with chromium(shop.origin, "--window-size=800,600"):
            until(lambda: len(question(product, root, "bots")) == 2, what="the page view and the event")

    bots = question(product, root, "bots")
    assert [(row["browser"], row["name"], row["count"]) for row in bots] == [
        ("Headless Chrome", "screen_view", 1),
        ("Headless Chrome", "signup", 1),
    ]
    assert question(product, root, "metrics")["totalEvents"] == 0


def test_a_page_of_a_foreign_origin_is_refused_once_and_can_read_why(product: Product, root: dict[str, str]) -> None:
    writer = new_client(product, "foreign", "write")
    allow(product, writer, "http://localhost:1")

    with site(product, writer, (PAGE / "foreign.js").read_text()) as elsewhere, chromium(elsewhere.origin) as browser:
        seen = elsewhere.report(browser)

    assert seen == {"answer": None, "seen": [401], "refused": "Unauthorized", "statuses": [401, 401]}


@pytest.mark.parametrize("kind", ["js", "html"])
def test_the_documented_snippet_sends_a_page_view_and_an_event(product: Product, kind: str) -> None:
    root = new_client(product, f"documented-{kind}")
    writer = new_client(product, f"documented-{kind}", "write")

    with site(product, writer, snippet("js")) as shop:
        shop.texts["/op1.js"] = (MODULES / "@openpanel/web/dist/src/tracker.global.js").read_text()
        shop.texts["/html/welcome"] = pointed(snippet("html"), product.url, writer)
        allow(product, writer, shop.origin)
        with chromium(f"{shop.origin}/{kind}/welcome"):
            metrics = settled(product, root, totalEvents=2)

    assert metrics["totalScreenViews"] == 1
    assert [row["path"] for row in question(product, root, "pages")] == [f"/{kind}/welcome"]
    seats = [{"field": "properties.seats", "operator": "eq", "value": 3}]
    assert question(product, root, "metrics", filters=json.dumps(seats))["totalEvents"] == 1
