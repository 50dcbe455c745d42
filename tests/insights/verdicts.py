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
    "R11-by-distinct-id": (
        {
            "triangle": [
                [1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0],
                [2, 2, 1, 0, 1, 2, 0, 0, 0, 0],
                [2, 1, 0, 1, 2, 0, 0, 0, 0],
                [1, 0, 0, 1, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0],
                [1, 1, 0, 0, 0, 0],
                [2, 0, 0, 0, 0],
            ]
        },
        "retention is of persons; two devices of one person are one",
    ),
    "R19-breakdown-both-sides": (
        {
            "by_breakdown": {
                "clothing": [[2, 1, 1, 1, 0, 1]],
                "electronics": [[1, 1, 0, 0, 1, 0], [1, 1, 1, 0, 0]],
            }
        },
        "the start event says whose cohort it is; any return counts, whatever its own value",
    ),
    "R21-amplitude-24h-hour-floor": (
        {},
        "periods are calendar periods; here they say the same as windows of 24 hours",
    ),
    "F39-first-time-merged-ids": (
        {"counts": [3, 2]},
        "a step is an event with filters; that it be a person's first one ever cannot be asked",
    ),
    "F43-optional-steps": ({"counts": [8, 3, 3, 1, 1]}, "every step is needed for the ones after it"),
    "F44-attribution-step_1": (
        {"by_breakdown": {"Chrome": {"counts": [1, 1, 1]}}},
        "a person is in one row, by the best attempt's first step or by its last",
    ),
    "F51-ttc-restart-from-latest-entry": (
        {"bins": [[60, 1], [210, 1], [360, 0]]},
        "the longest time is in the last bin, not in one of its own",
    ),
    "F61-plausible-scroll-goals": ({"counts": [2, 2, 0, 0, 0]}, "one event serves one step at most"),
}

NOT_YET: dict[str, str] = {}
