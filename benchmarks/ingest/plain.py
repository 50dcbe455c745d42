"""The plain way as an application: Django with benchmarks.ingest.plain_track as its only routes."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventlens.settings")
settings.ROOT_URLCONF = "benchmarks.ingest.plain_track"
application = get_wsgi_application()
