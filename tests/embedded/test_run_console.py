"""The log: whole lines with the name of their part."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from eventlens.embedded.console import Console


@pytest.fixture
def pipe() -> Iterator[tuple[Console, IO[bytes]]]:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with os.fdopen(reader, "rb") as output:
        yield Console(writer, ["web", "clickhouse", "welcome"], plain=["welcome"]), output
        os.close(writer)


def test_names_are_padded_so_that_lines_stand_under_each_other(pipe: tuple[Console, IO[bytes]]) -> None:
    console, output = pipe

    console.feed("web", b"one\ntwo\n")
    console.feed("clickhouse", b"three\n")

    assert output.read() == b"web        | one\nweb        | two\nclickhouse | three\n"


def test_a_line_in_pieces_is_shown_once_and_not_mixed_with_another(pipe: tuple[Console, IO[bytes]]) -> None:
    console, output = pipe

    console.feed("web", b"one half, ")
    console.feed("clickhouse", b"between\n")
    console.feed("web", b"other half\n")

    assert output.read() == b"clickhouse | between\nweb        | one half, other half\n"


def test_the_last_words_of_a_dead_part_are_shown_without_a_line_end(pipe: tuple[Console, IO[bytes]]) -> None:
    console, output = pipe

    console.feed("web", b"Segmentation fault")
    console.finish("web")
    console.finish("web")

    assert output.read() == b"web        | Segmentation fault\n"


def test_a_part_may_speak_for_the_product(pipe: tuple[Console, IO[bytes]]) -> None:
    console, output = pipe

    console.feed("welcome", b"\nReady.\n")

    assert output.read() == b"\nReady.\n"


def test_bytes_that_are_no_text_pass_unchanged(pipe: tuple[Console, IO[bytes]]) -> None:
    console, output = pipe

    console.feed("web", b"\xff\xfe\r\n")

    assert output.read() == b"web        | \xff\xfe\n"


def test_a_reader_that_went_away_does_not_stop_the_product() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    console = Console(writer, ["web"])

    console.say("nobody reads this")
    console.say("nor this")

    assert Path(f"/proc/self/fd/{console.descriptor}").readlink() == Path("/dev/null")
    os.close(writer)
    os.close(console.descriptor)
