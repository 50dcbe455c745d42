"""The document as tests look at it: operations one by one, schemas that refuse whatever is not described."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from eventlens.apidocs.document import document

Json = Any


@dataclass(frozen=True)
class Example:
    """A request that the document gives as an example."""

    operation: str
    method: str
    path: str
    query: dict[str, str]
    body: Json | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@cache
def whole() -> Json:
    return json.loads(document(""))


def operations() -> Iterator[tuple[str, str, Json]]:
    """Path, method and what is said of them."""
    for path, methods in whole()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def examples() -> Iterator[Example]:
    """Each operation with each of its bodies; all parameters at once."""
    for path, method, operation in operations():
        query = {}
        for parameter in operation.get("parameters", []):
            text = in_address(parameter["example"])
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", text)
            elif parameter["in"] == "query":
                query[parameter["name"]] = text
        for body in bodies(operation):
            yield Example(operation["operationId"], method.upper(), path, query, body)


def bodies(operation: Json) -> list[Json | None]:
    if "requestBody" not in operation:
        return [None]
    return [one["value"] for one in content(operation["requestBody"])["examples"].values()]


def in_address(value: Json) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def content(part: Json) -> Json:
    """What is said of its JSON, be it one value or one a line."""
    return next(said for media, said in part["content"].items() if "json" in media)


def values(content_type: str, content: bytes) -> list[Json]:
    """All JSON values of an answer, or of a file of them, one a line, that may be packed."""
    if content_type == "application/json":
        return [json.loads(content)]
    unpacked = gzip.decompress(content) if content_type == "application/gzip" else content
    return [json.loads(line) for line in unpacked.splitlines()]


def problems(schema: Json, value: Json) -> list[str]:
    """What is wrong with a value, fields that nobody described among it."""
    root = {**closed(schema), "components": components()}
    return [f"{wrong.json_path}: {wrong.message}" for wrong in Draft202012Validator(root).iter_errors(value)]


@cache
def components() -> Json:
    return {"schemas": closed(whole()["components"]["schemas"])}


def closed(schema: Json) -> Json:
    """The same schema, with every object refusing what is not described in it."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(one) for name, one in schema.items()}
    is_object = schema.get("type") == "object" and "properties" in schema
    return {"additionalProperties": False, **inner} if is_object else inner


def answer_schema(operation_id: str, status: int) -> Json:
    """The shape of an answer; fails for a status that the document does not name."""
    [operation] = [one for _, _, one in operations() if one["operationId"] == operation_id]
    response = operation["responses"][str(status)]
    if "$ref" in response:
        response = whole()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return content(response)["schema"]
