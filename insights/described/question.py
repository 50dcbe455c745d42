"""One question in the API document: what a row says of it, and the operations that the row becomes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from analytics.openapi import PROJECT
from eventlens.apidocs.operations import Answer, Operation, Parameter, Schema, an_object
from insights.described import parameters as given

ERRORS = (400, 401, 403, 404, 429, 503, 504)
MANY = "Rows come the largest first."


@dataclass(frozen=True)
class Question:
    """A row: what the document says of a view, whether it is asked by GET or also by POST."""

    id: str
    summary: str
    answer: Schema
    example: Any
    parameters: tuple[Parameter, ...] = given.SCOPE
    description: str = MANY
    tag: str = "insights"
    by_body: bool = True


def operations(view: str, question: Question) -> Iterator[tuple[str, Operation]]:
    """GET with parameters in the address; POST with the same ones in a body."""
    yield f"{view}.get", operation(question, (PROJECT, *question.parameters, *given.OF_ALL), has_tag=True)
    if question.by_body:
        yield f"{view}.post", operation(question, (PROJECT,), id=f"{question.id}ByBody", **body_of(question))


def operation(question: Question, parameters: tuple[Parameter, ...], id: str = "", **more: Any) -> Operation:
    return Operation(
        id=id or question.id,
        tag=question.tag,
        summary=question.summary,
        description=question.description,
        answers={200: Answer(question.answer, {"an answer": question.example})},
        errors=(*ERRORS, 413) if "body" in more else ERRORS,
        parameters=parameters,
        **more,
    )


def body_of(question: Question) -> dict[str, Any]:
    """The parameters as an object; only what the question cannot do without has to be there."""
    parameters = (*question.parameters, *given.OF_ALL)
    properties = {parameter.name: parameter.as_property() for parameter in parameters}
    needed = tuple(parameter.name for parameter in parameters if parameter.required)
    examples = {one.name: one.example if one.body_example is None else one.body_example for one in parameters}
    schema = {**an_object(properties, needed), "additionalProperties": False}
    return {"body": schema, "bodies": {"everything said": examples}, "body_required": bool(needed)}
