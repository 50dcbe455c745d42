"""The Django app that brings the clickhouse_migrate command; it has no models."""

from django.apps import AppConfig


class ClickHouseConfig(AppConfig):
    name = "eventlens.clickhouse"
    label = "clickhouse"
