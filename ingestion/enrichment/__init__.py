"""From accepted events to the rows that are stored: a list of steps, each a function of one shape."""

from collections.abc import Callable, Sequence

from analytics.directory import ProjectRecord
from ingestion.door.accepted import AcceptedEvent
from ingestion.enrichment import bots, channel, location, overrides, referrer, url, user_agent
from ingestion.enrichment.block import Block
from ingestion.storing.rows import Columns, EventRow

# A step fills columns from the events, their projects and the columns filled before it. What it says of an event
# follows from that event and its project alone: a step reads nothing else but its own tables, keeps nothing but
# caches, and raises for no event.
Step = Callable[[Block], None]
STEPS: tuple[Step, ...] = (
    user_agent.fill,
    url.fill,
    referrer.fill,
    channel.fill,
    location.fill,
    overrides.fill,
    bots.fill,
)


def enrich_all(events: Sequence[AcceptedEvent], projects: Sequence[ProjectRecord]) -> Columns:
    """The rows of events and their projects, as columns."""
    block = Block(events, projects)
    for step in STEPS:
        step(block)
    return block.columns


def enrich(event: AcceptedEvent, project: ProjectRecord) -> EventRow:
    """The event's row; `.is_bot` says which table it belongs into."""
    return EventRow(**{name: value for name, (value,) in enrich_all([event], [project]).items()})
