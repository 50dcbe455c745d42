"""The shipped nginx in front of the whole product: whose address an event is of."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.deploy.proxies import nginx
from tests.product import Product
from tests.sdks.asking import question
from tests.sdks.clients import allow, new_client
from tests.servers import until

SEOUL, ZURICH = "168.126.63.1", "130.60.1.1"
SHOP = "https://shop.example"
BROWSER = {
    "Origin": SHOP,
    "Accept-Language": "en",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0",
}
CLAIMS = {"X-Client-IP": ZURICH, "X-Forwarded-For": ZURICH, "Forwarded": f"for={ZURICH}", "X-Real-IP": ZURICH}


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    running = Product(EVENTLENS_TRUSTED_PROXIES="127.0.0.1/32")
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture(scope="module")
def door(product: Product) -> Iterator[httpx.Client]:
    with nginx(product.port) as url, httpx.Client(base_url=f"{url}/api/v1/analytics", timeout=20) as client:
        yield client


def sent(door: httpx.Client, headers: dict[str, str]) -> Any:
    event = {"type": "track", "payload": {"name": "seen"}}
    return door.post("/track", json=event, headers=headers)


def countries(product: Product, root: dict[str, str]) -> list[str]:
    """Where the project's events were sent from, once there are any."""

    found: list[str] = []

    def are_told() -> bool:
        answer = question(product, root, "geo", by="country")
        found[:] = [row["country"] for row in answer]
        return bool(found)

    until(are_told, what="an event")
    return found


def test_a_back_end_names_its_user_s_address_through_the_proxy(product: Product, door: httpx.Client) -> None:
    root = new_client(product, "named")

    answer = sent(door, product.headers(root) | {"X-Client-IP": SEOUL, "X-Forwarded-For": ZURICH})

    assert answer.status_code == 200
    assert countries(product, root) == ["KR"]


def test_what_a_visitor_claims_is_not_believed(product: Product, door: httpx.Client) -> None:
    root, writer = new_client(product, "claims"), new_client(product, "claims", "write")
    allow(product, writer, SHOP)
    pair = {"event-lens-client-id": writer["id"]}
    foreign = {"openpanel-client-secret": "anything"}

    answers = [sent(door, BROWSER | CLAIMS | pair), sent(door, BROWSER | CLAIMS | pair | foreign)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({answer.json()["deviceId"] for answer in answers}) == 1
    assert countries(product, root) == [""]


def test_a_wrong_secret_names_nothing_and_is_refused(product: Product, door: httpx.Client) -> None:
    writer = new_client(product, "wrong", "write")
    allow(product, writer, SHOP)
    pair = {"event-lens-client-id": writer["id"], "event-lens-client-secret": "anything"}

    assert sent(door, BROWSER | CLAIMS | pair).status_code == 401


def test_credentials_in_the_body_do_not_open_the_headers(product: Product, door: httpx.Client) -> None:
    root, writer = new_client(product, "body"), new_client(product, "body", "write")
    allow(product, writer, SHOP)
    body = json.dumps({"type": "track", "payload": {"name": "seen"}, "clientId": writer["id"]})
    headers = BROWSER | CLAIMS | {"openpanel-client-secret": "anything", "Content-Type": "text/plain"}

    answer = door.post("/track", content=body, headers=headers)

    assert answer.status_code == 200
    assert countries(product, root) == [""]
