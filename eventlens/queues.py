"""The queues of tasks.

Storing events has one of its own, so that no chore, which may take seconds, ever keeps an event waiting: the product
runs a worker for each. A worker that is given no queue takes from both.
"""

STORING, CHORES = "eventlens", "eventlens-chores"
