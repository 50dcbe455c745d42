"""From an accepted event to the row that is stored: a list of steps, each a function of one shape."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from analytics.directory import ProjectRecord
from ingestion.accepted import AcceptedEvent
from ingestion.enrichment import bots, channel, location, overrides, referrer, url, user_agent
from ingestion.rows import NO_REVENUE, REVENUE_LIMIT, SCREEN_VIEWS, EventRow

# A step fills columns of the row from the event, the project and the columns filled before it. It reads nothing
# else but its own tables, keeps nothing but caches, and raises for no event.
Step = Callable[[EventRow, AcceptedEvent, ProjectRecord], None]
STEPS: tuple[Step, ...] = (
    user_agent.fill,
    url.fill,
    referrer.fill,
    channel.fill,
    location.fill,
    overrides.fill,
    bots.fill,
)


def enrich(event: AcceptedEvent, project: ProjectRecord) -> EventRow:
    """The event's row; `.is_bot` says which table it belongs into."""
    row = bare_row(event)
    for step in STEPS:
        step(row, event, project)
    return row


def bare_row(event: AcceptedEvent) -> EventRow:
    """The columns that the event says itself."""
    is_screen_view = event.name in SCREEN_VIEWS
    return EventRow(
        projectId=event.project_id,
        name=event.name,
        createdAt=event.created_ms,
        receivedAt=event.received_ms,
        eventId=event.event_id,
        deviceId=event.device_id,
        profileId=event.profile_id,
        sessionId=event.session_id,
        isScreenView=int(is_screen_view),
        isInteractive=int(not is_screen_view if event.is_interactive is None else event.is_interactive),
        title=event.title,
        revenue=NO_REVENUE if event.revenue is None else amount(event.revenue),
        currency=event.currency,
        sdkName=event.sdk_name,
        sdkVersion=event.sdk_version,
        properties=event.properties,
        numbers=event.numbers,
    )


def amount(text: str) -> Decimal:
    """The revenue; 0 for what the column cannot hold, which the door does not let in."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return NO_REVENUE
    return value if value.is_finite() and abs(value) < REVENUE_LIMIT else NO_REVENUE
