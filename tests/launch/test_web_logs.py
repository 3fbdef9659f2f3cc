"""The web server's own lines follow the format of all others."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from studio.launch.ports import LOOPBACK, free_port
from studio.launch.processes import web_command
from studio.launch.workspace import Workspace
from tests.integration.installation import PATIENCE, ROOT, eventually


def lines_of(server_log: Path, command: tuple[str, ...]) -> list[str]:
    """Serve the tiny application until the server says that it listens, and return what it wrote."""
    with server_log.open("wb") as out:
        server = subprocess.Popen(
            [*command[:-1], "tests.launch.tiny_app:app"], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        eventually(lambda: "Listening" in server_log.read_text())
    finally:
        server.terminate()
    server.wait(timeout=PATIENCE)
    return server_log.read_text().splitlines()


def command() -> tuple[str, ...]:
    return web_command(Workspace(root=ROOT, home=ROOT, port=1), host=LOOPBACK, port=free_port())


def test_for_programs_each_line_is_an_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALPHASWARM_LOG_FORMAT", "json")

    told = [json.loads(line) for line in lines_of(tmp_path / "log", command())]

    assert {"at", "level", "logger", "message"} <= told[0].keys()
    assert any("Listening" in each["message"] for each in told)


def test_for_people_it_stays_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALPHASWARM_LOG_FORMAT", raising=False)

    assert "--log-config" not in command()
