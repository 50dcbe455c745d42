"""The same as for ingestion: whoever operates the product sees what ingestion does."""

from tests.ingestion.conftest import configure, log, shop

__all__ = ["configure", "log", "shop"]
