"""Who exists: projects, clients and their secrets, looked up in the process and seldom in the database."""

import hmac
import logging
import threading
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import urlsplit

from cachetools import TLRUCache
from django.db import Error as DatabaseFailure

from analytics import keys, timezones
from analytics.models import AddressPolicy, Client, ClientType, Project
from analytics.remembered import SIZE, Remembered, expires

logger = logging.getLogger(__name__)
Policy = Literal["geo", "keep", "truncate", "drop"]
Type = Literal["write", "read", "root"]
LONGEST_ID = 36


@dataclass(frozen=True)
class ProjectRecord:
    """A project as the ways of events and questions need it; `own_domains` are lower-case host names."""

    id: str
    name: str
    timezone: str
    retention_days: int | None
    session_timeout_ms: int
    own_domains: tuple[str, ...]
    address_policy: Policy
    duplicate_window_ms: int


@dataclass(frozen=True)
class ClientRecord:
    """An enabled client; `stored_secret` is what the table holds and goes nowhere else."""

    id: str
    type: Type
    project_id: str
    cors: tuple[str, ...]
    stored_secret: str = field(default="", repr=False)
    requests_per_minute: int | None = None  # None: as the settings say
    questions_per_minute: int | None = None


def find_project(project_id: str) -> ProjectRecord | None:
    """Raises Unavailable (503) if the database is away and the project was not seen lately."""
    return PROJECTS.find(project_id) if 0 < len(project_id) <= LONGEST_ID else None


def find_client(client_id: str) -> ClientRecord | None:
    """None for unknown and for disabled clients; raises Unavailable (503) as find_project does."""
    return CLIENTS.find(client_id) if 0 < len(client_id) <= LONGEST_ID else None


def is_known(client_id: str, secret: str) -> bool:
    """Whether client, project and secret can be looked up without asking the database."""
    if not CLIENTS.has(client_id):
        return not 0 < len(client_id) <= LONGEST_ID
    client = find_client(client_id)
    if client is None:
        return True
    with proven_lock:
        is_proven = not secret or (client.id, client.stored_secret) in PROVEN
    return is_proven and PROJECTS.has(client.project_id)


def has_secret(client: ClientRecord, secret: str) -> bool:
    """Is this the client's secret? Proven once, then remembered as long as the client's record is."""
    proof = (client.id, client.stored_secret)
    with proven_lock:
        proven = PROVEN.get(proof)
    if proven is not None and hmac.compare_digest(proven.encode(), secret.encode()):
        return True
    if not keys.matches(client.stored_secret, secret):
        return False
    if not keys.is_hash(client.stored_secret):
        replace_by_hash(client, secret)
    with proven_lock:
        PROVEN[proof] = secret
    return True


def replace_by_hash(client: ClientRecord, secret: str) -> None:
    """A secret written by hand does not stay readable. Rotated meanwhile: the newer secret stands."""
    try:
        Client.objects.filter(id=client.id, secret=secret).update(secret=keys.hashed(secret))
    except DatabaseFailure as failed:
        logger.warning("The secret of client %s is still plain text, the next use tries again: %s", client.id, failed)


def forget() -> None:
    """Drop every remembered answer of this process."""
    PROJECTS.forget()
    CLIENTS.forget()
    with proven_lock:
        PROVEN.clear()


def load_project(project_id: str) -> ProjectRecord | None:
    row = Project.objects.filter(id=project_id).first()
    # MySQL compares without case and trailing spaces; ids are exact.
    if row is None or row.id != project_id:
        return None
    return ProjectRecord(
        id=row.id,
        name=row.name,
        timezone=timezone_of(row),
        retention_days=row.retention_days or None,
        session_timeout_ms=max(row.session_timeout_minutes, 1) * 60_000,
        own_domains=own_domains(row),
        address_policy=policy_of(row),
        duplicate_window_ms=row.duplicate_window_ms,
    )


def load_client(client_id: str) -> ClientRecord | None:
    row = Client.objects.filter(id=client_id, disabled_at__isnull=True).first()
    if row is None or row.id != client_id or row.type not in ClientType.values:
        return None
    return ClientRecord(
        id=row.id,
        type=cast(Type, row.type),
        project_id=row.project_id,
        cors=texts_in(row.cors),
        stored_secret=row.secret,
        requests_per_minute=row.requests_per_minute,
        questions_per_minute=row.questions_per_minute,
    )


def timezone_of(row: Project) -> str:
    if timezones.is_known(row.timezone):
        return row.timezone
    logger.error(
        "Project %s has an unknown time zone %r, UTC is used; correct it in the admin.", row.id, row.timezone
    )
    return "UTC"


def policy_of(row: Project) -> Policy:
    """An unknown word in the table must not store more than the default would."""
    known = row.address_policy in AddressPolicy.values
    return cast(Policy, row.address_policy) if known else "geo"


def own_domains(row: Project) -> tuple[str, ...]:
    hosts = [host_of(name) for name in (row.domain, *texts_in(row.own_domains))]
    return tuple(dict.fromkeys(host for host in hosts if host))


def host_of(name: str) -> str:
    """The host of a domain as people write it: `Example.com`, `example.com:8080`, `https://example.com/`."""
    name = name.strip().lower()
    try:
        return urlsplit(name if "//" in name else f"//{name}").hostname or ""
    except ValueError:
        return ""


def texts_in(listed: object) -> tuple[str, ...]:
    """The texts of a JSON column, whatever else was written into it by hand."""
    return tuple(entry for entry in listed if isinstance(entry, str)) if isinstance(listed, list) else ()


PROJECTS: Remembered[ProjectRecord] = Remembered(load_project)
CLIENTS: Remembered[ClientRecord] = Remembered(load_client)
PROVEN: TLRUCache[tuple[str, str], str] = TLRUCache(SIZE, lambda proof, secret, now: expires("", secret, now))
proven_lock = threading.Lock()
