"""The operator's own city database in MaxMind's format, opened again when its file changes."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import maxminddb

logger = logging.getLogger(__name__)
CHECK_SECONDS = 30.0
LANGUAGE = "en"


class Location(NamedTuple):
    """ISO country code, name of the first-level region, name of the city; '' for what is not known."""

    country: str
    region: str
    city: str


NOWHERE = Location("", "", "")


class CityDatabase:
    """A file that may be replaced while it is read: moved over, as geoipupdate does it, never written in place."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self.clock = clock
        self.reader: maxminddb.Reader | None = None
        self.seen: tuple[int, ...] | None = ()
        self.next_check = clock()

    def has_changed(self) -> bool:
        """Look at the file, seldom, and open it if it is another; True when answers may differ from earlier ones."""
        now = self.clock()
        if now < self.next_check:
            return False
        self.next_check = now + CHECK_SECONDS
        identity = self.identity()
        if identity == self.seen:
            return False
        self.seen = identity
        return self.open()

    def identity(self) -> tuple[int, ...] | None:
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return (stat.st_ino, stat.st_mtime_ns, stat.st_size)

    def open(self) -> bool:
        """A file that is missing or broken changes nothing: the one opened before goes on answering."""
        try:
            self.reader = maxminddb.open_database(self.path)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as wrong:
            logger.warning(
                "The city database cannot be read, cities stay as they were: %s. "
                "Set EVENTLENS_CITY_DATABASE to a readable .mmdb file, or to nothing.",
                wrong,
            )
            return False
        logger.info("City database %s opened, built at %s.", self.path, self.reader.metadata().build_epoch)
        return True

    def find(self, address: str) -> Location:
        """Where an address is; the address has to be valid."""
        if self.reader is None:
            return NOWHERE
        try:
            record = self.reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            return NOWHERE  # a damaged record, or an IPv6 address in a file of IPv4: the country is still known
        return location(record) if isinstance(record, dict) else NOWHERE


def location(record: dict[str, object]) -> Location:
    """Read GeoLite2-City's shape, which DB-IP and others share."""
    country = record.get("country")
    code = country.get("iso_code") if isinstance(country, dict) else None
    regions = record.get("subdivisions")
    region = regions[0] if isinstance(regions, list) and regions else None
    return Location(code if isinstance(code, str) else "", name(region), name(record.get("city")))


def name(place: object) -> str:
    names = place.get("names") if isinstance(place, dict) else None
    found = names.get(LANGUAGE) if isinstance(names, dict) else None
    return found if isinstance(found, str) else ""
