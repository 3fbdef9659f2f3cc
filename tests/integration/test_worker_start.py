"""A worker that starts before what it needs is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NewDatabase
from tests.integration.installation import Installation, eventually


@pytest.fixture
def fresh(new_database: NewDatabase, tmp_path: Path) -> Iterator[Installation]:
    """An installation on SQLite that no worker has been started in."""
    made = Installation.start(tmp_path, new_database("sqlite"))
    yield made
    made.stop()


def test_a_worker_that_cannot_open_its_checkpoints_is_counted_once_it_can(fresh: Installation) -> None:
    in_the_way = fresh.settings.home / "checkpoints.db"
    in_the_way.mkdir()
    worker = fresh.launch_worker(processes=1)
    eventually(lambda: "cannot open what it needs" in fresh.log_end())
    assert not fresh.presence()

    in_the_way.rmdir()

    eventually(fresh.presence)
    assert fresh.stop_worker(worker) == 0
