"""How drf-spectacular comes to know a route: by its entry in the openapi module of the view's app."""

from importlib import import_module
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry

from eventlens.apidocs.operations import Operation


class Described(AutoSchema):
    """Nothing is guessed from the view: routes answer what no serializer describes."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any]:
        operation = entry(type(self.view), method)
        return operation.rendered() if operation else {}


def entry(view: type, method: str) -> Operation | None:
    """What the app's openapi module says of `View.method`; a route without an entry is left out."""
    module = import_module(f"{view.__module__.partition('.')[0]}.openapi")
    operations: dict[str, Operation] = module.OPERATIONS
    return operations.get(f"{view.__name__}.{method.lower()}")
