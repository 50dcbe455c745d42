"""docker-compose.yml: what a stack must have to be run without watching it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STACK: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
STEPS = {"migrate"}
STORES = {"mysql", "redis", "clickhouse"}


def test_the_stack_has_the_promised_parts() -> None:
    assert set(SERVICES) == {"mysql", "redis", "clickhouse", "migrate", "web", "worker", "chores", "beat", "proxy"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - STEPS))
def test_a_part_is_watched_and_started_again(name: str) -> None:
    service = SERVICES[name]

    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert set(service["healthcheck"]) == {"test", "interval", "timeout", "retries", "start_period"}
    assert service["restart"] == "unless-stopped"


def test_the_migration_runs_once_and_only_against_healthy_stores() -> None:
    migrate = SERVICES["migrate"]

    assert migrate["restart"] == "no"
    assert migrate["depends_on"] == {
        "mysql": {"condition": "service_healthy"},
        "clickhouse": {"condition": "service_healthy"},
    }
    assert "manage.py migrate" in migrate["command"][-1]
    assert "manage.py clickhouse_migrate" in migrate["command"][-1]


@pytest.mark.parametrize("name", ["web", "worker", "chores", "beat"])
def test_our_processes_wait_for_the_migration_and_the_stores(name: str) -> None:
    healthy = {store: {"condition": "service_healthy"} for store in STORES}

    assert SERVICES[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}, **healthy}


@pytest.mark.parametrize("name", sorted(STORES))
def test_a_store_keeps_its_data_in_a_volume_and_is_closed_to_the_outside(name: str) -> None:
    volumes = [str(volume).split(":")[0] for volume in SERVICES[name]["volumes"]]

    assert name in volumes
    assert name in STACK["volumes"]
    assert "ports" not in SERVICES[name]


def test_only_the_proxy_is_public() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published == {"web": ["127.0.0.1:${WEB_PORT:-3002}:3002"], "proxy": ["${PROXY_PORT:-5000}:5000"]}


def test_redis_appends_and_never_evicts() -> None:
    command = " ".join(SERVICES["redis"]["command"])

    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_images_name_a_version() -> None:
    images = {name: service["image"] for name, service in SERVICES.items() if name in STORES | {"proxy"}}

    assert images == {
        "mysql": "mysql:8.4",
        "redis": "redis:7.4",
        "clickhouse": "clickhouse/clickhouse-server:26.8",
        "proxy": "nginx:1.28-alpine",
    }


def test_every_secret_must_be_given_and_the_example_names_it() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", text))

    assert required == {"EVENTLENS_SECRET_KEY", "MYSQL_PASSWORD", "CLICKHOUSE_PASSWORD"}
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == required


def test_only_the_proxy_is_trusted_to_name_visitors() -> None:
    address = SERVICES["proxy"]["networks"]["default"]["ipv4_address"]

    assert SERVICES["web"]["environment"]["EVENTLENS_TRUSTED_PROXIES"] == (
        f"${{EVENTLENS_TRUSTED_PROXIES:-{address}/32}}"
    )


def test_mounted_files_and_copied_folders_exist() -> None:
    mounted = [
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume[0] == "."
    ]
    copied = re.findall(r"^COPY (?!--from)(\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert [path for path in mounted + copied if not (ROOT / path).exists()] == []


def test_the_image_is_given_everything_that_it_copies_and_no_more() -> None:
    copied = set(re.findall(r"^COPY (?!--from)(\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert let_in == copied


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert users == ["eventlens"]
