"""What Python programs send: the documented snippet, and requests as PyPI's `openpanel` 0.0.1 makes them.

The package itself is under the AGPL and therefore not installed; its requests are written out below.
"""

import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.product import Product
from tests.sdks.asking import known, settled
from tests.sdks.clients import new_client
from tests.sdks.published import pointed, snippet

REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("track", {"name": "import_started", "properties": {"rows": 12}, "profileId": None}),
    ("identify", {"profileId": "ada", "firstName": "Ada", "tier": "gold", "properties": {"release": 7}}),
    ("track", {"name": "import_done", "properties": {"release": 7, "rows": 12}, "profileId": "ada"}),
    ("increment", {"profileId": "ada", "property": "imports", "value": None}),
    ("increment", {"profileId": "ada", "property": "imports", "value": 5}),
    ("decrement", {"profileId": "ada", "property": "imports", "value": 2}),
    ("alias", {"profileId": "ada", "alias": "ada@example.com"}),
]


@pytest.fixture(scope="module")
def root(product: Product) -> dict[str, str]:
    return new_client(product, "python")


@pytest.fixture(scope="module")
def statuses(product: Product, root: dict[str, str]) -> list[int]:
    headers = {
        "openpanel-client-id": root["id"],
        "openpanel-client-secret": root["secret"],
        "openpanel-sdk-name": "python",
        "openpanel-sdk-version": "0.0.1",
        "user-agent": "python-requests/2.32.5",
    }
    items = [{"type": kind, "payload": payload} for kind, payload in REQUESTS]
    return [httpx.post(f"{product.url}/track", json=item, headers=headers).status_code for item in items]


def test_every_request_of_the_package_s_form_is_taken(
    product: Product, root: dict[str, str], statuses: list[int]
) -> None:
    assert statuses == [200] * 7
    assert settled(product, root, totalEvents=2)["uniqueVisitors"] == 2


@pytest.mark.usefixtures("statuses")
def test_the_person_has_all_that_was_said_of_them(product: Product, root: dict[str, str]) -> None:
    traits = {"firstName": "Ada", "imports": 4, "release": 7, "tier": "gold"}

    person = known(product, root, "ada@example.com", aliases=["ada@example.com"], traits=traits)

    assert person["id"] == "ada"
    assert [event["name"] for event in person["events"]] == ["import_done"]


def test_the_documented_snippet_needs_nothing_but_python(product: Product) -> None:
    root = new_client(product, "documented-python")

    subprocess.run([sys.executable, "-I", "-c", pointed(snippet("python"), product.url, root)], check=True)

    assert settled(product, root, totalEvents=1)["revenue"] == 19.99
    traits = {"firstName": "Ada", "invoices": 1, "plan": "pro"}
    assert known(product, root, 42, traits=traits)["totalEvents"] == 1
