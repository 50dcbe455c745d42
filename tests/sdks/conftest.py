"""One running product, and the SDKs that `make sdks` installs."""

from collections.abc import Iterator

import pytest

from tests.product import Product
from tests.sdks.published import MODULES, PYTHON_MODULES


@pytest.fixture(scope="session", autouse=True)
def modules() -> None:
    for package in (MODULES / "@openpanel/web", PYTHON_MODULES / "openpanel"):
        assert package.is_dir(), "OpenPanel's SDKs are not installed here: run make sdks."


@pytest.fixture(scope="package")
def product() -> Iterator[Product]:
    running = Product()
    try:
        yield running.start()
    finally:
        running.stop()
