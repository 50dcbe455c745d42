"""The API document's entry of paths."""

from eventlens.apidocs.operations import Parameter, Schema, a_list, an_object
from insights.described import parameters as given
from insights.described.answers import COUNT, NUMBER, TEXT, with_query
from insights.described.question import Question
from insights.paths import paths
from insights.paths import reading as paths_reading

NAME: Schema = {"type": "string", "minLength": 1, "maxLength": paths_reading.LONGEST}


def one_of(*names: str) -> Schema:
    """An object of these texts."""
    return {**an_object(dict.fromkeys(names, NAME)), "additionalProperties": False}


ITEM: Schema = {
    "anyOf": [
        {"type": "string", "maxLength": paths_reading.LONGEST},
        *(one_of(kind) for kind in paths_reading.KINDS.values()),
    ]
}
GROUPING: Schema = {"anyOf": [one_of("name", "pattern"), one_of("name", "prefix")]}
GROUPINGS: Schema = {**a_list(GROUPING), "minItems": 1, "maxItems": paths_reading.MOST_GROUPINGS}
EXAMPLE = [{"name": "a product", "prefix": "/products/"}]


def item(name: str, description: str, example: str) -> Parameter:
    words = f"{description} The name of a page, event or grouping, or one of {{page}}, {{event}}, {{group}}."
    return Parameter(name, words, {"type": "string"}, example, in_body=ITEM)


PARAMETERS = (
    *given.SCOPE,
    item("start", "Follow paths from here, from its first occurrence.", "/"),
    item("end", "Follow paths to here, to its first occurrence; instead of start.", ""),
    given.choice("by", "Whose paths; session unless told.", paths_reading.ENTITIES, "person"),
    given.choice("include", "What items are; pages unless told.", paths_reading.INCLUDED, "both"),
    given.whole("depth", "How many steps.", 2, paths_reading.MOST_DEPTH, paths_reading.DEFAULT_DEPTH),
    Parameter(
        "groupings",
        "Names that match a regular expression (RE2), or begin with a prefix, are one item; the first one counts.",
        given.json_text(GROUPINGS),
        '[{"name": "a product", "prefix": "/products/"}]',
        in_body=GROUPINGS,
        body_example=EXAMPLE,
    ),
    Parameter(
        "exclude",
        "Names of items that are passed over.",
        {**a_list({"type": "string"}), "minItems": 1, "maxItems": paths_reading.MOST_EXCLUDED},
        ["/login"],
    ),
    given.flag("collapse", "Whether an item that follows itself counts once; 1 unless told."),
    given.whole("minCount", "Leave out what fewer take.", 1, 10**9, 1),
    Parameter(
        "minShare",
        "Leave out what a smaller percentage of all paths takes.",
        {"type": "number", "minimum": 0, "maximum": 100, "default": 0},
        0,
    ),
)
WORDS = paths.DEFINITIONS
NODE = an_object(
    {
        "id": TEXT,
        "step": {**COUNT, "description": WORDS["step"]},
        "kind": {"enum": list(paths_reading.KINDS.values()), "description": WORDS["kind"]},
        "name": TEXT,
        "count": {**COUNT, "description": WORDS["count"]},
        "dropOff": {**COUNT, "description": WORDS["dropOff"]},
    }
)
LINK = an_object(
    {
        "source": {**TEXT, "description": "A node's id."},
        "target": {**TEXT, "description": "The id of the node that follows."},
        "count": {**COUNT, "description": WORDS["count"]},
        "medianSeconds": {**NUMBER, "description": WORDS["medianSeconds"]},
    }
)
PATHS = an_object(
    {
        "paths": {**COUNT, "description": WORDS["paths"]},
        "nodes": {**a_list(NODE), "description": WORDS["nodes"]},
        "links": {**a_list(LINK), "description": WORDS["links"]},
        "totalNodes": {**COUNT, "description": WORDS["totalNodes"]},
        "totalLinks": {**COUNT, "description": WORDS["totalLinks"]},
    }
)

QUESTIONS = {
    "UserPaths": Question(
        "userPaths",
        "Which pages and events follow each other",
        with_query(PATHS),
        {
            "paths": 2,
            "nodes": [
                {"id": "1:page:/", "step": 1, "kind": "page", "name": "/", "count": 2, "dropOff": 1},
                {"id": "2:page:/done", "step": 2, "kind": "page", "name": "/done", "count": 1, "dropOff": 1},
            ],
            "links": [{"source": "1:page:/", "target": "2:page:/done", "count": 1, "medianSeconds": 12.5}],
            "totalNodes": 2,
            "totalLinks": 1,
        },
        PARAMETERS,
        "Nodes and links as a Sankey diagram takes them; with end instead of start, backwards from there.",
    ),
}
