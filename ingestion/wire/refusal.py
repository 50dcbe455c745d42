"""Why one item of a request, or a whole one, is not taken."""

from eventlens import metrics
from eventlens.api import Problem

REASONS = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    413: "too_large",
    415: "not_json",
    429: "limited",
    503: "unavailable",
}


class Refused(Exception):
    """The item is not accepted; the problem names the field as seen from the item: `type`, `payload.name`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def count_refusal(status: int) -> None:
    """A request with events is answered with an error."""
    metrics.count("events_rejected", 1, REASONS.get(status, "other"))
