"""Address to country, from the database that the package geoip2fast brings along."""

import os
from functools import cache
from pathlib import Path
from typing import Protocol, cast

DATA_FILE = "geoip2fast-ipv6.dat.gz"  # both families, countries only; about 55 MiB once loaded
# geoip2fast sets these for the whole process and its children when it is imported.
MEDDLED = ("PYTHONWARNINGS", "PYTHONIOENCODING")


class Detail(Protocol):
    country_code: str


class Database(Protocol):
    def lookup(self, ipaddr: str) -> Detail: ...


def country_of(address: str) -> str:
    """ISO 3166 alpha-2 in capitals, '' for an address that the database does not know."""
    code = database().lookup(address).country_code
    return code if len(code) == 2 and code.isalpha() else ""


@cache
def database() -> Database:
    """Loaded on first use, so that a process that never asks does not hold it."""
    before = {name: os.environ.get(name) for name in MEDDLED}
    import geoip2fast

    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    # By its full path: a bare name would be looked for in the working directory first, and the file is a pickle.
    path = Path(geoip2fast.__file__).with_name(DATA_FILE)
    return cast(Database, geoip2fast.GeoIP2Fast(geoip2fast_data_file=str(path)))
