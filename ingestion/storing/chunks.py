"""A chunk of a batch into its tables.

What becomes of each event is decided before anything is stored, and the decision is remembered: a repeated insert
is dropped by its token whatever its rows are by then. So whoever repeats the chunk has to divide it in the same way,
also if a project was deleted or created meanwhile, or another release knows other bots.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import msgspec

from analytics.directory import ProjectRecord, find_project
from ingestion.door.accepted import AcceptedChange, AcceptedEvent
from ingestion.enrichment import enrich_all
from ingestion.enrichment.block import bare_columns
from ingestion.enrichment.bots import are_bots
from ingestion.log import marks
from ingestion.log.decisions import Decisions
from ingestion.storing.facts import Facts, LinkRow, person_key
from ingestion.storing.links import known
from ingestion.storing.rows import BOT, Columns, told
from ingestion.storing.store import insert_columns, insert_rows

logger = logging.getLogger(__name__)

NO_PROJECT = "The project does not exist any more."

encode = msgspec.msgpack.encode
Chunk = Sequence[AcceptedEvent | AcceptedChange]


class Verdict(msgspec.Struct, array_like=True):
    """What becomes of a chunk, by position in it; events that are not named are stored as persons'."""

    refused: dict[int, str]  # why
    bots: list[int]


decode_verdict = msgspec.msgpack.Decoder(Verdict).decode


@dataclass
class Work:
    """What a batch's chunks have come to so far."""

    refused: list[dict[str, str | bytes]] = field(default_factory=list)
    stored: list[tuple[str, str, str, int]] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    profiles: set[tuple[str, str]] = field(default_factory=set)  # with new traits: project and profile

    def marks(self) -> marks.Marks:
        """What the rollups of persons and profiles have to look at."""
        result: dict[tuple[str, str], set[str]] = {}
        for project_id, profile_id in self.profiles:
            result.setdefault((marks.PROFILES, project_id), set()).add(profile_id)
        for link in self.links:
            names = result.setdefault((marks.PERSONS, link.projectId), set())
            if link.kind == "device":
                names.add(f"d{person_key('d', link.fromId)}")
            else:
                names.update(f"p{person_key('p', profile_id)}" for profile_id in (link.fromId, link.toId))
        return result

    def refuse(self, event: AcceptedEvent | AcceptedChange, reason: str) -> None:
        self.refused.append({"reason": reason, "project": event.project_id, "event": encode(event)})


@dataclass(frozen=True)
class Part:
    """Rows of a chunk that go into one table, and at which positions of the chunk they come from."""

    positions: list[int]
    columns: Columns

    def bots(self) -> list[int]:
        devices = self.columns["device"]
        if BOT not in devices:
            return []
        return [at for at, device in zip(self.positions, devices, strict=True) if device == BOT]


def store_chunk(chunk: Chunk, token: str, work: Work, decisions: Decisions) -> None:
    """One insert a table, bots apart; raises ClickHouseError where the rows are not to blame, and LockLost."""
    persons, bots, verdict = divided(chunk, decisions)
    for at, reason in verdict.refused.items():
        work.refuse(chunk[at], reason)
    for table, part in (("events", persons), ("bot_events", bots)):
        for bad in insert_columns(table, told(part.columns), token, decisions):
            work.refuse(chunk[part.positions[bad.position]], f"ClickHouse refuses the row: {bad.reason}")
    seen = [event for at in persons.positions if isinstance(event := chunk[at], AcceptedEvent)]
    work.stored += [(event.project_id, event.session_id, event.device_id, event.created_ms) for event in seen]
    changes = [one for at, one in enumerate(chunk) if isinstance(one, AcceptedChange) and at not in verdict.refused]
    of_change = {(change.project_id, change.event_id): change for change in changes}
    store_facts(facts_of(seen, changes), of_change, token, work, decisions)


def divided(chunk: Chunk, decisions: Decisions) -> tuple[Part, Part, Verdict]:
    """The persons' and the bots' rows, as the verdict wants them, and the verdict."""
    persons, bots, refused = enriched(chunk)
    own = Verdict(refused, sorted(persons.bots() + bots.bots()))
    verdict = decode_verdict(decisions.agree(encode(own)))
    if verdict.refused.keys() == refused.keys() and verdict.bots == bots.positions:
        return persons, bots, verdict
    rows: dict[int, tuple[object, ...]] = {}
    for part in (persons, bots):
        rows |= zip(part.positions, zip(*part.columns.values(), strict=True), strict=True)
    named = set(verdict.bots)
    stored = [at for at, one in enumerate(chunk) if isinstance(one, AcceptedEvent) and at not in verdict.refused]
    persons = conformed(chunk, [at for at in stored if at not in named], rows)
    return persons, conformed(chunk, [at for at in stored if at in named], rows), verdict


