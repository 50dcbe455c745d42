"""What an app says of one route and method, and how OpenAPI says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Schema = dict[str, Any]
Examples = Mapping[str, Any]
TEXT: Schema = {"type": "string"}
BINARY: Schema = {"type": "string", "format": "binary"}
# Both headers of a client; what may do without its secret lists the id alone as well.
CLIENT: tuple[Schema, ...] = ({"clientId": [], "clientSecret": []},)


@dataclass(frozen=True)
class Parameter:
    """`example` is as it stands in an address; `in_body` is its schema in a JSON body, where that is another one."""

    name: str
    description: str
    schema: Schema
    example: Any
    required: bool = False
    where: Literal["query", "path", "header"] = "query"
    in_body: Schema | None = None
    body_example: Any = None

    def rendered(self) -> Schema:
        several = {"style": "form", "explode": False} if self.schema.get("type") == "array" else {}
        return {
            "name": self.name,
            "in": self.where,
            "required": self.required or self.where == "path",
            "description": self.description,
            "schema": self.schema,
            "example": self.example,
            **several,
        }

    def as_property(self) -> Schema:
        return {**(self.in_body or self.schema), "description": self.description}


@dataclass(frozen=True)
class Answer:
    """One status with a shape of its own, and examples of it by name.

    `media` is what else than JSON it is, and `others` are files that it may be instead.
    """

    schema: Schema
    examples: Examples
    description: str = "The answer."
    media: str = "application/json"
    others: tuple[str, ...] = ()

    def rendered(self) -> Schema:
        files = {media: {"schema": TEXT if media.startswith("text/") else BINARY} for media in self.others}
        own = content(self.schema, self.examples, self.media)
        return {"description": self.description, "content": {**own, **files}}


IF_NONE_MATCH = Parameter(
    "If-None-Match",
    "The ETag of an answer to the same question: while it is the same, a 304 without a body comes instead.",
    {"type": "string"},
    '"33a64df551425fcc55e4d42a148795d9"',
    where="header",
)
TAG: Schema = {
    "ETag": {
        "description": "Another word for another answer; send it as If-None-Match.",
        "schema": {"type": "string"},
        "example": IF_NONE_MATCH.example,
    }
}
NOT_MODIFIED: Schema = {"description": "The answer is the one that has this ETag.", "headers": TAG}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one route; `errors` are the statuses in the one error shape, rows of the table of errors.

    `has_tag`: who has the same answer already gets a 304.
    """

    id: str
    tag: str
    summary: str
    description: str
    answers: Mapping[int, Answer]
    errors: tuple[int, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    bodies: Examples = field(default_factory=dict)
    body_required: bool = True
    security: tuple[Schema, ...] = CLIENT
    has_tag: bool = False

    def rendered(self) -> Schema:
        operation: Schema = {
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.description,
            "security": list(self.security),
            "responses": self.responses(),
        }
        if parameters := (*self.parameters, *([IF_NONE_MATCH] if self.has_tag else [])):
            operation["parameters"] = [parameter.rendered() for parameter in parameters]
        if self.body is not None:
            operation["requestBody"] = {
                "description": "As it is, or gzipped with Content-Encoding: gzip.",
                "required": self.body_required,
                "content": content(self.body, self.bodies),
            }
        return operation

    def responses(self) -> Schema:
        own = {str(code): answer.rendered() for code, answer in self.answers.items()}
        if self.has_tag:
            own["200"]["headers"] = TAG
            own["304"] = {"$ref": "#/components/responses/NotModified"}
        return own | {str(code): {"$ref": f"#/components/responses/Error{code}"} for code in self.errors}


def content(schema: Schema, examples: Examples, media: str = "application/json") -> Schema:
    """JSON of this shape, with named examples."""
    named = {name: {"value": value} for name, value in examples.items()}
    return {media: {"schema": schema, "examples": named}}


def reference(name: str) -> Schema:
    """A schema that stands among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def an_object(properties: Mapping[str, Schema], required: tuple[str, ...] | None = None) -> Schema:
    """An object; all its properties are there unless told otherwise."""
    needed = list(properties) if required is None else list(required)
    return {"type": "object", "properties": dict(properties), **({"required": needed} if needed else {})}


def a_list(items: Schema) -> Schema:
    return {"type": "array", "items": items}
