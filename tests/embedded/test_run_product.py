"""`python -m eventlens.embedded` from the outside: one life of the product, from its first run to a kill."""

import re
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.embedded.running import Running, own_environment
from tests.servers import free_port, three_free_ports, until

PARTS = ("redis", "clickhouse", "prepare", "web", "worker", "chores", "beat")


class Installation:
    """A data folder and a port; runs come and go."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, three_free_ports()
        self.url = f"http://127.0.0.1:{self.port}"
        self.runs: list[Running] = []

    def start(self, **settings: str) -> Running:
        defaults = {"EVENTLENS_PORT": str(self.port), "EVENTLENS_DATA_DIR": str(self.folder)}
        run = Running([sys.executable, "-m", "eventlens.embedded"], own_environment(**{**defaults, **settings}))
        self.runs.append(run)
        return run

    def ready(self) -> Running:
        run = self.start()
        run.line("Ctrl-C stops all of it.", 120)
        return run


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("installation"))
    yield installation
    for run in installation.runs:
        run.destroy()


@pytest.fixture(scope="module")
def first(place: Installation) -> Running:
    return place.ready()


def commands(run: Running) -> list[httpx.Request]:
    """The curl commands of the banner as requests."""
    text = "\n".join(run.lines).replace("\\\n", " ")
    return [request(shlex.split(line)) for line in text.splitlines() if line.strip().startswith("curl ")]


def request(words: list[str]) -> httpx.Request:
    flags = list(zip(words[2::2], words[3::2], strict=True))
    headers = dict(value.split(": ", 1) for flag, value in flags if flag == "-H")
    body = next((value for flag, value in flags if flag == "-d"), None)
    return httpx.Request("POST" if body else "GET", words[1], headers=headers, content=body)


def answer(sent: httpx.Request) -> httpx.Response:
    with httpx.Client(timeout=30) as client:
        return client.send(sent)


def views(sent: httpx.Request) -> int:
    return int(answer(sent).json()["totalScreenViews"])


def test_the_banner_comes_when_the_product_is_ready(place: Installation, first: Running) -> None:
    assert f"Event Lens is ready on {place.url}" in first.lines
    assert httpx.get(f"{place.url}/ready", timeout=30).json()["ready"] is True


def test_the_pasted_commands_send_an_event_and_count_it(first: Running) -> None:
    send, read = commands(first)

    sent = answer(send)

    assert (sent.status_code, sent.json()["success"]) == (200, True)
    until(lambda: views(read) == 1, what="the event in the metrics")


def test_the_shown_password_opens_the_admin(place: Installation, first: Running) -> None:
    shown = re.search(r"user (\w+), password (\S+) \(shown this once\)", "\n".join(first.lines))
    assert shown is not None

    with httpx.Client(base_url=place.url, timeout=30) as browser:
        browser.get("/admin/login/")
        token = browser.cookies["csrftoken"]
        form = {"username": shown[1], "password": shown[2], "csrfmiddlewaretoken": token}
        logged_in = browser.post("/admin/login/?next=/admin/", data=form, headers={"Referer": place.url})

    assert (logged_in.status_code, logged_in.headers["location"]) == (302, "/admin/")


def test_the_health_check_of_the_container_agrees(place: Installation, first: Running, tmp_path: Path) -> None:
    def check(port: int) -> int:
        settings = {"EVENTLENS_PORT": str(port), "EVENTLENS_ALLOWED_HOSTS": "*", "EVENTLENS_DATA_DIR": str(tmp_path)}
        return Running([sys.executable, "-m", "deploy.answers"], own_environment(**settings)).end()

    assert (check(place.port), check(free_port())) == (0, 1)


def test_every_line_before_the_banner_names_its_part(place: Installation, first: Running) -> None:
    before = first.lines[1 : first.lines.index(f"Event Lens is ready on {place.url}") - 1]

    assert before != []
    assert [line for line in before if not line.startswith(PARTS)] == []


def test_the_data_folder_holds_the_stores_and_no_secret_that_was_shown(place: Installation, first: Running) -> None:
    names = {path.name for path in place.folder.iterdir()}

    assert {"db.sqlite3", "redis", "clickhouse", "secret_key", "lock"} <= names
    assert "first_run.json" not in names


def test_a_second_copy_in_the_same_folder_is_refused(place: Installation, first: Running) -> None:
    second = place.start()

    assert second.end() == 2
    assert second.lines == [
        f"Event Lens cannot start: The data folder {place.folder} is in use by another Event Lens "
        f"(process {first.process.pid}). "
        "Stop that one, or set EVENTLENS_DATA_DIR and EVENTLENS_PORT for a second copy."
    ]


def test_a_second_copy_on_the_same_port_is_refused(place: Installation, first: Running, tmp_path: Path) -> None:
    second = place.start(EVENTLENS_DATA_DIR=str(tmp_path))

    assert second.end() == 2
    assert second.lines == [
        f"Event Lens cannot start: Port {place.port} for the web server is in use by another program "
        "(`ss -ltnp` shows which). Stop it, or set EVENTLENS_PORT."
    ]


@pytest.mark.parametrize(("part", "word"), [("clickhouse", "embedded.clickhouse"), ("web", "gunicorn")])
def test_a_killed_part_comes_back_and_this_is_said(place: Installation, first: Running, part: str, word: str) -> None:
    first.child(word).kill()

    first.line(f"{part} ended unexpectedly (signal 9); starting it again")
    until(lambda: is_ready(place.url), 60, "the product to be ready again")
    assert views(commands(first)[1]) == 1


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", timeout=30).status_code == 200
    except httpx.HTTPError:
        return False


def test_ctrl_c_stops_everything_within_ten_seconds(place: Installation, first: Running) -> None:
    answer(commands(first)[0])
    family = first.family()
    began = time.monotonic()

    first.process.send_signal(signal.SIGINT)

    assert first.end() == 0
    assert time.monotonic() - began < 10
    assert [process for process in family if process.is_running()] == []
    assert first.lines[-1] == "Event Lens has stopped."


def test_the_next_run_keeps_the_data_and_shows_no_secret(place: Installation, first: Running) -> None:
    second = place.ready()

    assert "shown this once" not in "\n".join(second.lines)
    send, read = commands(second)
    assert send.headers["event-lens-client-id"] == commands(first)[0].headers["event-lens-client-id"]
    assert send.headers["event-lens-client-secret"] == "THE-SECRET"
    assert answer(read).status_code == 401
    until(lambda: views(commands(first)[1]) == 2, what="the event that was accepted just before the stop")


def test_after_a_kill_of_the_supervisor_nothing_is_left_and_the_next_run_starts(
    place: Installation, first: Running
) -> None:
    second = place.runs[-1]
    family = second.family()

    second.process.kill()
    third = place.ready()

    _, left = psutil.wait_procs(family, timeout=10)
    assert left == []
    assert views(commands(first)[1]) == 2
    third.process.terminate()
    assert third.end() == 0
