"""How many events a second one core enriches: `python -m benchmarks.enrichment`.

The events are generated with a fixed seed: 60,000 visitors (an address and a user agent each), one after the other,
3,000 pages some of which are seen far more often than others, a tenth of the events with a campaign in their URL.
"""

import gc
import random
import time

import psutil

from analytics.directory import ProjectRecord
from ingestion.door.accepted import AcceptedEvent
from ingestion.enrichment import STEPS, enrich_all
from ingestion.enrichment.block import Block

EVENTS = 300_000
VISITORS = 60_000
PRESENT = 3_000  # of whom so many are there at a time
PAGES = 3_000
BATCH = 20_000
MODELS = [f"SM-{letter}{number}B" for letter in "AGSX" for number in range(500, 560)]
BUILDS = [str(number) for number in range(100)]
SITES = [
    f"https://{name}/" for name in ("www.google.com", "t.co", "l.facebook.com", "search.naver.com", "chatgpt.com")
]
SITES += [f"https://www.blog{n}.example/posts/{n}" for n in range(200)]
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
PROJECT = ProjectRecord("shop", "Shop", "UTC", None, 1_800_000, ("shop.example",), "geo", 0)
pick = random.Random(7)


def some(values: list[str]) -> str:
    """One of the values, the first ones far more often than the last."""
    return values[int(len(values) * pick.random() ** 4)]


def user_agent() -> str:
    """Chrome hides model and small versions; web views and Safari don't."""
    kind = pick.random()
    chrome = f"Chrome/{126 - int(40 * pick.random() ** 4)}.0.0.0"
    if kind < 0.30:
        return f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} {chrome} Mobile Safari/537.36"
    if kind < 0.45:
        system = f"Android {14 - int(5 * pick.random() ** 2)}; {some(MODELS)} Build/UP1A.{some(BUILDS)}; wv"
        view = f"Version/4.0 {chrome[:-5]}.{some(BUILDS)}.{some(BUILDS)} Mobile Safari/537.36"
        return f"Mozilla/5.0 (Linux; {system}) {WEBKIT} {view}"
    if kind < 0.7:
        version = f"{17 - int(4 * pick.random() ** 3)}_{pick.randint(0, 6)}_{pick.randint(0, 2)}"
        return (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS {version} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            f"Version/{version[:2]}.{version[3]} Mobile/15E148 Safari/604.1"
        )
    if kind < 0.98:
        return f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} {chrome} Safari/537.36"
    return "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def address() -> str:
    return ".".join(str(pick.randint(1, 222)) for _ in range(4))


def event(number: int, visitors: list[tuple[str, str]]) -> AcceptedEvent:
    visitor = int((VISITORS - PRESENT) * number / EVENTS + PRESENT * pick.random())
    page = int(PAGES * pick.random() ** 2)
    is_landing = pick.random() < 0.3
    campaign = (
        f"?utm_source=fb&utm_medium=cpc&utm_campaign=c{page % 40}&fbclid={number}" if pick.random() < 0.1 else ""
    )
    return AcceptedEvent(
        project_id="shop",
        event_id=f"{number:032x}",
        device_id=f"{visitor:016x}",
        session_id="",
        profile_id="",
        name=pick.choice(("page_view", "page_view", "add_to_cart")),
        created_ms=1_780_000_000_000 + number,
        received_ms=1_780_000_000_000 + number,
        by_backend=False,
        url=f"https://shop.example/products/{page}{campaign}",
        referrer=pick.choice(SITES) if is_landing else f"https://shop.example/products/{page // 2}",
        title=f"Product {page}",
        properties={"plan": "pro", "position": str(page % 10), "theme": "dark"},
        numbers={"position": float(page % 10)},
        user_agent=visitors[visitor][0],
        address=visitors[visitor][1],
        sdk_name="web",
        sdk_version="1.0.0",
    )


def report(label: str, seconds: float) -> None:
    print(f"{label:28} {EVENTS / seconds:10,.0f} events/s {seconds / EVENTS * 1e6:7.2f} µs")


def grown(before: int) -> float:
    return (psutil.Process().memory_info().rss - before) / 2**20


def main() -> None:
    visitors = [(user_agent(), address()) for _ in range(VISITORS)]
    events = [event(number, visitors) for number in range(EVENTS)]
    print(f"{len({agent for agent, _ in visitors}):,} user agents, {len({e.url for e in events}):,} URLs")
    before = psutil.Process().memory_info().rss
    enrich_all(events[:1], [PROJECT])
    gc.disable()  # as the drain does

    for label in ("enrich, nothing cached yet", "enrich, once more"):
        start = time.process_time()
        for first in range(0, EVENTS, BATCH):
            enrich_all(events[first : first + BATCH], [PROJECT] * BATCH)
        report(label, time.process_time() - start)
    print(f"{'memory of tables and caches':28} {grown(before):10,.0f} MiB")
    blocks = [Block(events[first : first + BATCH], [PROJECT] * BATCH) for first in range(0, EVENTS, BATCH)]
    for step in STEPS:
        start = time.process_time()
        for block in blocks:
            step(block)
        report(f"  {step.__module__.rpartition('.')[2]}", time.process_time() - start)


if __name__ == "__main__":
    main()
