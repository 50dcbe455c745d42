"""The API document's entries of retention, lifecycle and stickiness."""

from collections.abc import Mapping

from eventlens.apidocs.operations import Parameter, Schema, a_list, an_object
from insights.asking.vocabulary import DAY_INTERVALS
from insights.described import parameters as given
from insights.described.answers import COUNT, DATE, NUMBER, TEXT, with_query
from insights.described.question import Question
from insights.retention import lifecycle, retention, stickiness
from insights.retention import people as retention_people

YES_OR_NO: Schema = {"type": "boolean"}
NUMBERS: Schema = a_list({"type": "integer", "minimum": 0})


def filters(name: str, description: str) -> Parameter:
    return Parameter(
        name,
        description,
        given.json_text(given.FILTERS),
        given.ADDRESS_FILTERS,
        in_body=given.FILTERS,
        body_example=given.BODY_FILTERS,
    )


def described(definitions: Mapping[str, str], *optional: str, **typed: Schema) -> Schema:
    """Rows of what is defined, numbers unless told otherwise."""
    return with_query(a_list(an_object(*columns(definitions, optional, typed))))


def beside(definitions: Mapping[str, str], **typed: Schema) -> Schema:
    """The same, with what compare adds."""
    row, required = columns(definitions, (), typed)
    change: Schema = {"type": ["object", "null"], "additionalProperties": {"type": ["number", "null"]}}
    compare: dict[str, Schema] = {
        "previous": {"anyOf": [an_object(row), {"type": "null"}], "description": definitions["compare.previous"]},
        "change": {**change, "description": definitions["compare.change"]},
    }
    return with_query(a_list(an_object({**row, "compare": an_object(compare)}, required)))


def columns(
    definitions: Mapping[str, str], optional: tuple[str, ...], typed: Mapping[str, Schema]
) -> tuple[dict[str, Schema], tuple[str, ...]]:
    """The columns of a row, and the names of those that are always there."""
    known = {name: words for name, words in definitions.items() if "." not in name}
    row = {name: {**typed.get(name, NUMBER), "description": words} for name, words in known.items()}
    return row, tuple(name for name in known if name not in optional)


PERIOD = given.choice("period", "The length of a period; day unless told.", DAY_INTERVALS, "week")
START_EVENT = Parameter("startEvent", "What makes a cohort; any event unless told.", TEXT, "page_view")
RETURN_EVENT = Parameter("returnEvent", "What counts as coming back; any event unless told.", TEXT, "purchase")
MODE = given.choice(
    "mode", "In that period, or in it or a later one; on unless told.", retention.MODES, "on_or_after"
)
COHORT = given.choice("cohort", "Which start event counts; first_ever unless told.", retention.COHORTS, "recurring")
OF_RETENTION = (
    *given.SCOPE,
    PERIOD,
    START_EVENT,
    filters("startFilters", "Conditions that a start event must meet as well."),
    RETURN_EVENT,
    filters("returnFilters", "Conditions that a return event must meet as well."),
    given.whole("minimum", "The least number of return events in a period.", 1, retention.MOST_OCCURRENCES, 1),
    MODE,
    COHORT,
    Parameter("breakdown", "A dimension of the start event that cohorts are divided by.", TEXT, "country"),
    given.whole(
        "top",
        "How many values of the breakdown; the others are one.",
        1,
        retention.MOST_VALUES,
        retention.DEFAULT_VALUES,
    ),
)
CELL = (
    Parameter("cohortDate", "The cohort, as retention names it.", DATE, "2024-01-01", required=True),
    given.whole("periodNumber", "The period; 0 is the whole cohort.", 0, retention.MOST_PERIODS, 0),
    Parameter("value", "With a breakdown, whose cohort.", TEXT, "DE"),
    given.flag("isOther", "1 takes those of all values but the largest, instead of a value.", is_on=False),
)
INTERVAL = given.choice("interval", "The length of a period; day unless told.", DAY_INTERVALS, "week")
EVENT = Parameter("event", "What counts as being active; any event unless told.", TEXT, "purchase")
MAXIMUM = given.whole(
    "maximum", "The largest number of events in it; 0 is without limit.", 0, stickiness.MOST_EVENTS, 0
)

QUESTIONS = {
    "Retention": Question(
        "retention",
        "How many of those who came in a period came back later",
        described(
            retention.DEFINITIONS,
            "breakdown",
            "isOther",
            cohortDate=DATE,
            complete=YES_OR_NO,
            breakdown=TEXT,
            isOther=YES_OR_NO,
        ),
        [
            {
                "cohortDate": "2024-01-01",
                "periodNumber": 0,
                "retainedUsers": 2,
                "cohortSize": 2,
                "retentionRate": 100,
                "complete": True,
            }
        ],
        OF_RETENTION,
        "Cohorts without anyone are left out.",
    ),
    "RetentionPeople": Question(
        "retentionPeople",
        "The people behind a cell of retention",
        described(retention_people.DEFINITIONS, id=TEXT, kind={"enum": ["profile", "device"]}, periods=NUMBERS),
        [{"id": "42", "kind": "profile", "periods": [0, 2]}],
        (*CELL, *OF_RETENTION),
        "Who came back in the most periods first.",
    ),
    "Lifecycle": Question(
        "lifecycle",
        "Who is new, returns, comes back after a break, or stays away",
        beside(lifecycle.DEFINITIONS, date=DATE, complete=YES_OR_NO, **dict.fromkeys(lifecycle.STATES, COUNT)),
        [
            {
                "date": "2024-01-01",
                "new": 12,
                "returning": 30,
                "resurrecting": 4,
                "dormant": 9,
                "complete": True,
            }
        ],
        (*given.SCOPE, INTERVAL, EVENT, given.COMPARE),
        "Every period is present and counts whole, in the project's time zone.",
    ),
    "Stickiness": Question(
        "stickiness",
        "In how many days, weeks or months persons are active",
        beside(stickiness.DEFINITIONS, activePeriods=COUNT, uniqueVisitors=COUNT),
        [{"activePeriods": 1, "uniqueVisitors": 30, "percentage": 75}],
        (
            *given.SCOPE,
            INTERVAL,
            EVENT,
            given.flag("cumulative", "1 counts those who were active in as many periods or more."),
            given.whole(
                "minimum", "The least number of events that make a period active.", 1, stickiness.MOST_EVENTS, 1
            ),
            MAXIMUM,
            given.COMPARE,
        ),
        "A row for every possible number of periods.",
    ),
}
