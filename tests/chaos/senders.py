"""Senders that behave as SDKs do: what is not answered is sent again, with the same event ids, until it is."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.chaos.ledger import Ledger
from tests.chaos.story import Request

ANSWER_SECONDS = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5
PATIENCE_SECONDS = 400  # for one request; a minute without ClickHouse and some kills take less on any machine
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


class Connection:
    """Speaks JSON over one connection, opened again after each failure."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self.headers = {"Content-Type": "application/json", "User-Agent": AGENT, "Accept-Language": "en", **headers}
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)

    def ask(
        self, method: str, path: str, body: object = None, loads: Callable[[bytes], Any] = json.loads
    ) -> tuple[int, Any]:
        """Status and JSON; status 0 if no whole answer came."""
        try:
            text = None if body is None else json.dumps(body)
            self.http.request(method, path, text, self.headers)
            answer = self.http.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException):
            self.http.close()
            return 0, None
        try:
            return answer.status, loads(raw)
        except ValueError:
            return answer.status, raw[:200]


class Sender(threading.Thread):
    """Sends its story until told to stop, and then what it has begun to its end."""

    def __init__(self, connection: Connection, requests: Iterator[Request], ledger: Ledger, stop: threading.Event):
        super().__init__(daemon=True)
        self.connection, self.requests, self.ledger, self.stop = connection, requests, ledger, stop

    def run(self) -> None:
        try:
            for request in self.requests:
                if self.stop.is_set():
                    return
                self.deliver(request)
                self.stop.wait(request.pause)
        except Wrong as wrong:
            self.ledger.complain(str(wrong))

    def deliver(self, request: Request) -> None:
        self.ledger.sent(request.items, request.has_ids, now_ms())
        # Without event ids a second try could be a second event, whatever became of the first.
        answer = self.until_taken(request) if request.has_ids else self.post(request)
        if answer is None:
            return
        self.ledger.taken(request.items, now_ms(), answer.get("deviceId", ""))
        self.check(request, answer)
        if request.again:
            self.send_again(request, answer)

    def until_taken(self, request: Request) -> dict[str, Any]:
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, FIRST_PAUSE
        while (answer := self.post(request)) is None:
            if time.monotonic() > deadline:
                raise Wrong(f"{request.items[0].mark} was not taken within {PATIENCE_SECONDS} s")
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return answer

    def post(self, request: Request) -> dict[str, Any] | None:
        """The body of a 200; None for what an SDK repeats. Anything else is wrong."""
        path = "/track/batch" if request.is_batch else "/track"
        status, body = self.connection.ask("POST", path, request.wire())
        self.ledger.count(outcome(status, body))
        if status == 200:
            return dict(body)
        if status not in (0, 503):
            raise Wrong(f"POST {path} of {request.items[0].mark} got {status}: {body}")
        return None

    def check(self, request: Request, answer: Mapping[str, Any]) -> None:
        """What the answer has to say of what was sent."""
        if "duplicate" in answer or "duplicates" in answer:
            self.ledger.count("repeats found by the server")
        if request.is_batch:
            is_right = (answer["processed"], answer["rejected"]) == (len(request.items), [])
        else:
            [item] = request.items
            is_right = answer["deviceId"] == item.device or not item.device
            is_right &= answer["eventId"] == item.mark or not request.has_ids
        if not is_right:
            raise Wrong(f"{request.items[0].mark} got the answer {answer}")

    def send_again(self, request: Request, first: Mapping[str, Any]) -> None:
        """A repeat is answered as the first one was."""
        second = self.until_taken(request)
        names = ("success", "eventId", "deviceId", "sessionId", "processed")
        same = all(first.get(name) == second.get(name) for name in names)
        repeated = (
            second.get("duplicates") == [*range(len(request.items))] if request.is_batch else second.get("duplicate")
        )
        if not (same and repeated):
            raise Wrong(f"{request.items[0].mark} was answered {first}, its repeat {second}")
        self.ledger.count("repeats sent on purpose")


class Reader(threading.Thread):
    """Asks for numbers meanwhile: an answer or an honest refusal, and never more than was sent."""

    def __init__(self, connection: Connection, path: str, ledger: Ledger, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.connection, self.path, self.ledger, self.stop = connection, path, ledger, stop

    def run(self) -> None:
        while not self.stop.wait(0.7):
            status, body = self.connection.ask("GET", self.path)
            self.ledger.count(f"question: {status}" if status else "question: no answer")
            if status not in (0, 200, 503, 504):
                self.ledger.complain(f"GET {self.path} got {status}: {body}")
            if status == 200 and body["totalEvents"] > self.ledger.events_sent():
                self.ledger.complain(f"{body['totalEvents']} events are counted, more than were sent")


def outcome(status: int, body: Any) -> str:
    """How an answer is counted: of refusals, whether the log was full or a store away."""
    if status == 503:
        return "503, the log is full" if "Too many" in str(body) else "503, a store is away"
    return str(status) if status else "no answer"


class Wrong(Exception):
    """An answer that no kill excuses."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000
