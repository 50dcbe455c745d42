"""The load: wrk with scripts of its own; what it was answered, how soon, and what that cost the web server."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HOW_TO_GET_WRK = "The load comes from wrk; install it (Debian, Ubuntu: apt-get install wrk) and try again."
EVENT = (
    r'{"type":"track","payload":{"name":"page_view","deviceId":"d%d",'
    r'"path":"https://shop.example/done?utm_source=mail","referrer":"https://www.google.com/",'
    r'"properties":{"plan":"pro","seats":3}}}'
)
SCRIPT = """
wrk.method = "POST"
wrk.headers["Host"] = "localhost"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0"
wrk.headers["event-lens-client-id"] = "{client}"
wrk.headers["event-lens-client-secret"] = "{secret}"
local event, size, devices, pause = [[{event}]], {size}, {devices}, {pause}
local requests = {{}}
for number = 1, size == 1 and 10000 or 100 do
  local items = {{}}
  for item = 1, size do
    items[item] = string.format(event, devices == 1 and number or number * size + item)
  end
  local body = size == 1 and items[1] or '{{"events":[' .. table.concat(items, ",") .. ']}}'
  requests[number] = wrk.format(nil, size == 1 and "/track" or "/track/batch", nil, body)
end
local number = 0
function request()
  number = number % #requests + 1
  return requests[number]
end
if pause > 0 then
  function delay()
    return math.random(0, 2 * pause)
  end
end
"""
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
COUNT = re.compile(r"(\d+) requests in")
QUANTILE = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s)$", re.MULTILINE)
BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Answered:
    """Requests a second and in all, latencies in ms, and how many answers were errors."""

    rate: float
    requests: int
    median: float
    late: float
    errors: int


@dataclass(frozen=True)
class Load:
    """Requests of `size` events each, of one device a request or of as many as there are events."""

    client: str
    secret: str
    folder: Path
    core: int

    def run(
        self, url: str, seconds: float, *, size: int = 1, devices: int = 1, connections: int = 32, pause: int = 0
    ) -> Answered:
        """`pause` is the mean time in ms that a connection rests after an answer."""
        script = self.folder / "load.lua"
        script.write_text(
            SCRIPT.format(
                client=self.client, secret=self.secret, event=EVENT, size=size, devices=devices, pause=pause
            )
        )
        command = ["taskset", "--cpu-list", str(self.core), wrk(), "-t1", f"-c{connections}", f"-d{seconds:.0f}s"]
        done = subprocess.run(
            [*command, "--latency", "-s", str(script), url], capture_output=True, text=True, check=False
        )
        return read(done.stdout + done.stderr)


def read(told: str) -> Answered:
    rate, count = RATE.search(told), COUNT.search(told)
    if rate is None or count is None:
        raise RuntimeError(f"wrk told no rate; run it by hand to see why:\n{told}")
    quantiles = {which: float(value) * MILLISECONDS[unit] for which, value, unit in QUANTILE.findall(told)}
    bad = BAD.search(told)
    return Answered(
        float(rate[1]), int(count[1]), quantiles.get("50", 0.0), quantiles.get("99", 0.0), int(bad[1]) if bad else 0
    )


def wrk() -> str:
    found = shutil.which("wrk")
    if found is None:
        raise SystemExit(HOW_TO_GET_WRK)
    return found