def conformed(chunk: Chunk, wanted: list[int], rows: Mapping[int, tuple[object, ...]]) -> Part:
    """The rows of these events; one that had a row the first time and has none now has what it says itself."""
    bare = bare_columns([event for at in wanted if isinstance(event := chunk[at], AcceptedEvent)])
    alone = zip(*bare.values(), strict=True)
    chosen = [rows.get(at, row) for at, row in zip(wanted, alone, strict=True)]
    return Part(wanted, {name: [row[number] for row in chosen] for number, name in enumerate(bare)})


def enriched(chunk: Chunk) -> tuple[Part, Part, dict[int, str]]:
    """Persons' rows, bots' rows, and why others are refused. Raises Unavailable without the database."""
    found = {project_id: find_project(project_id) for project_id in {one.project_id for one in chunk}}
    projects = {project_id: project for project_id, project in found.items() if project is not None}
    refused = {at: NO_PROJECT for at, one in enumerate(chunk) if one.project_id not in projects}
    events = {at: one for at, one in enumerate(chunk) if isinstance(one, AcceptedEvent) and at not in refused}
    try:
        return *parted(events, projects), refused
    except Exception:
        # A bug of ours, met by one event: it must not keep the others out.
        logger.exception("The enrichment of %s events failed; each is tried alone.", len(events))
    for at, event in [*events.items()]:
        if reason := failure(event, projects[event.project_id]):
            refused[at] = reason
            del events[at]
    return *parted(events, projects), refused


def parted(events: Mapping[int, AcceptedEvent], projects: Mapping[str, ProjectRecord]) -> tuple[Part, Part]:
    """Enriched apart: to pick the bots out of finished columns would take as long as some of the steps do."""
    is_bot = are_bots([*events.values()])
    is_person = [not one for one in is_bot]
    persons, bots = (
        part_of(list(compress(events, chosen)), list(compress(events.values(), chosen)), projects)
        for chosen in (is_person, is_bot)
    )
    return persons, bots


def part_of(positions: list[int], events: Sequence[AcceptedEvent], projects: Mapping[str, ProjectRecord]) -> Part:
    return Part(positions, enrich_all(events, projects_of(events, projects)))


def projects_of(events: Iterable[AcceptedEvent], projects: Mapping[str, ProjectRecord]) -> list[ProjectRecord]:
    return [projects[event.project_id] for event in events]


def failure(event: AcceptedEvent, project: ProjectRecord) -> str:
    """Why the event cannot be enriched, '' if it can."""
    try:
        parted({0: event}, {event.project_id: project})
    except Exception as failed:
        logger.exception("The enrichment of event %s failed.", event.event_id)
        return f"The enrichment failed: {type(failed).__name__}: {failed}"
    return ""


def facts_of(persons: Sequence[AcceptedEvent], changes: Sequence[AcceptedChange]) -> Facts:
    facts = Facts()
    facts.add_events(persons)
    for change in changes:
        facts.add_change(change)
    return facts


def store_facts(
    facts: Facts, changes: Mapping[tuple[str, str], AcceptedChange], token: str, work: Work, decisions: Decisions
) -> None:
    """One insert a table; changes go by project and id. Raises ClickHouseError where the rows are not to blame."""
    links = known.news(facts.link_rows())
    tables: dict[str, Sequence[msgspec.Struct]] = {
        "profile_changes": facts.profile_changes,
        "profile_sightings": list(facts.sightings.values()),
        "identity_links": links,
        "group_changes": facts.group_changes,
        "group_members": facts.group_members,
    }
    for table, rows in tables.items():
        for bad in insert_rows(table, rows, token, decisions):
            logger.error("A row of %s is refused: %s", table, bad.reason)
            row: Any = rows[bad.position]
            if change := changes.get((row.projectId, getattr(row, "eventId", ""))):
                work.refuse(change, f"ClickHouse refuses the row: {bad.reason}")
    work.links += links
    work.profiles.update((row.projectId, row.profileId) for row in facts.profile_changes)
