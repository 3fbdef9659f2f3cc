"""A supervisor over tiny children, run as a program by the tests: `tree_program.py FOLDER GRACE_SECONDS CHILD…`.

A child is `name=python source`; it is started by this Python. Prints `up` when all are started.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from studio.launch.children import ChildSpec
from studio.launch.supervisor import Stopped, Supervisor


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(folder: Path, grace_seconds: float, children: list[str]) -> None:
    with Supervisor(logs=folder, say=say, grace_seconds=grace_seconds) as supervisor:
        for child in children:
            name, _, source = child.partition("=")
            command = (sys.executable, "-c", source)
            supervisor.start(ChildSpec(name=name, command=command, environment=dict(os.environ), cwd=folder))
        say("up")
        try:
            supervisor.run()
        except Stopped:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
