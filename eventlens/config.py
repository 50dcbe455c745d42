"""Every setting of the product, read once from the environment, refused with a clear message if it is wrong."""

import ipaddress
import os
import re
import secrets
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

Network = IPv4Network | IPv6Network
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("TEXT", "JSON")
REDIS_SCHEMES = ("redis", "rediss", "unix", "redis+socket")
CLICKHOUSES = ("clickhouse", "clickhouses")
FSYNCS = ("EVERYSEC", "ALWAYS")
MOST = 1_000_000_000


@dataclass(frozen=True)
class Config:
    """The resolved settings; docs/configuration.md tells each one's variable, default and meaning."""

    host: str
    port: int
    data_dir: Path
    debug: bool
    secret_key: str
    allowed_hosts: tuple[str, ...]
    csrf_trusted_origins: tuple[str, ...]
    log_level: str
    log_format: str
    database_url: str
    redis_url: str
    redis_fsync: str
    clickhouse_url: str
    web_workers: int
    web_threads: int
    web_connections: int
    web_body_bytes: int
    trusted_proxies: tuple[Network, ...]
    metrics_allowed: tuple[Network, ...]
    client_cache_seconds: int
    city_database: str
    stream_shards: int
    batch_entries: int
    flush_interval_ms: int
    rollup_seconds: int
    queue_max_entries: int
    redis_memory_percent: int
    quarantine_max_events: int
    event_id_window_seconds: int
    ingest_requests_per_minute: int
    questions_per_minute: int
    max_body_bytes: int
    max_batch_items: int
    max_properties: int
    max_key_length: int
    max_value_length: int
    max_depth: int
    query_max_seconds: int
    query_max_memory_bytes: int
    query_max_rows: int
    query_max_result_rows: int
    questions_at_once: int
    answers_kept_seconds: int


class Reader:
    """Typed values from the environment; a wrong one names its variable and what is allowed."""

    def __init__(self) -> None:
        self.env = environ.Env()

    def text(self, name: str, default: str) -> str:
        return str(self.env.str(name, default=default)).strip()

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, "1" if default else "0").lower()
        if value not in {"0", "1", "true", "false", "yes", "no", "on", "off"}:
            raise ImproperlyConfigured(f"{name} is {value!r}; set it to 1 or 0.")
        return value in {"1", "true", "yes", "on"}

    def number(self, name: str, default: int, low: int, high: int) -> int:
        raw = self.text(name, str(default))
        if not re.fullmatch("-?[0-9]{1,20}", raw) or not low <= int(raw) <= high:
            raise ImproperlyConfigured(f"{name} is {raw!r}; set it to a whole number from {low} to {high}.")
        return int(raw)

    def words(self, name: str, default: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in self.text(name, default).split(",") if word.strip())

    def url(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if urlsplit(value).scheme not in schemes:
            expected = " or ".join(f"{scheme}://…" for scheme in schemes)
            raise ImproperlyConfigured(f"{name} does not begin with a known scheme; expected {expected}.")
        return value

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default).upper()
        if value not in allowed:
            raise ImproperlyConfigured(f"{name} is {value!r}; set it to one of {', '.join(allowed)}.")
        return value

    def file(self, name: str) -> str:
        """The path of a file that exists, or an empty string."""
        value = self.text(name, "")
        if value and not Path(value).is_file():
            raise ImproperlyConfigured(f"{name} is {value!r}, which is not a file; name one or leave it empty.")
        return value

    def networks(self, name: str, default: str = "") -> tuple[Network, ...]:
        try:
            return tuple(ipaddress.ip_network(word, strict=False) for word in self.words(name, default))
        except ValueError as wrong:
            raise ImproperlyConfigured(f"{name}: {wrong}; list networks such as 10.0.0.0/8,::1/128.") from None


