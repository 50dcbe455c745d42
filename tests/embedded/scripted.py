"""The supervisor over programs that a test scripts: `python -m tests.embedded.scripted FOLDER ROWS-AS-JSON`."""

import json
import sys
from pathlib import Path

from eventlens.embedded import supervision
from eventlens.embedded.console import Console
from eventlens.embedded.programs import WELCOME, Program


def main(folder: Path, rows: list[list[str]]) -> int:
    programs = [
        Program(name, group, (sys.executable, "-c", script), is_step=kind == "step")
        for name, group, kind, script in rows
    ]
    return supervision.run(programs, folder, Console(1, [program.name for program in programs], [WELCOME]))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
