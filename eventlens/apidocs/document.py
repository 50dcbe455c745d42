"""The OpenAPI document, made once in each process that is asked for it."""

import threading
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from eventlens.apidocs.operations import Schema

PREFIX = "/api/v1/analytics"
Endpoint = tuple[str, str, str, Any]
making = threading.Lock()  # drf-spectacular changes views while it looks at them


def document(prefix: str) -> bytes:
    """The document as JSON; servers begin with the prefix that was asked under, so that a proxied page works."""
    with making:
        return made(prefix == PREFIX)


@cache
def made(prefixed: bool) -> bytes:
    servers: list[Schema] = [{"url": "/"}, {"url": PREFIX}]
    result = described()
    return msgspec.json.encode(result | {"servers": servers[::-1] if prefixed else servers})


def described() -> Schema:
    """The document without its servers."""
    result: Schema = SchemaGenerator().get_schema(request=None, public=True)
    return result | {"components": components(), "tags": tags()}


def at_the_root(endpoints: list[Endpoint]) -> list[Endpoint]:
    """drf-spectacular's hook: each route once, for all of them answer under the prefix as well."""
    return [endpoint for endpoint in endpoints if not endpoint[0].startswith(f"{PREFIX}/")]


def components() -> Schema:
    """The shared parts of all apps, kind by kind."""
    merged: Schema = {}
    for module in modules():
        for kind, members in getattr(module, "COMPONENTS", {}).items():
            merged.setdefault(kind, {}).update(members)
    return merged


def tags() -> list[Schema]:
    return [
        {"name": name, "description": text}
        for module in modules()
        for name, text in getattr(module, "TAGS", {}).items()
    ]


def modules() -> list[Any]:
    """Each app's openapi module, the project package's own first."""
    names = ["eventlens", *(name for name in settings.INSTALLED_APPS if "." not in name)]
    return [import_module(f"{name}.openapi") for name in names if find_spec(f"{name}.openapi")]
