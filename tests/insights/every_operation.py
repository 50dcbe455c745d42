"""Every operation on a project that the API document shows, as requests: a new route comes by itself."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from django.test import Client as Http

from tests.analytics.factories import headers
from tests.apidocs import described

PROJECT = "projectId"


@dataclass(frozen=True)
class Operation:
    """One route and method with its example: what stands in the address and, if there is one, the body."""

    id: str
    method: str
    path: str
    in_path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def by(self, method: str) -> "Operation":
        """The same address by another method."""
        return replace(self, method=method)

    def send(
        self,
        project: str = "shop",
        client: str = "root",
        query: Mapping[str, str] | None = None,
        body: Any = None,
        in_path: Mapping[str, str] | None = None,
    ) -> tuple[int, str]:
        """Status and whole text of the answer; what is not given is as in the example."""
        answer = self.sent(project, headers(client), query, body, in_path)
        whole = answer.getvalue() if answer.streaming else answer.content
        return answer.status_code, whole.decode("utf-8", "replace")

    def sent(
        self,
        project: str,
        with_headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: Any = None,
        in_path: Mapping[str, str] | None = None,
    ) -> Any:
        named = {**self.in_path, **(in_path or {}), PROJECT: project}
        path = re.sub(r"{(\w+)}", lambda name: quote(named[name[1]], safe=""), self.path)
        sent = self.body if body is None else body
        return Http().generic(
            self.method,
            path,
            b"" if sent is None else json.dumps(sent).encode(),
            content_type="application/json",
            query_params=self.query if query is None else query,
            headers=with_headers,
        )


def operations() -> Iterator[Operation]:
    for path, method, operation in described.operations():
        if f"{{{PROJECT}}}" not in path:
            continue
        texts = {
            where: {
                one["name"]: described.in_address(one["example"])
                for one in operation.get("parameters", [])
                if one["in"] == where
            }
            for where in ("path", "query")
        }
        for body in described.bodies(operation):
            yield Operation(operation["operationId"], method.upper(), path, texts["path"], texts["query"], body)


OPERATIONS = tuple(operations())
QUESTIONS = tuple(one for one in OPERATIONS if one.method == "GET" or one.id.endswith("ByBody"))


def with_one_leaf(value: Any, replacement: Any) -> Iterator[Any]:
    """The value once for each of its leaves, with that one replaced, and once for each name in it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            others = {name: one for name, one in value.items() if name != key}
            yield from ({**value, key: one} for one in with_one_leaf(inner, replacement))
            yield {**others, str(replacement): inner}
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], one, *value[place + 1 :]] for one in with_one_leaf(inner, replacement))
    else:
        yield replacement


def addresses(operation: Operation, text: str) -> Iterator[dict[str, str]]:
    """The example's query, once for each parameter that the text replaces, and once with another name."""
    for name in operation.query:
        yield {**operation.query, name: text}
    yield {**operation.query, text: text}


def inner_addresses(operation: Operation, text: str) -> Iterator[dict[str, str]]:
    """The same with the text inside: leaf by leaf where the example is JSON, else as one more of a list."""
    for name, example in operation.query.items():
        if example.startswith(("[", "{")):
            for other in with_one_leaf(json.loads(example), text):
                yield {**operation.query, name: json.dumps(other)}
        elif example:
            yield {**operation.query, name: f"{example},{text}"}
