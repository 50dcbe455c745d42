"""The people behind a cell of retention: who they are, and in which periods they came back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking import periods
from insights.asking.filter_reading import shown
from insights.asking.parameters import Given
from insights.people import who
from insights.retention import retention, sql
from insights.retention.retention import MOST_PERIODS, persons_sql

QUESTION = "retention/people"
DEFINITIONS = {
    "id": "The id that stands for all of a person's; of who is known by none, the device.",
    "kind": "What the id is of: a profile or a device.",
    "periods": "The numbers of the periods in which the person came back, since the cohort's own, which is 0.",
}


@dataclass(frozen=True)
class Params(retention.Params):
    """A cell; with a breakdown `value` says whose cohort, or `is_other` that it is of all but the largest values."""

    cohort_date: str = ""
    period_number: int = 0
    value: str = ""
    is_other: bool = False

    @property
    def cohort_number(self) -> int:
        return dates(self).index(self.cohort_date)


def dates(params: retention.Params) -> list[str]:
    """The periods of the range as an answer of retention names them."""
    return [periods.local_day(start, params.scope.timezone).isoformat() for start in params.boundaries[:-1]]


def read(given: Given) -> Params:
    asked = retention.read(given)
    params = Params(
        **vars(asked),
        cohort_date=given.text("cohortDate"),
        period_number=given.whole("periodNumber", 0, 0, MOST_PERIODS),
        value=given.text("value"),
        is_other=given.flag("isOther"),
    )
    known = dates(asked)
    if params.cohort_date not in known:
        allowed = f"{known[0]} to {known[-1]}" if known else "none, for the range has not begun"
        given.problem(
            "cohortDate",
            f"cohortDate cannot be {shown(params.cohort_date)}; allowed: the first day of a period of the range, "
            f"{allowed}.",
        )
    if params.value and not params.breakdown:
        given.problem("value", "A value needs the breakdown that it is of; name a dimension.")
    if params.is_other and (params.value or not params.breakdown):
        given.problem("isOther", "isOther needs a breakdown, and stands instead of a value; leave one of them out.")
    return params


def people_sql(params: Params, largest: Sequence[str] = ()) -> Sql:
    """`largest` are the values that the others are without."""
    retained = (
        "has(distances, {distance:Int32})" if params.mode == "on" else "arrayMax(distances) >= {distance:Int32}"
    )
    return compose(
        sql.PEOPLE,
        {"cohort": params.cohort_number},
        distances=sql.DISTANCES,
        persons=persons_sql(params),
        entered=entered_sql(params, largest),
        retained=Sql(retained, {"distance": params.period_number}),
        page=params.scope.page(),
    )


def entered_sql(params: Params, largest: Sequence[str]) -> Sql:
    if not params.breakdown:
        return Sql("has(cohorts, cohort)")
    if not params.is_other:
        return Sql("has(cohorts, (cohort, {value:String}))", {"value": params.value})
    others = "arrayExists(one -> one.1 = cohort AND NOT has({largest:Array(String)}, one.2), cohorts)"
    return Sql(others, {"largest": list(largest)})


def largest_sql(params: Params) -> Sql:
    return compose(sql.LARGEST, {"top": params.top}, persons=persons_sql(params))


def shape(rows: Sequence[Mapping[str, Any]], names: Mapping[int, Mapping[str, str]]) -> list[dict[str, Any]]:
    return [{**names[row["someone"]], "periods": list(row["distances"])} for row in rows if row["someone"] in names]


def answer(params: Params) -> list[dict[str, Any]]:
    comment = f"{params.scope.project}:{QUESTION}"
    largest = client.query(largest_sql(params), comment=comment) if params.is_other else []
    rows = client.query(people_sql(params, [row["value"] for row in largest]), comment=comment)
    return shape(rows, who.named(params.scope, [row["someone"] for row in rows], QUESTION))
