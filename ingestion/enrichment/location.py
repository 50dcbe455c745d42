"""Country, region and city from the visitor's address, which itself is not stored."""

from functools import cache, lru_cache
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from django.conf import settings

from analytics.directory import ProjectRecord
from ingestion.accepted import AcceptedEvent
from ingestion.enrichment.city_database import NOWHERE, CityDatabase, Location
from ingestion.enrichment.country import country_of
from ingestion.rows import EventRow

CACHED_ADDRESSES = 32768


def fill(row: EventRow, event: AcceptedEvent, project: ProjectRecord) -> None:
    """Sets country, region and city."""
    if event.address:
        row.country, row.region, row.city = locate(event.address)


def locate(address: str) -> Location:
    """Where an address is; all '' for private, malformed and unknown ones."""
    cities = city_database(settings.EVENTLENS.city_database)
    if cities is not None and cities.has_changed():
        looked_up.cache_clear()
    return looked_up(address, cities)


@cache
def city_database(path: str) -> CityDatabase | None:
    return CityDatabase(Path(path)) if path else None


@lru_cache(maxsize=CACHED_ADDRESSES)
def looked_up(address: str, cities: CityDatabase | None) -> Location:
    public = public_address(address)
    if not public:
        return NOWHERE
    place = cities.find(public) if cities is not None else NOWHERE
    return place if place.country else place._replace(country=country_of(public))


def public_address(address: str) -> str:
    """The address in its shortest form, IPv4 inside IPv6 unwrapped; '' for one that is not on the public internet."""
    try:
        parsed = ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(parsed) if parsed.is_global and not parsed.is_multicast else ""
