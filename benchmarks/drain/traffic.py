"""Events as a few web sites would send them, the same at every run: visitors, pages, campaigns, properties.

Of the visitors a few thousand are there at a time and others follow them; a third of the user agents name a model and
a build of their own; one visit in three comes from elsewhere, one in ten of all events has a campaign in its URL, one
visitor in five is known by a profile.
"""

import random
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from ingestion.door.accepted import AcceptedEvent

if TYPE_CHECKING:
    from analytics.directory import ProjectRecord

START_MS = 1_780_000_000_000
EVENTS_A_VISITOR = 12
PRESENT = 3_000
PAGES = 3_000
NAMES = ("page_view", "page_view", "page_view", "add_to_cart", "search", "purchase")
MODELS = [f"SM-{letter}{number}B" for letter in "AGSX" for number in range(500, 560)]
SITES = [
    f"https://{name}/" for name in ("www.google.com", "t.co", "l.facebook.com", "search.naver.com", "chatgpt.com")
]
SITES += [f"https://www.blog{n}.example/posts/{n}" for n in range(200)]
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@cache
def projects() -> tuple["ProjectRecord", ...]:
    from analytics.directory import ProjectRecord  # only once Django is set up

    return tuple(
        ProjectRecord(f"shop{n}", f"Shop {n}", "UTC", None, 1_800_000, (f"shop{n}.example",), "geo", 0)
        for n in range(3)
    )


def few(choice: random.Random, values: list[str]) -> str:
    """One of the values, the first ones far more often than the last."""
    return values[int(len(values) * choice.random() ** 4)]


def user_agent(visitor: int) -> str:
    """Chrome hides model and small versions; web views and Safari don't; two in a hundred are crawlers."""
    choice = random.Random(visitor)
    kind = choice.random()
    chrome = f"Chrome/{126 - int(40 * choice.random() ** 4)}.0.0.0"
    if kind < 0.30:
        return f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} {chrome} Mobile Safari/537.36"
    if kind < 0.45:
        system = (
            f"Android {14 - int(5 * choice.random() ** 2)}; {few(choice, MODELS)} Build/UP1A.{choice.randint(0, 99)}"
        )
        view = f"Version/4.0 {chrome[:-5]}.{choice.randint(0, 99)}.{choice.randint(0, 99)} Mobile Safari/537.36"
        return f"Mozilla/5.0 (Linux; {system}; wv) {WEBKIT} {view}"
    if kind < 0.70:
        version = f"{17 - int(4 * choice.random() ** 3)}_{choice.randint(0, 6)}"
        return (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS {version} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            f"Version/{version.replace('_', '.')} Mobile/15E148 Safari/604.1"
        )
    if kind < 0.98:
        return f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} {chrome} Safari/537.36"
    return "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def address(visitor: int) -> str:
    mixed = visitor * 2_654_435_761 % 2**32
    return ".".join(str(1 + (mixed >> shift & 0xFF) % 222) for shift in (0, 8, 16, 24))


def event(number: int, choice: random.Random, project: "ProjectRecord", received_ms: int) -> AcceptedEvent:
    visitor = number // EVENTS_A_VISITOR + int(PRESENT * choice.random())
    page = int(PAGES * choice.random() ** 2)
    site = f"https://{project.id}.example"
    campaign = f"?utm_source=fb&utm_medium=cpc&utm_campaign=c{page % 40}&fbclid={number:x}"
    is_purchase = (name := choice.choice(NAMES)) == "purchase"
    return AcceptedEvent(
        project_id=project.id,
        event_id=f"{number:032x}",
        device_id=f"{visitor:032x}",
        session_id="",
        profile_id=f"user-{visitor}" if visitor % 5 == 0 else "",
        name=name,
        created_ms=received_ms,
        received_ms=received_ms,
        by_backend=False,
        url=f"{site}/products/{page}{campaign if choice.random() < 0.1 else ''}",
        referrer=choice.choice(SITES) if choice.random() < 0.3 else f"{site}/products/{page // 2}",
        title=f"Product {page}",
        revenue=f"{page % 90}.50" if is_purchase else None,
        currency="EUR" if is_purchase else "",
        properties={"plan": "pro", "position": str(page % 10), "theme": "dark"},
        numbers={"position": float(page % 10)},
        user_agent=user_agent(visitor),
        address=address(visitor),
        sdk_name="web",
        sdk_version="1.0.0",
    )


def requests(first: int, events: int, size: int) -> Iterator[tuple["ProjectRecord", list[AcceptedEvent]]]:
    """`events` events from number `first` on, `size` of them a request."""
    choice = random.Random(first)
    for start in range(first, first + events, size):
        project = projects()[start // size % len(projects())]
        many = min(size, first + events - start)
        yield project, [event(start + n, choice, project, START_MS + start // 2) for n in range(many)]
