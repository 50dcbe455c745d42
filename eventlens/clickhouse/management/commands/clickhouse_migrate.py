"""`manage.py clickhouse_migrate`: bring ClickHouse's tables up to date."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eventlens.clickhouse import migrations, people
from eventlens.clickhouse.errors import ClickHouseError


class Command(BaseCommand):
    help = "Apply the numbered files of clickhouse_migrations/ that have not been applied yet."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--plan", action="store_true", help="show what would be applied, change nothing")
        mode.add_argument("--check", action="store_true", help="end with status 1 if something is not applied")
        mode.add_argument("--fake", action="store_true", help="enter the files in the ledger without running them")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.run(**options)
        except migrations.MigrationError as wrong:
            raise CommandError(str(wrong)) from wrong
        except ClickHouseError as wrong:
            raise CommandError(f"ClickHouse: {wrong} (check CLICKHOUSE_URL)") from wrong

    def run(self, *, plan: bool, check: bool, fake: bool, **_: Any) -> None:
        migrations.prepare()
        todo = migrations.pending(migrations.files())
        if not todo:
            self.stdout.write("ClickHouse: nothing to apply.")
        for migration in todo:
            if plan or check:
                self.stdout.write(f"ClickHouse: {migration.name} is not applied.")
                continue
            migrations.apply(migration, fake=fake)
            self.stdout.write(f"ClickHouse: {migration.name} {'entered' if fake else 'applied'}.")
        if check and todo:
            raise CommandError("Run: manage.py clickhouse_migrate", returncode=1)
        if not (plan or check or fake):
            people.prepare()
