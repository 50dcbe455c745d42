"""How fast events are enriched. Django is set up here, before the modules that need it are imported."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventlens.settings")
django.setup()
