"""The plain way, to compare with: one Celery task an event, which stores it by an insert of its own."""

import os

import django
from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventlens.settings")
django.setup()

app = Celery("plain", broker=settings.EVENTLENS.redis_url)
app.conf.update(task_ignore_result=True, task_default_queue="plain", worker_hijack_root_logger=False)


@app.task(name="plain.store")
def store(event: dict[str, object]) -> None:
    import msgspec

    from analytics.directory import find_project
    from eventlens.clickhouse import client
    from ingestion.door.accepted import AcceptedEvent
    from ingestion.enrichment import enrich
    from ingestion.storing.rows import columns

    accepted = msgspec.convert(list(event.values()), AcceptedEvent)
    if project := find_project(accepted.project_id):
        client.insert("events", columns([enrich(accepted, project)]), token=f"plain:{accepted.event_id}")
