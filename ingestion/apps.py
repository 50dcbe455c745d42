"""The Django app that takes events in and stores them; it has no models."""

from django.apps import AppConfig


class IngestionConfig(AppConfig):
    name = "ingestion"
