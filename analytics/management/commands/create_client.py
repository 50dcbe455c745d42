"""Create a client from the command line, and its project if asked to; prints the secret once."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from analytics import keys
from analytics.models import Client, ClientType, Project, new_id


class Command(BaseCommand):
    help = "Creates a client of a project and prints its secret, which is stored as a hash and not shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, metavar="ID", help="id of the project")
        parser.add_argument(
            "--create-project", action="store_true", help="create the project if there is none of this id"
        )
        parser.add_argument("--type", required=True, choices=ClientType.values, help="what the client may do")
        parser.add_argument("--name", help="name of the client (default: its type)")
        parser.add_argument("--client-id", metavar="ID", help="id of the client (default: a new UUID)")
        parser.add_argument("--secret", help="a secret of your own (default: 256 random bits)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["secret"] is not None and not options["secret"].strip():
            raise CommandError("--secret is empty; leave it out to get a random one.")
        secret = options["secret"] or keys.generate()
        try:
            with transaction.atomic():
                project = project_of(options["project"], create=options["create_project"])
                client = new_client(project, secret, options)
        except ValidationError as wrong:
            raise CommandError(f"Nothing was created. {explained(wrong)}") from None
        made = {"id": client.id, "secret": secret, "project": project.id, "type": client.type}
        self.stdout.write(json.dumps(made) if options["json"] else as_text(made))


def project_of(project_id: str, *, create: bool) -> Project:
    found = Project.objects.filter(id=project_id).first()
    if found:
        return found
    if not create:
        raise CommandError(f"There is no project {project_id!r}. Create it in the admin, or add --create-project.")
    project = Project(id=project_id, name=project_id)
    project.full_clean()
    project.save(force_insert=True)
    return project


def new_client(project: Project, secret: str, options: dict[str, Any]) -> Client:
    client = Client(
        id=options["client_id"] or new_id(),
        name=options["name"] or f"{options['type']} client",
        type=options["type"],
        project=project,
        secret=keys.hashed(secret),
    )
    client.full_clean()
    client.save(force_insert=True)
    return client


def explained(wrong: ValidationError) -> str:
    return " ".join(f"{name}: {' '.join(texts)}" for name, texts in wrong.message_dict.items())


def as_text(made: dict[str, str]) -> str:
    lines = [f"{name:8} {value}" for name, value in made.items()]
    return "\n".join([*lines, "Copy the secret now: it is stored as a hash and not shown again."])
