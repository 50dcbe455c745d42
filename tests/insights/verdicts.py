"""The cases of other products that we answer otherwise, or not yet, each with the reason."""

from typing import Any

# Case: (what we answer instead, why).
OTHERWISE: dict[str, tuple[Any, str]] = {
    "W05-compare-day": (
        {"change": {"visit_duration": None}},
        "from zero there is nothing to compare with, so the change is null, not +100 %",
    ),
    "W07-midnight-session": (
        {
            "visits": 0,
            "visitors": 2,
            "pageviews": 2,
            "bounce_rate": 0,
            "visit_duration": 0,
            "views_per_visit": 0,
        },
        "a session is counted once, by its start, not on every day that it touches",
    ),
    "W19-current-visitors": (
        {"current_visitors": 3},
        "any event makes its person a visitor; heartbeats are no special event here",
    ),
    "T01-hourly": ({"visit_duration": 0}, "an empty bucket answers zeros, never null"),
    "T11-minute-smear": (
        {"visitors": [1, *[0] * 9, 1], "visits": [1, *[0] * 10], "pageviews": [1, *[0] * 9, 1]},
        "a session is counted once, by its start, and a visitor where an event is",
    ),
    "T13-day-last-bucket": (
        {"visits": [0, 1, 1, 0, 0, 0, 1]},
        "a session is counted by its start, not by its last event",
    ),
    "T15-trends-week-sunday": (
        {
            "labels": ["2020-10-29", "2020-11-02", "2020-11-09", "2020-11-16", "2020-11-23"],
            "data": [1, 0, 2, 1, 0],
        },
        "weeks begin on Monday, and a cut first week is named after the range's first day",
    ),
    "R03-week-sunday": (
        {"first": "2020-06-08"},
        "weeks begin on Monday; no event is on a Sunday, so the numbers are the same in other weeks",
    ),
    "F61-plausible-scroll-goals": ({"counts": [2, 2, 0, 0, 0]}, "one event serves one step at most"),
}

FIRST_TIME = "a step that only a person's first event of a name can serve is not built yet"
BREAKDOWN = "breakdowns are not built yet"
TRENDS = "conversion over time is not built yet"
EXCLUDE = "exclusion steps are not built yet"
NOT_YET = {
    "F16-exclusion-full": EXCLUDE,
    "F17-exclusion-between-1-2": EXCLUDE,
    "F17-exclusion-between-3-4": EXCLUDE,
    "F18-exclusion-without-end-event": EXCLUDE,
    "F20-excluded-completion": EXCLUDE,
    "F22-exclusion-with-property": EXCLUDE,
    "F25-same-ts-exclusion-1-2": EXCLUDE,
    "F33-unordered-exclusion-after-completion": EXCLUDE,
    "F35-unordered-exclusion-before-last": EXCLUDE,
    "F37-first-time-step1": FIRST_TIME,
    "F39-first-time-merged-ids": FIRST_TIME,
    "F41-first-time-matching-filters": FIRST_TIME,
    "F43-optional-steps": "optional steps are not built yet",
    "F44-attribution-all_events": BREAKDOWN,
    "F44-attribution-step_1": BREAKDOWN,
    "F45-attribution-step0-missing-prop": BREAKDOWN,
    "F47-groups-ungrouped-events-dropped": "funnels by group are not built yet",
    "F49-ttc-seven-bins": "the histogram of times to convert is not built yet",
    "F53-trends-many-attempts": TRENDS,
    "F55-trends-two-runs-one-period": TRENDS,
    "F57-trends-from-second-step": TRENDS,
    "R11-by-distinct-id": "retention counts persons; by device is not built yet",
    "R15-min-occurrences": "a least number of occurrences is not built yet",
    "R19-breakdown-both-sides": BREAKDOWN,
    "R21-amplitude-24h-hour-floor": "periods are calendar periods; windows of 24 hours are not built yet",
    "R25-people-appearances": "the people behind a cell are not built yet",
}
