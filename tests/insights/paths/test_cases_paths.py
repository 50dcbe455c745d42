"""What another product's published tests expect of paths, asked of us."""

from typing import Any

import pytest

from insights.paths import paths
from insights.paths.reading import Group, Params
from tests.insights import cases
from tests.insights.cases import Case, asked
from tests.insights.histories import scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

# The source cuts the slash at a path's end off; ours are as they were sent, unless a grouping says otherwise.
WITHOUT_SLASH = tuple(Group(name, pattern=f"^{name}/?$") for name in ("/about", "/pricing"))


def edge(link: dict[str, Any]) -> tuple[str, str]:
    """A link's ends as the source writes them."""
    step, _, name = link["source"].split(":", 2)
    after, _, follower = link["target"].split(":", 2)
    return f"{step}_{name}", f"{after}_{follower}"


@asked("paths")
def test_paths(case: Case) -> None:
    query = case["query"]
    params = Params(
        scope(cases.project_of(case), *cases.span(case), limit=query["edge_limit"]),
        include="events" if query.get("items") == "custom_events" else "pages",
        depth=query["max_steps"],
        start=f"p{query['start']}" if "start" in query else "",
        groupings=WITHOUT_SLASH,
    )

    links = paths.answer(params)["links"]

    expected = {(one["source"], one["target"]): one for one in case["expected"]["edges"]}
    assert {edge(link): link["count"] for link in links} == {ends: one["value"] for ends, one in expected.items()}
    # The source gives the mean; all pauses of a link are equal where it does.
    for link in links:
        assert link["medianSeconds"] == expected[edge(link)].get("avg_seconds", link["medianSeconds"])
