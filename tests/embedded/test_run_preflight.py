"""What is refused before anything is started, and what the refusal says."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventlens.embedded.preflight import CannotStart, DataFolder, Port, check_ports
from tests.embedded.running import Running, own_environment


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def test_a_free_port_is_no_obstacle(taken: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])

    check_ports([Port("Redis", "127.0.0.1", free, "REDIS_URL")], after_a_kill=False)


def test_a_taken_port_is_named_with_the_variable_that_moves_it(taken: int) -> None:
    with pytest.raises(CannotStart) as refusal:
        check_ports([Port("the web server", "127.0.0.1", taken, "EVENTLENS_PORT")], after_a_kill=False)

    assert str(refusal.value) == (
        f"Port {taken} for the web server is in use by another program (`ss -ltnp` shows which). "
        "Stop it, or set EVENTLENS_PORT."
    )


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_a_host_that_is_not_this_machine_is_refused(host: str) -> None:
    with pytest.raises(CannotStart) as refusal:
        check_ports([Port("the web server", host, 3002, "EVENTLENS_PORT")], after_a_kill=False)

    assert str(refusal.value) == (
        f"{host} is not an address of this machine. Set EVENTLENS_HOST to one, such as 127.0.0.1."
    )


def test_a_data_folder_is_held_by_one_process(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.claim()

    with pytest.raises(CannotStart) as refusal:
        second.claim()

    assert str(refusal.value) == (
        f"The data folder {tmp_path} is in use by another Event Lens (process {os.getpid()}). "
        "Stop that one, or set EVENTLENS_DATA_DIR and EVENTLENS_PORT for a second copy."
    )
    first.release()


def test_a_released_folder_tells_of_no_kill(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    assert first.claim() is False
    first.release()

    assert DataFolder(tmp_path).claim() is False


def test_a_folder_whose_holder_was_killed_tells_so(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    first.claim()
    first.lock.close()  # as the kernel does it for a killed process

    assert DataFolder(tmp_path).claim() is True


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotStart, match=r"cannot be written .* Set EVENTLENS_DATA_DIR"):
        DataFolder(tmp_path / "file")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"EVENTLENS_PORT": "http"},
            "Event Lens cannot start: EVENTLENS_PORT is 'http'; set it to a whole number from 1 to 65533.",
        ),
        (
            {"REDIS_URL": "localhost:6379"},
            "Event Lens cannot start: REDIS_URL does not begin with a known scheme; "
            "expected redis://… or rediss://… or unix://… or redis+socket://….",
        ),
    ],
)
def test_a_wrong_setting_is_one_line_without_a_traceback(
    tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    environment = own_environment(EVENTLENS_DATA_DIR=str(tmp_path), **settings)
    run = Running([sys.executable, "-m", "eventlens.embedded"], environment)

    assert run.end() == 2
    assert run.lines == [message]
