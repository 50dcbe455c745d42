"""The API document's entries of who is asking: the two headers of a client, and the project in an address."""

from eventlens.apidocs.operations import Operation, Parameter, Schema

OPERATIONS: dict[str, Operation] = {}

# The id alone is enough for a page whose origin is on the client's list.
CLIENT_OR_PAGE: tuple[Schema, ...] = ({"clientId": [], "clientSecret": []}, {"clientId": []})

COMPONENTS: dict[str, Schema] = {
    "securitySchemes": {
        "clientId": {
            "type": "apiKey",
            "in": "header",
            "name": "event-lens-client-id",
            "description": "The client's id. `openpanel-client-id` does as well, and in a body `clientId`.",
        },
        "clientSecret": {
            "type": "apiKey",
            "in": "header",
            "name": "event-lens-client-secret",
            "description": "Its secret. `openpanel-client-secret` does as well, and in a body `clientSecret`. A page "
            "may send events without it if its origin is on the client's list; asking needs it always.",
        },
    }
}

PROJECT = Parameter(
    "project_id",
    "The project; it must be the client's own.",
    {"type": "string", "minLength": 1},
    "demo",
    where="path",
)
