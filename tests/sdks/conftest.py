"""One running product, and the SDKs that `make sdks` installs."""

from collections.abc import Iterator

import pytest

from tests.product import Product
from tests.sdks.published import MODULES


@pytest.fixture(scope="session", autouse=True)
def modules() -> None:
    assert (MODULES / "@openpanel/web").is_dir(), "OpenPanel's SDKs are not installed here: run make sdks."


@pytest.fixture(scope="package")
def product() -> Iterator[Product]:
    running = Product()
    try:
        yield running.start()
    finally:
        running.stop()
