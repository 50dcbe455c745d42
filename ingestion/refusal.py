"""Why one item of a request is not taken."""

from eventlens.api import Problem


class Refused(Exception):
    """The item is not accepted; the problem names the field as seen from the item: `type`, `payload.name`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