def secret_key(given: str, data_dir: Path) -> str:
    """The key given, else one generated once and kept in the data folder, readable by its owner alone."""
    if given:
        return given
    path = data_dir / "secret_key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as refused:
        raise ImproperlyConfigured(
            f"The data folder {data_dir} cannot be written ({refused.strerror}); "
            "set EVENTLENS_DATA_DIR to a writable folder, or set EVENTLENS_SECRET_KEY."
        ) from None
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def load() -> Config:
    """Read the environment; raises ImproperlyConfigured naming the variable at fault."""
    read = Reader()
    data_dir = Path(read.text("EVENTLENS_DATA_DIR", "var")).expanduser().absolute()
    port = read.number("EVENTLENS_PORT", 3002, 1, 65533)
    return Config(
        host=read.text("EVENTLENS_HOST", "127.0.0.1"),
        port=port,
        data_dir=data_dir,
        debug=read.flag("EVENTLENS_DEBUG", False),
        secret_key=secret_key(read.text("EVENTLENS_SECRET_KEY", ""), data_dir),
        allowed_hosts=read.words("EVENTLENS_ALLOWED_HOSTS", "*"),
        csrf_trusted_origins=read.words("EVENTLENS_CSRF_TRUSTED_ORIGINS", ""),
        log_level=read.choice("EVENTLENS_LOG_LEVEL", "INFO", LOG_LEVELS),
        log_format=read.choice("EVENTLENS_LOG_FORMAT", "text", LOG_FORMATS).lower(),
        database_url=read.url("DATABASE_URL", f"sqlite:///{data_dir / 'db.sqlite3'}", ("sqlite", "mysql", "mysql2")),
        redis_url=read.url("REDIS_URL", f"redis://127.0.0.1:{port + 1}/0", REDIS_SCHEMES),
        redis_fsync=read.choice("EVENTLENS_REDIS_FSYNC", "everysec", FSYNCS).lower(),
        clickhouse_url=read.url("CLICKHOUSE_URL", f"clickhouse://127.0.0.1:{port + 2}/event_lens", CLICKHOUSES),
        web_workers=read.number("EVENTLENS_WEB_WORKERS", 2, 1, 256),
        web_threads=read.number("EVENTLENS_WEB_THREADS", 4, 1, 256),
        web_connections=read.number("EVENTLENS_WEB_CONNECTIONS", 4000, 1, 1_000_000),
        web_body_bytes=read.number("EVENTLENS_WEB_BODY_BYTES", 64 * 1024 * 1024, 1024, 1024**4),
        trusted_proxies=read.networks("EVENTLENS_TRUSTED_PROXIES"),
        metrics_allowed=read.networks("EVENTLENS_METRICS_ALLOWED", "127.0.0.0/8,::1/128"),
        client_cache_seconds=read.number("EVENTLENS_CLIENT_CACHE_SECONDS", 5, 0, 3600),
        city_database=read.file("EVENTLENS_CITY_DATABASE"),
        stream_shards=read.number("EVENTLENS_STREAM_SHARDS", 1, 1, 256),
        batch_entries=read.number("EVENTLENS_BATCH_ENTRIES", 10_000, 1, 50_000),
        flush_interval_ms=read.number("EVENTLENS_FLUSH_INTERVAL_MS", 300, 0, 10_000),
        rollup_seconds=read.number("EVENTLENS_ROLLUP_SECONDS", 5, 1, 3600),
        queue_max_entries=read.number("EVENTLENS_QUEUE_MAX_ENTRIES", 1_000_000, 1, MOST),
        redis_memory_percent=read.number("EVENTLENS_REDIS_MEMORY_PERCENT", 85, 1, 100),
        quarantine_max_events=read.number("EVENTLENS_QUARANTINE_MAX_EVENTS", 100_000, 1, 10_000_000),
        event_id_window_seconds=read.number("EVENTLENS_EVENT_ID_WINDOW_SECONDS", 172_800, 86_400, 2_592_000),
        ingest_requests_per_minute=read.number("EVENTLENS_INGEST_REQUESTS_PER_MINUTE", 50_000, 0, MOST),
        questions_per_minute=read.number("EVENTLENS_QUESTIONS_PER_MINUTE", 600, 0, MOST),
        questions_at_once=read.number("EVENTLENS_QUESTIONS_AT_ONCE", 8, 0, 10_000),
        answers_kept_seconds=read.number("EVENTLENS_ANSWERS_KEPT_SECONDS", 300, 0, 3600),
        max_body_bytes=read.number("EVENTLENS_MAX_BODY_BYTES", 5 * 1024 * 1024, 1024, 1024**3),
        max_batch_items=read.number("EVENTLENS_MAX_BATCH_ITEMS", 1000, 1, 100_000),
        max_properties=read.number("EVENTLENS_MAX_PROPERTIES", 200, 1, 10_000),
        max_key_length=read.number("EVENTLENS_MAX_KEY_LENGTH", 200, 1, 10_000),
        max_value_length=read.number("EVENTLENS_MAX_VALUE_LENGTH", 8192, 1, 1_000_000),
        max_depth=read.number("EVENTLENS_MAX_DEPTH", 8, 1, 64),
        query_max_seconds=read.number("EVENTLENS_QUERY_MAX_SECONDS", 30, 1, 3600),
        query_max_memory_bytes=read.number("EVENTLENS_QUERY_MAX_MEMORY_BYTES", 2 * 1024**3, 1024**2, 1024**4),
        query_max_rows=read.number("EVENTLENS_QUERY_MAX_ROWS", 10_000_000_000, 1, 10**15),
        query_max_result_rows=read.number("EVENTLENS_QUERY_MAX_RESULT_ROWS", 100_000, 1, 100_000_000),
    )
