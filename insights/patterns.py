"""Is a text a regular expression as ClickHouse knows them? ClickHouse itself is asked."""

from eventlens.clickhouse import client
from eventlens.clickhouse.errors import QueryRejected
from eventlens.clickhouse.sql import Sql
from insights.filters import PATTERN_OPERATORS

CHECK = "SELECT match('', {pattern:String})"


def problem_of_pattern(operator: str, value: object) -> str:
    """What is wrong with the value of an operator that takes a pattern; empty if nothing is."""
    if operator not in PATTERN_OPERATORS:
        return ""
    try:
        client.query(Sql(CHECK, {"pattern": str(value)}), comment="pattern")
    except QueryRejected:
        return "This is no regular expression in RE2 syntax; see https://github.com/google/re2/wiki/Syntax."
    return ""
