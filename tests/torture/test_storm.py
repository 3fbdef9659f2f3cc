"""A sample of what `make torture` does: random halts in random graphs, and no law broken."""

from __future__ import annotations

from pathlib import Path

from tests.integration.installation import Installation
from tests.torture.storm import LEASE, weather


def test_no_law_is_broken_by_forty_halts_at_random_moments(tmp_path: Path, sqlite_url: str) -> None:
    made = Installation.start(tmp_path, sqlite_url, lease=LEASE)
    try:
        storm = weather(made, runs=40, seed=20_240_102)
    finally:
        made.stop()

    assert len(storm.halted) + storm.ended == 40
    assert len(storm.halted) > 10
