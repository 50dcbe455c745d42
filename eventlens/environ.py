"""A request from the event loop in the words that Django, authentication and addresses know: those of WSGI."""

import ipaddress
from collections.abc import Iterable, MutableMapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

Scope = MutableMapping[str, Any]
Meta = dict[str, Any]
UNPREFIXED = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


def meta_of(scope: Scope) -> Meta:
    """The headers by their WSGI names, and the address of the socket."""
    meta: Meta = {}
    for name, value in scope["headers"]:
        key = meta_name(name)
        if key in meta:
            # Two lengths never get here; of everything else two headers mean one with a comma.
            meta[key] = f"{meta[key]},{value.decode('latin-1')}"
        elif key:
            meta[key] = value.decode("latin-1")
    client = scope.get("client")
    meta["REMOTE_ADDR"] = client[0] if client else ""
    return meta


@lru_cache(maxsize=1024)
def meta_name(header: bytes) -> str:
    """'' for a name with an underscore: it would pass for one with a hyphen, which a proxy may vouch for."""
    if b"_" in header:
        return ""
    return UNPREFIXED.get(header) or "HTTP_" + header.decode("latin-1").upper().replace("-", "_")


def environ_of(scope: Scope, meta: Meta) -> dict[str, Any]:
    """The whole environment but for the body."""
    server = scope.get("server") or ("localhost", 80)
    return {
        **meta,
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope.get("raw_path") or scope["path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme_of(scope, meta),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def scheme_of(scope: Scope, meta: Meta) -> str:
    """A proxy on the same machine is believed that it speaks HTTPS to the outside."""
    if meta.get("HTTP_X_FORWARDED_PROTO") == "https" and is_loopback(meta["REMOTE_ADDR"]):
        return "https"
    return str(scope["scheme"])


@lru_cache(maxsize=1024)
def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def asgi_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def lines_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """As they are sent."""
    return b"".join(part for name, value in headers for part in (name, b": ", value, b"\r\n"))
