"""The command line becomes a worker or the scheduler: real processes that do their work and end when told to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from studio.cli.app import app
from studio.cli.commands import processes
from studio.launch.workspace import Workspace
from tasks.control.runs import start_run
from tasks.halt.keys import BEAT_KEY
from tests.integration.installation import PATIENCE, ROOT, Installation, eventually


def start(installation: Installation, *words: str) -> subprocess.Popen[bytes]:
    """Start a command in the installation that its environment names."""
    with (installation.settings.home / f"{words[0]}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "studio.cli", *words],
            cwd=ROOT,
            env=installation.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def test_a_worker_of_the_command_line_executes_runs_and_ends_when_told(installation: Installation) -> None:
    worker = start(installation, "worker", "--processes", "1")
    try:
        eventually(lambda: len(installation.presence()) == 1)
        run_id = start_run(installation.control, installation.admin, "quick", {}).run_id
        assert installation.ended(run_id).shown == "completed"
    finally:
        worker.terminate()
    assert worker.wait(timeout=PATIENCE) == 0


def test_the_scheduler_of_the_command_line_rings_and_a_worker_hears_it(served: Installation) -> None:
    scheduler = start(served, "beat")
    try:
        eventually(lambda: served.control.redis.exists(BEAT_KEY))
    finally:
        scheduler.terminate()
    assert scheduler.wait(timeout=PATIENCE) == 0


def test_without_a_built_front_end_web_and_up_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Workspace(root=tmp_path, home=tmp_path, port=1)
    monkeypatch.setattr(processes.Workspace, "from_environment", lambda: elsewhere)

    for command in ("web", "up"):
        result = CliRunner().invoke(app, [command])
        assert result.exit_code == 3, result.output
        assert "make run" in result.output
