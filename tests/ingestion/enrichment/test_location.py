"""Country from the database that comes with the product, region and city from the operator's own file."""

import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from ingestion.enrichment import enrich
from ingestion.enrichment.city_database import CHECK_SECONDS, CityDatabase
from ingestion.enrichment.country import country_of
from ingestion.enrichment.location import locate
from tests.ingestion import factories
from tests.ingestion.enrichment import mmdb
from tests.ingestion.visits import visit

ADDRESSES = [
    ("8.8.8.8", "US"),
    ("168.126.63.1", "KR"),
    ("2001:4860:4860::8888", "US"),
    ("2001:218:1:1:1:1:1:1", "JP"),
    ("::ffff:168.126.63.1", "KR"),
    (" 168.126.63.1 ", "KR"),
    ("168.126.63.0", "KR"),
    # Nowhere: private, loopback, link-local, reserved, multicast, documentation.
    ("10.0.0.1", ""),
    ("192.168.1.1", ""),
    ("172.16.0.1", ""),
    ("100.64.0.1", ""),
    ("127.0.0.1", ""),
    ("169.254.1.1", ""),
    ("0.0.0.0", ""),
    ("255.255.255.255", ""),
    ("224.0.0.1", ""),
    ("192.0.2.1", ""),
    ("::1", ""),
    ("::", ""),
    ("fe80::1%eth0", ""),
    ("fd00::1", ""),
    ("2001:db8::1", ""),
    ("::ffff:10.0.0.1", ""),
    # No addresses.
    ("", ""),
    ("garbage", ""),
    ("1.2.3", ""),
    ("8.8.8.8:443", ""),
    ("8.8.8.8, 1.1.1.1", ""),
    ("08.8.8.8", ""),
    ("\0", ""),
]


@pytest.mark.parametrize(("address", "country"), ADDRESSES)
def test_an_address_is_in_a_country(address: str, country: str) -> None:
    row = visit(address=address)

    assert (row.country, row.region, row.city) == (country, "", "")


def test_loading_the_country_database_leaves_the_environment_alone() -> None:
    country_of("8.8.8.8")

    assert "PYTHONWARNINGS" not in os.environ or os.environ["PYTHONWARNINGS"] != "ignore"


SEOUL = {
    "country": {"iso_code": "KR"},
    "subdivisions": [{"iso_code": "11", "names": {"en": "Seoul"}}],
    "city": {"names": {"en": "Gangnam-gu", "de": "Gangnam"}},
}


class Clock:
    """Time that passes when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.mmdb"


def test_region_and_city_come_from_the_operators_file(path: Path, settings: Any) -> None:
    mmdb.write(path, {"168.126.63.0/24": SEOUL, "2001:218::/32": {"country": {"iso_code": "JP"}}})
    settings.EVENTLENS = replace(django_settings.EVENTLENS, city_database=str(path))

    assert locate("168.126.63.1") == ("KR", "Seoul", "Gangnam-gu")
    assert locate("2001:218::1") == ("JP", "", "")
    assert locate("8.8.8.8") == ("US", "", "")
    assert locate("10.0.0.1") == ("", "", "")


def test_a_new_file_is_opened_after_a_while(path: Path) -> None:
    clock = Clock()
    mmdb.write(path, {"168.126.63.0/24": SEOUL})
    database = CityDatabase(path, clock)
    database.has_changed()
    mmdb.write(path, {"168.126.63.0/24": {**SEOUL, "city": {"names": {"en": "Jongno-gu"}}}})

    assert not database.has_changed()
    assert database.find("168.126.63.1").city == "Gangnam-gu"
    clock.now += CHECK_SECONDS
    assert database.has_changed()
    assert database.find("168.126.63.1").city == "Jongno-gu"
    clock.now += CHECK_SECONDS
    assert not database.has_changed()


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"not a database"), Path.unlink])
def test_a_lost_or_broken_file_leaves_the_answers_as_they_were(
    path: Path, damage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    mmdb.write(path, {"168.126.63.0/24": SEOUL})
    database = CityDatabase(path, clock)
    database.has_changed()
    caplog.clear()
    path.rename(path.with_suffix(".old"))  # what is mapped into memory must not be written over
    path.touch()
    damage(path)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            clock.now += CHECK_SECONDS
            assert not database.has_changed()

    assert database.find("168.126.63.1").city == "Gangnam-gu"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    mmdb.write(path, {"168.126.63.0/24": {**SEOUL, "city": {"names": {"en": "Mapo-gu"}}}})
    clock.now += CHECK_SECONDS
    assert database.has_changed()
    assert database.find("168.126.63.1").city == "Mapo-gu"


def test_a_file_that_is_not_there_yet_is_opened_when_it_comes(path: Path) -> None:
    clock = Clock()
    database = CityDatabase(path, clock)

    assert not database.has_changed()
    assert database.find("168.126.63.1") == ("", "", "")
    mmdb.write(path, {"168.126.63.0/24": SEOUL})
    clock.now += CHECK_SECONDS
    assert database.has_changed()
    assert database.find("168.126.63.1").region == "Seoul"


STRANGE = [
    {},
    [],
    "text",
    {"country": "KR"},
    {"country": {"iso_code": []}, "city": {"names": []}, "subdivisions": {}},
    {"subdivisions": ["11"], "city": {"names": {"ko": "서울"}}},
]


@pytest.mark.parametrize("record", STRANGE)
def test_a_record_of_another_shape_says_nothing(path: Path, record: object) -> None:
    mmdb.write(path, {"168.126.63.0/24": record})
    database = CityDatabase(path, Clock())
    database.has_changed()

    assert database.find("168.126.63.1") == ("", "", "")


@pytest.mark.parametrize(
    ("policy", "stored"),
    [("geo", ""), ("keep", "203.0.113.77"), ("truncate", "203.0.113.0"), ("drop", "")],
)
def test_an_address_is_stored_as_the_project_says(policy: str, stored: str) -> None:
    shop = factories.project(address_policy=policy)
    event = factories.drafted(of=shop, by=factories.sender(address="203.0.113.77"))

    assert enrich(event, shop).address == stored
