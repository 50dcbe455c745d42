"""What a running product says of a project, and the wait until it says what is expected."""

from typing import Any

import httpx

from tests.product import Product
from tests.servers import until


def ask(product: Product, root: dict[str, str], what: str, **parameters: str) -> httpx.Response:
    address = f"/insights/{root['project']}/{what}"
    return product.http.get(address, params=parameters, headers=product.headers(root))


def question(product: Product, root: dict[str, str], what: str, **parameters: str) -> Any:
    """The answer of an insights route to the project's root client."""
    answer = ask(product, root, what, **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def settled(product: Product, root: dict[str, str], **expected: float) -> dict[str, Any]:
    """The project's metrics once they are as expected and its sessions are counted, too."""
    return reached(product, root, "metrics", expected)


def known(product: Product, root: dict[str, str], person: object, **expected: Any) -> dict[str, Any]:
    """A person's profile once it is as expected."""
    return reached(product, root, f"profiles/{person}", expected)


def reached(product: Product, root: dict[str, str], what: str, expected: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def is_reached() -> bool:
        found.clear()
        found.update(ask(product, root, what).json())
        return found | expected == found and found.get("totalSessions") != 0

    try:
        until(is_reached, 30)
    except AssertionError:
        raise AssertionError(f"{what} of {root['project']}: expected {expected}, found {found}") from None
    return found
