"""How processes write their logs: one line an entry, on standard error, without personal data."""

from typing import Any


def logging(level: str) -> dict[str, Any]:
    """A dictConfig for the whole product."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            # A lost connection is told once, by whoever needed it.
            "clickhouse_driver.connection": {"level": "ERROR"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }
