"""docs/configuration.md says what eventlens/config.py does."""

import re
from pathlib import Path

import pytest

from eventlens import config

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)


class Recorder(config.Reader):
    """Notes what load() asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self.numbers: dict[str, tuple[str, str]] = {}

    def text(self, name: str, default: str) -> str:
        self.texts[name] = default
        return super().text(name, default)

    def number(self, name: str, default: int, low: int, high: int) -> int:
        self.numbers[name] = (str(default), f"{low} to {high}")
        return super().number(name, default, low, high)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(config, "Reader", lambda: recorder)
    config.load()
    return recorder


def rows() -> dict[str, tuple[str, str]]:
    return {name: (default, allowed) for name, default, allowed, _ in ROW.findall(PAGE.read_text())}


def test_every_setting_that_is_read_is_on_the_page_and_no_other(read: Recorder) -> None:
    assert set(rows()) == set(read.texts)


def test_the_page_tells_every_number_s_default_and_range(read: Recorder) -> None:
    assert {name: row for name, row in rows().items() if name in read.numbers} == read.numbers


def test_the_page_tells_every_text_s_default(read: Recorder) -> None:
    told = {name: default.strip("`") for name, (default, _) in rows().items()}
    fixed = {name: default for name, default in read.texts.items() if name in told and "/" not in default}

    for name in ("EVENTLENS_HOST", "EVENTLENS_DATA_DIR", "EVENTLENS_ALLOWED_HOSTS", "EVENTLENS_LOG_LEVEL"):
        assert told[name] == fixed[name]
    for name in ("EVENTLENS_TRUSTED_PROXIES", "EVENTLENS_CSRF_TRUSTED_ORIGINS", "EVENTLENS_CITY_DATABASE"):
        assert (told[name], fixed[name]) == ("empty", "")


def test_the_store_addresses_follow_the_port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "CLICKHOUSE_URL"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("EVENTLENS_PORT", "4000")
    monkeypatch.setenv("EVENTLENS_DATA_DIR", str(tmp_path))

    settings = config.load()

    assert settings.redis_url == "redis://127.0.0.1:4001/0"
    assert settings.clickhouse_url == "clickhouse://127.0.0.1:4002/event_lens"
    assert settings.database_url == f"sqlite:///{tmp_path}/db.sqlite3"
