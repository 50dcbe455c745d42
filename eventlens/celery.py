"""The Celery application: broker, delivery policy and the beat's timetable."""

import os

from celery import Celery, signals
from django.conf import settings
from kombu import Queue
from kombu.transport.redis import Channel

from eventlens.queues import CHORES, STORING

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventlens.settings")

# Tasks that a lost connection leaves in hand are not put back: the beat sends new ones, and the attempt, over the
# connection that is gone, has ended whole workers ("'NoneType' object has no attribute 'hostname'").
Channel.do_restore = False

app = Celery("eventlens")
app.conf.update(
    broker_url=settings.EVENTLENS.redis_url,
    broker_connection_retry_on_startup=True,
    # A task names a shard or a tick, never an event: losing or repeating one costs nothing but time.
    broker_transport_options={
        "visibility_timeout": 3600,
        "global_keyprefix": "eventlens:celery:",
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
    },
    task_ignore_result=True,
    task_queues=[Queue(STORING), Queue(CHORES)],
    task_default_queue=CHORES,
    task_routes={"ingestion.tasks.drain": {"queue": STORING}, "ingestion.tasks.wake": {"queue": STORING}},
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    beat_schedule_filename=str(settings.EVENTLENS.data_dir / "beat-schedule"),
    beat_schedule={
        "drain": {"task": "ingestion.tasks.wake", "schedule": 2.0, "options": {"expires": 10}},
        "rollup": {
            "task": "ingestion.tasks.roll_up_sessions",
            "schedule": float(settings.EVENTLENS.rollup_seconds),
            "options": {"expires": 30},
        },
        "quarantine": {"task": "ingestion.tasks.keep_quarantine", "schedule": 10.0, "options": {"expires": 30}},
        "people": {
            "task": "ingestion.tasks.roll_up_people",
            "schedule": float(settings.EVENTLENS.rollup_seconds),
            "options": {"expires": 30},
        },
        "days": {"task": "ingestion.tasks.sum_up_days", "schedule": 60.0, "options": {"expires": 60}},
        "erasures": {"task": "ingestion.tasks.erase", "schedule": 5.0, "options": {"expires": 10}},
        "retention": {"task": "ingestion.tasks.enforce_retention", "schedule": 60.0, "options": {"expires": 60}},
        "cohorts": {"task": "insights.tasks.refresh_cohorts", "schedule": 60.0, "options": {"expires": 60}},
        "old-cohorts": {"task": "insights.tasks.sweep_cohorts", "schedule": 3600.0, "options": {"expires": 600}},
        "salts": {"task": "ingestion.tasks.rotate_salts", "schedule": 600.0, "options": {"expires": 300}},
    },
)


@signals.setup_logging.connect
def keep_logging(**_: object) -> None:
    """That somebody listens keeps Celery from a logging of its own: the settings' one holds."""


app.autodiscover_tasks(["ingestion", "insights"])
