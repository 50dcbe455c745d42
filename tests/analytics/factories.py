"""Projects, clients and what requests need of them."""

from typing import Any

from analytics import keys
from analytics.models import Client, Project

SECRET = "el_PjmmFSXYDMRkTh9ErGJ_OLq0aW4tVb7cNnUuYeZx1KI"


def new_project(project_id: str = "shop", **fields: Any) -> Project:
    return Project.objects.create(id=project_id, **{"name": project_id.title(), **fields})


def new_client(kind: str = "root", project: Project | None = None, **fields: Any) -> Client:
    """A client of SECRET; its id is its type unless told."""
    values = {"id": kind, "name": kind, "type": kind, "secret": keys.hashed(SECRET), **fields}
    return Client.objects.create(project=project or new_project(), **values)


def headers(client_id: str, secret: str = SECRET, **more: str) -> dict[str, str]:
    return {"event-lens-client-id": client_id, "event-lens-client-secret": secret, **more}
