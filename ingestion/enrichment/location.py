"""Country, region and city from the visitor's address, which itself is stored only where the project says so."""

from functools import cache, lru_cache
from ipaddress import IPv6Address
from pathlib import Path
from socket import AF_INET, inet_pton

from django.conf import settings

from ingestion.enrichment.block import Block
from ingestion.enrichment.city_database import NOWHERE, CityDatabase, Location
from ingestion.enrichment.country import country_of

CACHED_ADDRESSES = 16384
STORED = frozenset({"keep", "truncate"})  # the door has truncated it already


def fill(block: Block) -> None:
    """Fills country, region and city, and the address where it is to be kept."""
    cities = current_cities()
    block.fill(
        Location._fields,
        [looked_up(event.address, cities) if event.address else NOWHERE for event in block.events],
    )
    block.columns["address"] = [
        event.address if project.address_policy in STORED else ""
        for event, project in zip(block.events, block.projects, strict=True)
    ]


def locate(address: str) -> Location:
    """Where an address is; all '' for malformed and unknown ones, and private ones are known to no database."""
    return looked_up(address, current_cities())


def current_cities() -> CityDatabase | None:
    """The operator's database as its file is now; what was remembered of another goes."""
    cities = city_database(settings.EVENTLENS.city_database)
    if cities is not None and cities.has_changed():
        looked_up.cache_clear()
    return cities


@cache
def city_database(path: str) -> CityDatabase | None:
    return CityDatabase(Path(path)) if path else None


@lru_cache(maxsize=CACHED_ADDRESSES)
def looked_up(address: str, cities: CityDatabase | None) -> Location:
    plain = plain_address(address)
    if not plain:
        return NOWHERE
    place = cities.find(plain) if cities is not None else NOWHERE
    return place if place.country else in_country(country_of(plain), place)


def in_country(code: str, place: Location) -> Location:
    return place._replace(country=code) if code else place


def plain_address(address: str) -> str:
    """The address in its shortest form, IPv4 inside IPv6 unwrapped; '' for what is none."""
    text = address.strip()
    try:
        inet_pton(AF_INET, text)
    except (OSError, ValueError):
        return plain_ipv6(text)
    return text


def plain_ipv6(text: str) -> str:
    try:
        parsed = IPv6Address(text)
    except ValueError:
        return ""
    return str(parsed.ipv4_mapped or parsed)
