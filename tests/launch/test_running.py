"""One studio per workspace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from studio.launch.running import WorkspaceLock, address_of_running, already

HOLDER = (
    "import sys; from pathlib import Path; from studio.launch.running import WorkspaceLock;"
    "lock = WorkspaceLock(home=Path(sys.argv[1]), address='http://127.0.0.1:9'); print(lock.take(), flush=True);"
    "sys.stdin.read()"
)


def test_a_second_start_is_told_the_address_of_the_first(tmp_path: Path) -> None:
    with WorkspaceLock(home=tmp_path, address="http://127.0.0.1:9000") as first:
        assert first.take()

        second = WorkspaceLock(home=tmp_path, address="http://127.0.0.1:9001")

        assert not second.take()
        assert address_of_running(tmp_path) == "http://127.0.0.1:9000"
        assert "already running" in already("http://127.0.0.1:9000")


def test_a_studio_that_has_ended_is_not_running(tmp_path: Path) -> None:
    with WorkspaceLock(home=tmp_path, address="a longer address than the next") as first:
        assert first.take()
    assert address_of_running(tmp_path) is None

    with WorkspaceLock(home=tmp_path, address="short") as next_one:
        assert next_one.take()
        assert address_of_running(tmp_path) == "short"


def test_a_killed_studio_leaves_no_lock(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "True"
        assert address_of_running(tmp_path) == "http://127.0.0.1:9"
        holder.kill()

    assert address_of_running(tmp_path) is None


def test_a_workspace_that_never_ran_is_not_running(tmp_path: Path) -> None:
    assert address_of_running(tmp_path / "nowhere") is None
