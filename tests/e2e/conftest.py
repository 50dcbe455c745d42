"""One running product for the tests that look at it from outside."""

from collections.abc import Iterator

import pytest

from tests.product import Product


@pytest.fixture(scope="package")
def product() -> Iterator[Product]:
    running = Product()
    try:
        yield running.start()
    finally:
        running.stop()
