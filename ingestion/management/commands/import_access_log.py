"""`manage.py import_access_log FILE --project ID`: page views out of an Apache or nginx log."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from analytics.directory import ProjectRecord, find_project
from eventlens.api import Unavailable
from ingestion.log_import import Report, import_log

MOST_SHOWN = 10


class Command(BaseCommand):
    help = "Import the page views of an access log in the combined format, plain or gzip. It may be run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the log, plain or .gz")
        parser.add_argument("--project", required=True, help="the id of the project that the page views are of")

    def handle(self, *args: Any, **options: Any) -> None:
        file, project = options["file"], find_project(options["project"])
        if project is None:
            raise CommandError(
                f"There is no project {options['project']!r}; create it in the admin or by create_client."
            )
        try:
            self.report(self.imported(file, project))
        except OSError as wrong:
            raise CommandError(f"{file} cannot be read: {wrong.strerror or wrong}") from wrong
        except Unavailable as away:
            raise CommandError(
                f"{away.detail} Redis is not reachable or full; run the same command again later."
            ) from away

    def imported(self, file: Path, project: ProjectRecord) -> Report:
        with tqdm(total=file.stat().st_size, unit="B", unit_scale=True, desc=file.name) as bar:
            return import_log(file, project, lambda position: bar.update(position - bar.n))

    def report(self, report: Report) -> None:
        if not report.lines:
            self.stdout.write("Nothing new: every line of this file was imported before.")
            return
        new = report.views - report.repeated
        self.stdout.write(
            f"{report.lines:,} lines: {new:,} page views accepted, {report.others:,} other requests passed over, "
            f"{report.repeated:,} accepted before, {len(report.bad):,} unusable."
        )
        for problem in report.bad[:MOST_SHOWN]:
            self.stdout.write(f"  {problem}")
        if len(report.bad) > MOST_SHOWN:
            self.stdout.write(f"  … and {len(report.bad) - MOST_SHOWN:,} more")
