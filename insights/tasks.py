"""Celery's side of insights: what runs when; the work is elsewhere and knows no Celery."""

import logging
import time
from datetime import UTC, datetime

from analytics.remembered import drop_dead_connection
from eventlens.api import Unavailable
from eventlens.celery import app
from eventlens.clickhouse.errors import ClickHouseError
from insights.cohorts import book as cohort_book
from insights.cohorts import turns

logger = logging.getLogger(__name__)
TURN_SECONDS = 45.0


@app.task(name="insights.tasks.refresh_cohorts")
def refresh_cohorts() -> None:
    """The beat's: cohorts that are due, as many as there is time for; the next turn goes on.

    The last one begun may outlast the turn by far, so a turn that finds another at work is over at once.
    """
    drop_dead_connection()
    deadline = time.monotonic() + TURN_SECONDS
    try:
        with turns.of_the_beat(TURN_SECONDS + cohort_book.REFRESH_SECONDS) as is_ours:
            if is_ours:
                cohort_book.refresh_due(datetime.now(UTC), lambda: time.monotonic() < deadline)
    except Unavailable as away:
        logger.warning("Cohorts wait: %s", away)


@app.task(name="insights.tasks.sweep_cohorts")
def sweep_cohorts() -> None:
    """The beat's: members that no question reads any more."""
    drop_dead_connection()
    try:
        cohort_book.sweep(datetime.now(UTC))
    except (Unavailable, ClickHouseError) as away:
        logger.warning("Members of old cohorts stay for now: %s", away)
