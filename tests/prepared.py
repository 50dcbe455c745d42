"""`python -m tests.prepared`: the tables of a product and its first client, in one process; prints the client.

Three of the product's commands do the same, but most of what a command takes is its start.
"""

import os

import django
from django.conf import settings
from django.core.management import call_command

from eventlens.embedded import prepare


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventlens.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    prepare.wait_for("ClickHouse", settings.EVENTLENS.clickhouse_url, prepare.clickhouse_answers)
    call_command("clickhouse_migrate", verbosity=0)
    call_command("create_client", project="demo", type="root", create_project=True, json=True)


if __name__ == "__main__":
    main()
