"""An export to its end: `python -m benchmarks.export --rows 5000000`.

Each form is read whole through the web server as it is deployed, the lines of NDJSON once more in pieces: the reader
leaves after 200 MiB and goes on behind the last whole line. Shown are rows, seconds, processor seconds of the web
process and of ClickHouse, and the most memory that the web process had.
"""

import argparse
import gzip
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psutil
from clickhouse_driver import Client
from pyarrow import parquet

from tests.product import Product
from tests.servers import until

ALL = {"startDate": "2024-01-01", "endDate": "2024-01-31"}
FORMS: dict[str, dict[str, str]] = {
    "ndjson": {"format": "ndjson"},
    "ndjson, gzip": {"format": "ndjson", "gzip": "1"},
    "csv": {"format": "csv"},
    "parquet": {"format": "parquet"},
}
PIECE = 2**20
CUT_BYTES = 200 * 2**20
INSERT = """
INSERT INTO events (
    projectId, name, createdAt, receivedAt, eventId, deviceId, path, isScreenView, browser, country, referrer, title,
    properties, numbers
)
SELECT
    'demo',
    ['page_view', 'buy', 'open', 'click'][number % 4 + 1],
    toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + (number * 517) % 2592000 AS at,
    at,
    concat('e', toString(number)),
    concat('device-', toString(number % 200000)),
    concat('/some/path/of/the/site/', toString(number % 1000)),
    1,
    'Firefox',
    'DE',
    'https://www.example.com/a/b',
    'A title of the page',
    map('plan', 'pro', 'seats', toString(number % 9)),
    map('seats', toFloat64(number % 9))
FROM numbers({rows})
"""


class Row(msgspec.Struct):
    eventId: str
    cursor: str


@dataclass
class Read:
    rows: int = 0
    size: int = 0
    requests: int = 0


class Watch:
    """The web process and ClickHouse while something is read."""

    def __init__(self, web: psutil.Process, clickhouse: psutil.Process) -> None:
        self.web, self.clickhouse, self.peak, self.is_over = web, clickhouse, 0, threading.Event()

    def __enter__(self) -> "Watch":
        self.began, self.before = time.monotonic(), self.used()
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.is_over.set()
        self.thread.join()
        self.seconds = time.monotonic() - self.began
        self.spent = [after - before for before, after in zip(self.before, self.used(), strict=True)]

    def look(self) -> None:
        while not self.is_over.wait(0.05):
            self.peak = max(self.peak, self.web.memory_info().rss)

    def used(self) -> list[float]:
        return [one.cpu_times().user + one.cpu_times().system for one in (self.web, self.clickhouse)]


def begin(rows: int) -> Product:
    product = Product(EVENTLENS_WEB_WORKERS="1", EVENTLENS_QUESTIONS_PER_MINUTE="0")
    for name in ("redis", "clickhouse"):
        product.up(name)
    product.manage("migrate", "--verbosity", "0")
    product.manage("clickhouse_migrate")
    product.client = product.new_client("demo", "root", "--create-project")
    product.up("web")
    until(lambda: is_ready(product), 60, "a web process")
    clickhouse = Client(
        "127.0.0.1", port=product.ports["clickhouse"], database="event_lens", send_receive_timeout=1800
    )
    clickhouse.execute(INSERT.format(rows=rows), settings={"max_memory_usage": 0, "max_insert_block_size": 200_000})
    return product


def is_ready(product: Product) -> bool:
    """The port is open before there is a worker."""
    try:
        return httpx.get(f"{product.url}/health", timeout=20).status_code == 200
    except httpx.HTTPError:
        return False


def asked(product: Product, **asked: str) -> Any:
    address = f"{product.url}/insights/demo/export"
    return httpx.stream("GET", address, params=ALL | asked, headers=product.headers(product.client), timeout=600)


def whole(product: Product, form: dict[str, str]) -> Read:
    """The rows of a file are counted by the file itself."""
    read = Read(requests=1)
    with tempfile.TemporaryDirectory() as folder, asked(product, **form) as answer:
        answer.raise_for_status()
        path = Path(folder) / "export"
        with path.open("wb") as file:
            for piece in answer.iter_raw(PIECE):
                read.size += len(piece)
                file.write(piece)
        read.rows = counted(path, form)
    return read


def counted(path: Path, form: dict[str, str]) -> int:
    if form["format"] == "parquet":
        return int(parquet.ParquetFile(path).metadata.num_rows)
    with gzip.open(path) if "gzip" in form else path.open("rb") as file:
        return sum(1 for _ in file) - (form["format"] == "csv")


def in_pieces(product: Product, rows: int) -> Read:
    """Cut off and resumed until the end; an event that came twice or not at all would show."""
    read, place, seen, is_over = Read(), {}, bytearray(rows), False
    while not is_over:
        read.requests, rest, size, is_over = read.requests + 1, b"", 0, True
        with asked(product, format="ndjson", **place) as answer:
            answer.raise_for_status()
            for piece in answer.iter_raw(PIECE):
                size += len(piece)
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    seen[int(msgspec.json.decode(line, type=Row).eventId[1:])] += 1
                place = {"after": msgspec.json.decode(lines[-1], type=Row).cursor} if lines else place
                read.rows += len(lines)
                if size > CUT_BYTES:
                    is_over = False
                    break
        read.size += size
    assert seen == b"\1" * rows
    return read


def left(product: Product) -> float:
    """Seconds until web process and ClickHouse are idle again after a reader has come and gone at once."""
    with asked(product, format="ndjson") as answer:
        answer.raise_for_status()
        next(answer.iter_raw(1000))
    begun, both = time.monotonic(), (web_of(product), process_of(product, "clickhouse"))
    while any(one.cpu_percent(0.2) > 10 for one in both):
        pass
    return time.monotonic() - begun


def web_of(product: Product) -> psutil.Process:
    [web] = [one for one in process_of(product, "web").children(recursive=True) if not one.children()]
    return web


def process_of(product: Product, name: str) -> psutil.Process:
    process = product.parts[name].process
    assert process is not None
    return psutil.Process(process.pid)


def row(name: str, watch: Watch, read: Read) -> str:
    web, clickhouse = watch.spent
    return (
        f"| {name} | {read.rows:,} | {read.size / 1e6:,.0f} | {watch.seconds:.0f} | {web:.0f} | {clickhouse:.0f} "
        f"| {watch.peak / 2**20:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--form", choices=FORMS, help="this one alone, to its end")
    given = parser.parse_args()
    rows = given.rows
    product = begin(rows)
    try:
        web, clickhouse = web_of(product), process_of(product, "clickhouse")
        print(f"before: {web.memory_info().rss / 2**20:.0f} MiB")
        print("| form | rows | MB | seconds | s of the web process | s of ClickHouse | MiB of the web process |")
        print("|---|---|---|---|---|---|---|")
        for name in [given.form] if given.form else FORMS:
            with Watch(web, clickhouse) as watch:
                read = whole(product, FORMS[name])
            print(row(name, watch, read), flush=True)
        if given.form:
            return
        with Watch(web, clickhouse) as watch:
            read = in_pieces(product, rows)
        print(row(f"ndjson, {read.requests} times cut or done", watch, read), flush=True)
        print(f"idle {left(product):.1f} s after a reader who came and left")
    finally:
        product.stop()


if __name__ == "__main__":
    main()
