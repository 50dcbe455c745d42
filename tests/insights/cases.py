"""Reads the cases of other products and puts them in our terms."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from insights.asking.filters import Filter
from insights.funnels.steps import Step
from tests.insights.histories import DAY, at, stored
from tests.insights.oracle import Event
from tests.insights.verdicts import NOT_YET, OTHERWISE

FOLDER = Path(__file__).parent / "cases"
Case = dict[str, Any]


def load(name: str) -> list[Case]:
    found: list[Case] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def asked(name: str) -> pytest.MarkDecorator:
    """The cases of a file that we answer, by their ids."""
    found = [case for case in load(name) if case["id"] not in NOT_YET]
    return pytest.mark.parametrize("case", found, ids=[case["id"] for case in found])


def otherwise(case: Case) -> dict[str, Any]:
    answer: dict[str, Any] = OTHERWISE.get(case["id"], ({}, ""))[0]
    return answer


def events(case: Case) -> list[Event]:
    """A user is a profile and, unless the case names one, also the device."""
    return [event(one, order) for order, one in enumerate(case["events"])]


def event(raw: Case, order: int) -> Event:
    properties = dict(raw.get("properties") or {})
    path = str(properties.pop("path", properties.pop("$current_url", "")))
    return Event(
        at(raw["timestamp"]),
        raw["name"],
        raw.get("device", raw["user"]),
        raw["user"],
        raw.get("session", ""),
        path,
        interactive=raw["name"] not in {"pageview", "$pageview"},
        properties=properties,
        order=order,
    )


def project_of(case: Case) -> str:
    return stored(events(case))


def span(case: Case) -> tuple[int, int]:
    """The case's range in UTC; all of its events where it gives none."""
    query = case["query"]
    if "date_from" not in query:
        times = [one.at for one in events(case)]
        return min(times), max(times) + 1
    return at(query["date_from"]), last_moment(query["date_to"])


def last_moment(text: str) -> int:
    """Where a range that includes this date or second ends."""
    return at(text) + (DAY if len(text) == 10 else 1000)


def step(raw: Case) -> Step:
    return Step(raw["event"], tuple(where(name, value) for name, value in raw.get("where", {}).items()))


def where(name: str, value: Any) -> Filter:
    field = name if name == "path" else f"properties.{name}"
    if isinstance(value, dict):
        return Filter(field, value["op"], value["value"])
    return Filter(field, "eq", value)


def milliseconds(words: str) -> int:
    """`14 days` and the like."""
    number, unit = words.split()
    return int(number) * {"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": DAY}[unit.removesuffix("s")]


def after(day: str, periods: int, period: str) -> str:
    """The last day of so many periods from a day on; months are not needed."""
    return (date.fromisoformat(day) + timedelta(days=periods * (7 if period == "week" else 1) - 1)).isoformat()
