"""How processes write their logs: one line an entry, on standard error, without personal data."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# Of the request that this thread answers; '' outside of one. eventlens.request_ids sets it.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class TextFormatter(logging.Formatter):
    """For people: the request's id stands behind the logger's name."""

    def format(self, record: logging.LogRecord) -> str:
        record.request = f" [{current}]" if (current := request_id.get()) else ""
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """For machines: one JSON object a line; a traceback is one of its fields."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "requestId": request_id.get(),
            "traceback": self.formatException(record.exc_info) if record.exc_info else "",
        }
        return json.dumps({name: value for name, value in entry.items() if value}, ensure_ascii=False)


class RoutesForPaths(logging.Filter):
    """Django's lines about requests name their paths, which may hold a person's id; routes take their place."""

    def filter(self, record: logging.LogRecord) -> bool:
        match = getattr(getattr(record, "request", None), "resolver_match", None)
        if isinstance(record.args, tuple) and len(record.args) == 2:
            record.args = (record.args[0], match.route if match else "an unknown route")
        return True


FORMATTERS: dict[str, dict[str, Any]] = {
    "text": {"()": TextFormatter, "fmt": "%(asctime)s %(levelname)s %(name)s%(request)s: %(message)s"},
    "json": {"()": JsonFormatter},
}


def config(level: str, form: str) -> dict[str, Any]:
    """A dictConfig for the whole product; `form` is a key of FORMATTERS."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": dict(FORMATTERS[form])},
        "filters": {"routes": {"()": RoutesForPaths}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR", "filters": ["routes"]},
            # A lost connection is told once, by whoever needed it.
            "clickhouse_driver.connection": {"level": "ERROR"},
            # They would tell of every task.
            "celery": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
        },
    }
