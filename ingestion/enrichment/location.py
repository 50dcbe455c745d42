"""Country, region and city from the visitor's address, which itself is stored only where the project says so."""

import sys
from functools import cache
from ipaddress import IPv6Address
from pathlib import Path
from socket import AF_INET, inet_pton

from django.conf import settings

from ingestion.enrichment.block import Block
from ingestion.enrichment.city_database import NOWHERE, CityDatabase, Location
from ingestion.enrichment.country import country_of
from ingestion.enrichment.remembered import Answers

CACHED_ADDRESSES = 16384
LONGEST_CACHED = 64  # as text; what is longer is no address
STORED = frozenset({"keep", "truncate"})  # the door has truncated it already


def fill(block: Block) -> None:
    """Fills country, region and city, and the address where it is to be kept."""
    addresses = [event.address for event in block.events]
    block.fill(Location._fields, current_places().all(addresses))
    is_stored = [project.address_policy in STORED for project in block.projects]
    if any(is_stored):
        stored = [(address if kept else "",) for address, kept in zip(addresses, is_stored, strict=True)]
        block.fill(("address",), stored)


def locate(address: str) -> Location:
    """Where an address is; all '' for malformed and unknown ones, and private ones are known to no database."""
    return current_places()[address]


def current_places() -> Answers[str, Location]:
    """Places by address, as the operator's file is now; what was remembered of another goes."""
    cities = city_database(settings.EVENTLENS.city_database)
    places = places_in(cities)
    if cities is not None and cities.has_changed():
        places.forget()
    return places


@cache
def city_database(path: str) -> CityDatabase | None:
    return CityDatabase(Path(path)) if path else None


@cache
def places_in(cities: CityDatabase | None) -> Answers[str, Location]:
    return Answers(lambda address: looked_up(address, cities), CACHED_ADDRESSES, is_short)


def is_short(address: str) -> bool:
    return len(address) <= LONGEST_CACHED


def looked_up(address: str, cities: CityDatabase | None) -> Location:
    plain = plain_address(address)
    if not plain:
        return NOWHERE
    place = cities.find(plain) if cities is not None else NOWHERE
    place = place if place.country else in_country(country_of(plain), place)
    return Location(*map(sys.intern, place))  # few words for many addresses


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
