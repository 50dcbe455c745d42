"""A client in Python that a public generator makes of the API document."""

import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any, get_type_hints

import httpx
import pytest

from tests.apidocs import described
from tests.apidocs.described import Json

NAME = "event_lens_client"
CONFIG = "post_hooks: []\nliteral_enums: true\n"


class Client:
    """Every operation with the examples of the document, each through its own generated function."""

    def __init__(self, folder: Path, url: str, headers: dict[str, str], patched: pytest.MonkeyPatch) -> None:
        (folder / "document.json").write_bytes(described.document(""))
        (folder / "config.yml").write_text(CONFIG)
        generator = Path(sys.executable).parent / "openapi-python-client"
        options = ["--path", "document.json", "--config", "config.yml", "--output-path", NAME, "--meta", "none"]
        subprocess.run([generator, "generate", *options, "--fail-on-warning"], cwd=folder, check=True, timeout=120)
        patched.syspath_prepend(str(folder))
        self.client = import_module(f"{NAME}.client").Client(base_url=url, headers=headers, timeout=httpx.Timeout(30))

    def call(self, operation: Json, body: Json | None) -> Any:
        """The generated answer: its status, its bytes and what the client made of them."""
        module = import_module(f"{NAME}.api.{operation['tags'][0]}.{snake(operation['operationId'])}")
        function = module.sync_detailed
        values = {
            argument(function, one["name"]): one["example"]
            for one in operation.get("parameters", [])
            if one["in"] != "header"
        }
        if body is not None:
            values["body"] = model_of(function, body)
        return function(client=self.client, **values)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def argument(function: Callable[..., Any], name: str) -> str:
    """Names that Python has taken have a line behind them."""
    known = snake(name)
    return known if known in signature(function).parameters else f"{known}_"


def model_of(function: Callable[..., Any], body: Json) -> Any:
    """The body as an object of one of the types that the function takes; it has to say the same again."""
    kind = get_type_hints(function)["body"]
    for one in getattr(kind, "__args__", (kind,)):
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            model = one.from_dict(body)
            if model.to_dict() == body:
                return model
    raise AssertionError(f"{kind} cannot say {body}")
