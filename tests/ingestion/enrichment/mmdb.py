"""A city database in MaxMind's format, written small: the shape that operators' files have."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import NamedTuple

METADATA_START = b"\xab\xcd\xefMaxMind.com"
UINT16, UINT32, UINT64 = 5, 6, 9
Tree = list[list[int | None]]


class Number(NamedTuple):
    """A number of the width that readers expect in its place."""

    kind: int
    value: int


def write(path: Path, networks: Mapping[str, object]) -> None:
    """Put a file with these records in place of `path`, by a move, as updaters do it."""
    nodes: Tree = [[None, None]]
    data = b""
    records: list[tuple[int, int, int]] = []
    for network, record in networks.items():
        records.append((*leaf(nodes, bits_of(ip_network(network))), len(data)))
        data += encoded(record)
    count = len(nodes)
    values = [[count if child is None else child for child in node] for node in nodes]
    for node, side, offset in records:
        values[node][side] = count + 16 + offset
    tree = b"".join(child.to_bytes(3, "big") for node in values for child in node)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(tree + bytes(16) + data + METADATA_START + encoded(metadata(count)))
    fresh.replace(path)


def bits_of(network: IPv4Network | IPv6Network) -> str:
    """The network's path through a tree of IPv6, in which IPv4 lies below ::/96."""
    width, before = (32, "0" * 96) if network.version == 4 else (128, "")
    return before + f"{int(network.network_address):0{width}b}"[: network.prefixlen]


def leaf(nodes: Tree, bits: str) -> tuple[int, int]:
    """The node and side at the end of the path, made where it does not exist."""
    node = 0
    for bit in map(int, bits[:-1]):
        child = nodes[node][bit]
        if child is None:
            nodes.append([None, None])
            child = nodes[node][bit] = len(nodes) - 1
        node = child
    return node, int(bits[-1])


def metadata(count: int) -> dict[str, object]:
    return {
        "binary_format_major_version": Number(UINT16, 2),
        "binary_format_minor_version": Number(UINT16, 0),
        "build_epoch": Number(UINT64, 1_780_000_000),
        "database_type": "Test-City",
        "description": {"en": "For tests"},
        "ip_version": Number(UINT16, 6),
        "languages": ["en"],
        "node_count": Number(UINT32, count),
        "record_size": Number(UINT16, 24),
    }


def encoded(value: object) -> bytes:
    """A value in the format's own encoding: type and size, then the content."""
    if isinstance(value, str):
        text = value.encode()
        return control(2, len(text)) + text
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encoded(key) + encoded(item) for key, item in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(map(encoded, value))
    if isinstance(value, Number):
        size = (value.value.bit_length() + 7) // 8
        return control(value.kind, size) + value.value.to_bytes(size, "big")
    raise TypeError(f"mmdb.py cannot write a {type(value).__name__}; teach encoded() its type.")


def control(kind: int, size: int) -> bytes:
    """One byte; kinds above 7 are told in a second one."""
    assert size < 29
    return bytes([size, kind - 7]) if kind > 7 else bytes([kind << 5 | size])
