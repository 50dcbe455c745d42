"""ClickHouse's and its driver's errors as ours, translated once, by code."""

from clickhouse_driver import errors as driver

Codes = driver.ErrorCodes


class ClickHouseError(Exception):
    """Something ClickHouse could not do; `code` is ClickHouse's number, 0 where there is none."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class ClickHouseUnavailable(ClickHouseError):
    """It cannot be reached, or cannot take work at the moment; the same call may succeed later."""


class QueryTimeout(ClickHouseError):
    """The query ran longer than it may."""


class QueryTooExpensive(ClickHouseError):
    """The query needs more memory, rows or result rows than it may use."""

    @property
    def what(self) -> str:
        """What there is too much of, in words."""
        return WHAT.get(self.code, "work")


class QueryRejected(ClickHouseError):
    """ClickHouse refuses the statement or its data; repeating it will not help."""


TIMEOUTS = {Codes.TIMEOUT_EXCEEDED, Codes.TOO_SLOW}
EXPENSIVE = {
    Codes.MEMORY_LIMIT_EXCEEDED,
    Codes.TOO_MANY_ROWS,
    Codes.TOO_MANY_BYTES,
    Codes.TOO_MANY_ROWS_OR_BYTES,
    Codes.SET_SIZE_LIMIT_EXCEEDED,
    Codes.TOO_LARGE_ARRAY_SIZE,
    Codes.TOO_LARGE_STRING_SIZE,
    Codes.TOO_BIG_AST,
    Codes.TOO_DEEP_AST,
    Codes.TOO_DEEP_RECURSION,
    Codes.TOO_DEEP_SUBQUERIES,
    Codes.QUERY_IS_TOO_LARGE,
}
WHAT = {
    Codes.MEMORY_LIMIT_EXCEEDED: "memory",
    Codes.TOO_MANY_ROWS: "rows to read",
    Codes.TOO_MANY_BYTES: "bytes to read",
    Codes.TOO_MANY_ROWS_OR_BYTES: "rows in its answer",
}
PASSING = {
    Codes.TOO_MANY_SIMULTANEOUS_QUERIES,
    Codes.NO_FREE_CONNECTION,
    Codes.TOO_MANY_PARTS,
    Codes.NOT_ENOUGH_SPACE,
    Codes.CANNOT_ALLOCATE_MEMORY,
    Codes.TABLE_IS_READ_ONLY,
    Codes.QUERY_WAS_CANCELLED,
}


def translated(error: driver.Error) -> ClickHouseError:
    """Our error for the driver's; the message is ClickHouse's own without its stack trace."""
    message = str(error.message).split("Stack trace:")[0].strip()
    code = int(error.code or 0)
    if isinstance(error, (driver.NetworkError, driver.SocketTimeoutError)):
        return ClickHouseUnavailable(message, code)
    if code in TIMEOUTS:
        return QueryTimeout(message, code)
    if code in EXPENSIVE:
        return QueryTooExpensive(message, code)
    if code in PASSING:
        return ClickHouseUnavailable(message, code)
    return QueryRejected(message, code)
