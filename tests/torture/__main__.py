"""`make torture`: a long storm. A seed, printed first, makes the same drawings and moments again."""

import sys
import tempfile
import time
from pathlib import Path

from tests.integration.installation import Installation
from tests.torture.storm import LEASE, weather


def main(runs: int, seed: int) -> None:
    """Have the storm and say how it went."""
    sys.stdout.write(f"seed {seed}\n")
    with tempfile.TemporaryDirectory() as folder:
        made = Installation.start(Path(folder), f"sqlite:///{folder}/studio.db", lease=LEASE)
        try:
            storm = weather(made, runs=runs, seed=seed, told=_told)
        finally:
            made.stop()
    killed = sum(item.killed_at is not None for item in storm.halted.values())
    queued = sum(item.acknowledged_at is None for item in storm.halted.values())
    sys.stdout.write(
        f"{runs} runs: {len(storm.halted)} halted and proved ({killed} with a process killed, {queued} before they began), "
        f"{storm.ended} had ended before. No law was broken.\n"
    )


def _told(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time()))
