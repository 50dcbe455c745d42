"""PyPI's `openpanel`, unmodified and in a process of its own, and the snippet for those who want no package."""

import json
import os
import subprocess
import sys

import pytest

from tests.product import Product
from tests.sdks.asking import known, question, settled
from tests.sdks.clients import new_client
from tests.sdks.gateway import Gateway
from tests.sdks.published import FOLDER, PYTHON_MODULES, pointed, snippet


def run(name: str, url: str, client: dict[str, str]) -> str:
    """What a script of the folder python/ printed."""
    script = pointed((FOLDER / "python" / name).read_text(), url, client)
    environment = {**os.environ, "PYTHONPATH": str(PYTHON_MODULES)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def root(product: Product) -> dict[str, str]:
    return new_client(product, "python")


@pytest.fixture(scope="module")
def printed(product: Product, root: dict[str, str]) -> str:
    """What the package has to complain about, when all of the day can be asked for."""
    printed = run("visit.py", product.url, root)
    settled(product, root, totalEvents=4, uniqueVisitors=3)  # the program itself, ada, 42
    return printed


def test_nothing_is_refused(printed: str) -> None:
    assert printed == ""


@pytest.mark.usefixtures("printed")
def test_events_properties_and_revenue_show(product: Product, root: dict[str, str]) -> None:
    filters = [
        {"field": "properties.release", "operator": "eq", "value": 7},
        {"field": "properties.file.size", "operator": "gt", "value": 1},
    ]

    assert question(product, root, "metrics")["revenue"] == 19.99
    assert question(product, root, "metrics", filters=json.dumps(filters))["totalEvents"] == 1


@pytest.mark.usefixtures("printed")
def test_the_person_has_all_that_was_said_of_them(product: Product, root: dict[str, str]) -> None:
    traits = {"firstName": "Ada", "imports": 4, "release": 7, "team.name": "Data", "tier": "gold"}

    person = known(product, root, "ada@example.com", aliases=["ada@example.com"], traits=traits)

    assert (person["id"], person["devices"]) == ("ada", [])
    assert [event["name"] for event in person["events"]] == ["invoice_paid", "import_done"]


@pytest.mark.usefixtures("printed")
def test_a_number_is_an_id(product: Product, root: dict[str, str]) -> None:
    person = known(product, root, 42, traits={"firstName": "Bob"})

    assert [event["name"] for event in person["events"]] == ["report_sent"]


def test_what_fails_is_not_repeated_and_does_not_keep_back_what_follows(product: Product) -> None:
    root = new_client(product, "python-fails")

    with Gateway(product.url, [503]) as gateway:
        printed = run("two.py", gateway.url, root)

    assert printed == "Error sending payload: HTTP 503\n"
    assert [(seen.body["payload"]["name"], seen.status) for seen in gateway.seen] == [("first", 503), ("second", 200)]
    assert settled(product, root, totalEvents=1)["uniqueVisitors"] == 1


def test_the_documented_snippet_needs_nothing_but_python(product: Product) -> None:
    root = new_client(product, "documented-python")

    subprocess.run([sys.executable, "-I", "-c", pointed(snippet("python"), product.url, root)], check=True)

    assert settled(product, root, totalEvents=1)["revenue"] == 19.99
    traits = {"firstName": "Ada", "invoices": 1, "plan": "pro"}
    assert known(product, root, 42, traits=traits)["totalEvents"] == 1
