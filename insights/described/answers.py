"""The answers of questions as the API document shows them; what a number means is the question's own definition."""

from collections.abc import Mapping

from eventlens.apidocs.operations import Schema, a_list, an_object

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DATE: Schema = {"type": "string"}
TEXTS = a_list(TEXT)
ANYTHING: Schema = {"type": "object", "additionalProperties": True}


def row(definitions: Mapping[str, str], **typed: Schema) -> Schema:
    """A row of these numbers, with columns of other types before them."""
    numbers = {name: NUMBER for name in definitions if "." not in name}
    columns = typed | {name: typed.get(name, schema) for name, schema in numbers.items()}
    described = {
        name: {**schema, "description": definitions[name]} if name in definitions else schema
        for name, schema in columns.items()
    }
    return an_object(described)


def rows(definitions: Mapping[str, str], **typed: Schema) -> Schema:
    return a_list(row(definitions, **typed))


def grouped(definitions: Mapping[str, str], dimensions: tuple[str, ...]) -> Schema:
    """Rows with the columns that were asked for."""
    one = row(definitions)
    columns = dict.fromkeys(dimensions, TEXT)
    return a_list(an_object({**columns, **one["properties"]}, required=tuple(one["required"])))


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def with_query(answer: Schema) -> Schema:
    """An answer, or the same as `meta` wraps it."""
    wrapped = an_object({"data": answer, "query": {"$ref": "#/components/schemas/Query"}})
    return {"anyOf": [answer, wrapped]}


QUERY: Schema = {
    **an_object({"question": TEXT, "definitions": {"type": "object", "additionalProperties": TEXT}}),
    "description": "The question as it was understood, and the definition of each number.",
    "additionalProperties": True,
}
