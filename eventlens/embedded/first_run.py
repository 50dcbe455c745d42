"""What the first run creates: an administrator and a demo project with a client."""

import io
import json
import secrets
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management import call_command

from eventlens.embedded import credentials
from eventlens.embedded.credentials import ADMIN, PROJECT, Credentials


def create(folder: Path) -> None:
    """Create what is missing; a no-op in every later run."""
    if credentials.exist(folder):
        return
    client = new_client()
    credentials.keep(folder, Credentials(new_admin(), client["id"], client["secret"]))


def new_admin() -> str:
    """The new administrator's password, or an empty string if the database has one already."""
    users = get_user_model()
    if users.objects.filter(is_superuser=True).exists():
        return ""
    password = secrets.token_urlsafe(12)
    users.objects.create_superuser(username=ADMIN, password=password)
    return password


def new_client() -> dict[str, str]:
    answer = io.StringIO()
    options = {"project": PROJECT, "create_project": True, "type": "root", "json": True, "name": "Demo"}
    call_command("create_client", stdout=answer, **options)
    client: dict[str, str] = json.loads(answer.getvalue())
    return client
