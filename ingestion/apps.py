"""The Django app that takes events in and stores them; its one model is the quarantine."""

from django.apps import AppConfig


class IngestionConfig(AppConfig):
    name = "ingestion"
    verbose_name = "Events"

    def ready(self) -> None:
        from eventlens import metrics
        from ingestion import measures

        for source in (measures.queue, measures.quarantine, measures.memory):
            metrics.register(source)
