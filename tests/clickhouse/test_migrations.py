"""Numbered files, a ledger, and no surprises between them."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from eventlens.clickhouse import client, migrations
from eventlens.clickhouse.sql import Sql
from ingestion.storing.rows import EVENT_COLUMNS

COMPUTED = {"personKey", "sessionKey"}


def folder(tmp_path: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (tmp_path / f"{name.removeprefix('m')}.sql").write_text(text)
    return tmp_path


def test_a_file_is_split_at_semicolons_that_end_a_line() -> None:
    text = "-- why; and when\nSELECT 'a;b';\n\nSELECT 2;\n"

    assert list(migrations.Migration("0001_x", text).statements()) == [Sql("SELECT 'a;b'"), Sql("SELECT 2")]


def test_a_badly_named_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(migrations.MigrationError, match="name migrations like"):
        migrations.files(folder(tmp_path, mfirst="SELECT 1"))


def test_a_number_used_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(migrations.MigrationError, match="0001 is used twice"):
        migrations.files(folder(tmp_path, m0001_a="SELECT 1", m0001_b="SELECT 1"))


@pytest.mark.usefixtures("clickhouse")
def test_an_applied_file_that_was_changed_is_refused() -> None:
    changed = [migrations.Migration(one.name, one.text + "-- later") for one in migrations.files()]

    with pytest.raises(migrations.MigrationError, match="changed after it was applied"):
        migrations.pending(changed)


@pytest.mark.usefixtures("clickhouse")
def test_an_applied_file_that_is_gone_is_refused() -> None:
    with pytest.raises(migrations.MigrationError, match="older than the database"):
        migrations.pending(migrations.files()[1:])


@pytest.mark.usefixtures("clickhouse")
def test_a_new_file_is_pending_until_applied_or_faked(capsys: pytest.CaptureFixture[str]) -> None:
    new = migrations.Migration("9999_new", "SELECT 1;")
    everything = [*migrations.files(), new]

    before = migrations.pending(everything)
    migrations.apply(new, fake=True)
    after = migrations.pending(everything)

    client.command(
        Sql("ALTER TABLE clickhouse_migrations DELETE WHERE name = '9999_new' SETTINGS mutations_sync = 1")
    )
    assert (before, after) == ([new], [])


@pytest.mark.usefixtures("clickhouse")
def test_the_command_says_that_nothing_is_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--plan", "--check", "--fake"):
        call_command("clickhouse_migrate", option)

    assert capsys.readouterr().out == "ClickHouse: nothing to apply.\n" * 3


def test_an_unreachable_clickhouse_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise client.ClickHouseUnavailable("connection refused")

    monkeypatch.setattr(migrations, "prepare", refuse)

    with pytest.raises(CommandError, match="check CLICKHOUSE_URL"):
        call_command("clickhouse_migrate")


@pytest.mark.usefixtures("clickhouse")
@pytest.mark.parametrize("table", ["events", "bot_events"])
def test_the_codes_columns_are_the_tables(table: str) -> None:
    rows = client.query(
        Sql("SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {t:String}", {"t": table})
    )

    assert {row["name"] for row in rows} - COMPUTED == set(EVENT_COLUMNS)
