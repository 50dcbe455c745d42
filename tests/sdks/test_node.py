"""`@openpanel/sdk`, unmodified, in Node: what a back end sends, and what it repeats."""

from typing import Any

import pytest

from tests.product import Product
from tests.sdks import nodejs
from tests.sdks.asking import known, question, settled
from tests.sdks.clients import count_identical_once, new_client
from tests.sdks.gateway import LOST, Gateway
from tests.sdks.published import FOLDER, snippet
from tests.servers import until

ONE = (FOLDER / "node/one.mjs").read_text()


@pytest.fixture(scope="module")
def root(product: Product) -> dict[str, str]:
    return new_client(product, "node")


@pytest.fixture(scope="module")
def visit(product: Product, root: dict[str, str]) -> dict[str, Any]:
    """What the script was answered, when all of it can be asked for."""
    seen: dict[str, Any] = nodejs.run("visit.mjs", product.url, root)
    settled(product, root, totalEvents=5, uniqueVisitors=3)
    return seen


def test_each_answer_names_event_device_and_session(visit: dict[str, Any]) -> None:
    assert set(visit["anonymous"]) == {"success", "eventId", "deviceId", "sessionId"}
    assert visit["nobody"]["deviceId"] == visit["anonymous"]["deviceId"]
    assert visit["byNumber"]["deviceId"] == "server-1"
    assert visit["deviceId"] == "server-1"
    assert visit["present"]["deviceId"] == visit["anonymous"]["deviceId"]


@pytest.mark.usefixtures("visit")
def test_a_back_end_is_no_bot_and_its_events_count(product: Product, root: dict[str, str]) -> None:
    metrics = question(product, root, "metrics")

    assert metrics["uniqueVisitors"] == 3  # the process itself, 42 with its device, ada
    assert metrics["revenue"] == 19.99


@pytest.mark.usefixtures("visit")
def test_a_person_named_by_a_number_has_traits_counts_and_devices(product: Product, root: dict[str, str]) -> None:
    traits = {"address.city": "Bern", "firstName": "Ada", "invoices": 1.5, "plan": "pro", "release": 7}

    person = known(product, root, 42, traits=traits, groups=["acme", "beta"])

    assert person["devices"] == ["server-1"]
    assert [event["name"] for event in person["events"]] == ["revenue", "invoice_paid"]


@pytest.mark.usefixtures("visit")
def test_the_groups_of_an_event_are_its_person_s(product: Product, root: dict[str, str]) -> None:
    person = known(product, root, "ada", groups=["acme"])

    assert [event["name"] for event in person["events"]] == ["invoice_paid"]


def test_a_refused_secret_is_sent_once(product: Product, root: dict[str, str]) -> None:
    with Gateway(product.url) as gateway:
        answer = nodejs.finish(nodejs.start(ONE, gateway.url, root | {"secret": "wrong"}))

    assert answer is None
    assert [seen.status for seen in gateway.seen] == [401]


def test_what_fails_on_the_way_is_repeated_and_counted_once_within_the_window(product: Product) -> None:
    root = new_client(product, "window")
    count_identical_once(product, "window", 60_000)

    with Gateway(product.url, [500, LOST]) as gateway:
        answer = nodejs.finish(nodejs.start(ONE, gateway.url, root))

    assert [seen.status for seen in gateway.seen] == [500, 200, 200]
    assert answer["duplicate"] is True
    assert settled(product, root, totalEvents=1)["uniqueVisitors"] == 1


def test_while_redis_is_away_the_sdk_repeats_until_its_event_is_taken(product: Product) -> None:
    root = new_client(product, "away")
    product.parts["redis"].stop()

    with Gateway(product.url) as gateway:
        process = nodejs.start(ONE, gateway.url, root)
        until(lambda: gateway.seen, 30, "the first attempt")
        product.up("redis")
        answer = nodejs.finish(process)

    statuses = [seen.status for seen in gateway.seen]
    assert (statuses[0], statuses[-1]) == (503, 200)
    assert answer["success"] is True
    assert settled(product, root, totalEvents=1)["uniqueVisitors"] == 1


def test_the_documented_snippet_tells_of_a_person_and_their_revenue(product: Product) -> None:
    root = new_client(product, "documented")

    nodejs.finish(nodejs.start(snippet("mjs"), product.url, root))

    assert settled(product, root, totalEvents=2)["revenue"] == 19.99
    traits = {"email": "ada@example.com", "firstName": "Ada", "invoices": 1}
    assert known(product, root, 42, traits=traits)["devices"] == ["server-1"]
