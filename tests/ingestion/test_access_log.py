"""Page views out of an access log, held against what the lines themselves say."""

import gzip
from io import StringIO
from pathlib import Path

import pytest
import redis
from django.core.management import CommandError, call_command

from analytics.models import Project
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.access_log import NotALogLine, PageView, page_view
from ingestion.log_import import LINES_AT_ONCE
from ingestion.storing.drain import drain

EXCERPT = Path(__file__).with_name("cases") / "access_log_excerpt.log"
CHROME = "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.107 Safari/537.36"


def line(request: str = "GET /a HTTP/1.1", status: int = 200, referrer: str = "-", agent: str = CHROME) -> str:
    return f'198.51.100.7 - ann [17/May/2015:10:05:03 +0200] "{request}" {status} 12 "{referrer}" "{agent}"\n'


def test_a_served_page_is_a_page_view() -> None:
    assert page_view(line("GET /a?utm_source=x HTTP/1.1", referrer="http://example.com/")) == PageView(
        at_ms=1431849903000,
        address="198.51.100.7",
        url="/a?utm_source=x",
        referrer="http://example.com/",
        user_agent=CHROME,
    )


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /style.css HTTP/1.1", 200),
        ("GET /a.PNG?x=1 HTTP/1.1", 200),
        ("GET //favicon.ico HTTP/1.1", 200),
        ("POST /a HTTP/1.1", 200),
        ("HEAD /a HTTP/1.1", 200),
        ("GET /a HTTP/1.1", 404),
        ("GET /a HTTP/1.1", 301),
        ("GET /a HTTP/1.1", 206),
    ],
)
def test_what_is_no_served_page_is_passed_over(request_line: str, status: int) -> None:
    assert page_view(line(request_line, status)) is None


@pytest.mark.parametrize("path", ["/", "/a/", "/a.html", "/a.xhtml", "/a.php?b=c.png", "/v1.", "/a#x.png"])
def test_addresses_that_are_pages(path: str) -> None:
    assert page_view(line(f"GET {path} HTTP/1.1")) is not None


@pytest.mark.parametrize("text", ["", "nonsense\n", line()[:100]])
def test_a_line_of_another_format_is_told(text: str) -> None:
    with pytest.raises(NotALogLine):
        page_view(text)


def imported(file: Path, project: str) -> str:
    out = StringIO()
    call_command("import_access_log", str(file), "--project", project, stdout=out)
    drain(0)
    return out.getvalue()


def stored(table: str) -> int:
    rows = client.query(Sql(f"SELECT count() AS n FROM {table}"))
    return int(rows[0]["n"])


@pytest.fixture
def project() -> str:
    return str(Project.objects.create(id="site", name="Site", domain="semicomplete.com").pk)


@pytest.mark.django_db
@pytest.mark.usefixtures("store", "clickhouse")
def test_the_excerpt_is_counted_as_its_lines_say(project: str) -> None:
    out = imported(EXCERPT, project)

    assert out.splitlines() == [
        "200 lines: 54 page views accepted, 145 other requests passed over, 0 accepted before, 1 unusable.",
        "  line 200: not in the combined format",
    ]
    assert (stored("events"), stored("bot_events")) == (21, 33)


@pytest.mark.django_db
@pytest.mark.usefixtures("store", "clickhouse")
def test_a_second_import_brings_nothing(project: str, tmp_path: Path) -> None:
    packed = tmp_path / "log.gz"
    packed.write_bytes(gzip.compress(EXCERPT.read_bytes()))

    imported(EXCERPT, project)
    out = imported(packed, project)

    assert out == "Nothing new: every line of this file was imported before.\n"
    assert stored("events") == 21


@pytest.mark.django_db
@pytest.mark.usefixtures("clickhouse")
def test_a_log_that_grew_goes_on_where_it_ended(store: "redis.Redis", project: str, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(line() * 3)
    imported(log, project)

    log.write_text(line() * (LINES_AT_ONCE + 5))
    out = imported(log, project)

    assert out.startswith(f"{LINES_AT_ONCE + 2:,} lines: {LINES_AT_ONCE + 2:,} page views accepted")
    assert stored("events") == LINES_AT_ONCE + 5


@pytest.mark.django_db
@pytest.mark.usefixtures("store", "clickhouse")
@pytest.mark.parametrize("before", ["", line()])
def test_a_line_that_is_still_being_written_is_left_for_the_next_import(
    project: str, tmp_path: Path, before: str
) -> None:
    log = tmp_path / "access.log"
    log.write_text(before + line()[:100])
    assert "unusable" not in imported(log, project).replace("0 unusable", "")

    log.write_text(before + line() * 2)
    imported(log, project)

    assert stored("events") == before.count("\n") + 2


@pytest.mark.django_db
@pytest.mark.usefixtures("store", "clickhouse")
def test_a_log_whose_only_line_gets_its_end_later_is_the_same_log(project: str, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(line().rstrip())
    imported(log, project)

    log.write_text(line() * 2)
    imported(log, project)

    assert stored("events") == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("clickhouse")
def test_what_a_crash_left_unnoted_is_not_counted_again(store: "redis.Redis", project: str, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(line() * 5)
    imported(log, project)
    store.delete("eventlens:imported:site")

    out = imported(log, project)

    assert out.startswith("5 lines: 0 page views accepted, 0 other requests passed over, 5 accepted before")
    assert stored("events") == 5


@pytest.mark.django_db
def test_an_unknown_project_is_told() -> None:
    with pytest.raises(CommandError, match="There is no project 'nowhere'"):
        call_command("import_access_log", str(EXCERPT), "--project", "nowhere")


@pytest.mark.django_db
def test_a_missing_file_is_told(project: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no\.log cannot be read: No such file"):
        call_command("import_access_log", str(tmp_path / "no.log"), "--project", project)
