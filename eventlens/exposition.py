"""GET /metrics: for the operator's monitoring, and for nobody else."""

import ipaddress
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import redis
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from eventlens import api, metrics
from eventlens.clickhouse.errors import ClickHouseError

logger = logging.getLogger(__name__)
# What comes through a proxy comes from anywhere, however near the proxy itself is.
PROXIED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_CLIENT_IP", "HTTP_VIA")


class Everything(Collector):
    """All sources, one after the other; a store that is away takes its own metrics along and no other."""

    def collect(self) -> Iterator[Metric]:
        for source in metrics.SOURCES:
            try:
                yield from source()
            except (redis.RedisError, DatabaseFailure, ClickHouseError) as away:
                logger.warning("Metrics: %s is left out: %s", source.__name__, away)


def metrics_page(request: HttpRequest) -> HttpResponse:
    """Whoever may not read it learns no more than that there is no such route."""
    if not may_read(request.META):
        return api.not_found(request, Http404())
    registry = CollectorRegistry()
    registry.register(Everything())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def may_read(meta: Mapping[str, Any]) -> bool:
    """By the address of the socket itself; a socket without addresses is a proxy's."""
    if any(name in meta for name in PROXIED):
        return False
    try:
        peer = ipaddress.ip_address(str(meta.get("REMOTE_ADDR", "")))
    except ValueError:
        return False
    if isinstance(peer, ipaddress.IPv6Address) and peer.ipv4_mapped:
        peer = peer.ipv4_mapped
    return any(peer in network for network in settings.EVENTLENS.metrics_allowed)
