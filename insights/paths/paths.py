"""Paths: which pages and events follow each other, step by step, as nodes and links of a Sankey diagram."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventlens.clickhouse import client
from insights.paths.reading import KINDS, Params
from insights.paths.sql import items_sql, paths_sql

DEFINITIONS = {
    "paths": "Persons, or sessions, that have a path: one item at least, and the start or end if one is asked.",
    "nodes": "An item at its step; the largest first.",
    "links": "An item and the one that follows it at the next step; the largest first.",
    "step": "Counted from 1: from the start, or, with an end, backwards from the end.",
    "kind": "page: a path of page views; event: a name of other events; group: one of the groupings.",
    "count": "Persons, or sessions, who are there at that step, or who take that link.",
    "dropOff": "Those of them who do nothing after it; with an end, nothing before it.",
    "medianSeconds": "The median time from the item's first event to the first one of the item that follows.",
    "totalNodes": "All nodes, also those that are too small or too many to be shown.",
    "totalLinks": "All links, likewise.",
}
# Whole arrays of every entity of a block are in memory at once; more than fits of all is written to disk meanwhile.
SETTINGS = {"max_block_size": 8192, "max_bytes_before_external_group_by": 400_000_000}


def shape(rows: Sequence[Mapping[str, Any]], names: Mapping[int, str], params: Params) -> dict[str, Any]:
    """`names` are the items by their hashes; rows whose events were erased since they were counted have none."""
    # Hashes have put those of equal size into an order that says nothing.
    shown = sorted((row for row in rows if is_named(row, names)), key=lambda row: order_of(row, names))
    nodes = [row for row in shown if row["isShown"] and not row["isLink"]]
    links = [row for row in shown if row["isLink"]]
    return {
        "paths": rows[0]["paths"] if rows else 0,
        "nodes": [
            {
                "id": node_id(row["step"], names[row["item"]]),
                "step": row["step"],
                "kind": KINDS[names[row["item"]][0]],
                "name": names[row["item"]][1:],
                "count": row["count"],
                "dropOff": row["ended"],
            }
            for row in nodes
        ],
        "links": [shape_link(row, names, is_backward=bool(params.end)) for row in links],
        "totalNodes": rows[0]["totalNodes"] if rows else 0,
        "totalLinks": rows[0]["totalLinks"] if rows else 0,
    }


def is_named(row: Mapping[str, Any], names: Mapping[int, str]) -> bool:
    return row["item"] in names and (not row["isLink"] or row["follower"] in names)


def order_of(row: Mapping[str, Any], names: Mapping[int, str]) -> tuple[int, int, str, str]:
    return -row["count"], row["step"], names[row["item"]], names.get(row["follower"], "")


def shape_link(row: Mapping[str, Any], names: Mapping[int, str], *, is_backward: bool) -> dict[str, Any]:
    """In the order of time, whichever way steps are counted."""
    near, far = node_id(row["step"], names[row["item"]]), node_id(row["step"] + 1, names[row["follower"]])
    source, target = (far, near) if is_backward else (near, far)
    return {"source": source, "target": target, "count": row["count"], "medianSeconds": row["wait"] / 1000}


def node_id(step: int, item: str) -> str:
    return f"{step}:{KINDS[item[0]]}:{item[1:]}"


def answer(params: Params) -> dict[str, Any]:
    comment = f"{params.scope.project}:paths"
    rows = client.query(paths_sql(params), comment=comment, settings=SETTINGS)
    hashes = sorted({row[name] for row in rows for name in ("item", "follower")} - {0})
    named = client.query(items_sql(params, hashes), comment=comment) if hashes else []
    return shape(rows, {row["hash"]: row["item"] for row in named}, params)
