"""Places and ports that cannot be used are refused in one sentence each."""

from __future__ import annotations

import os
import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from studio.launch.ports import free_port, require_free
from studio.launch.problems import LaunchProblem
from studio.launch.workspace import Workspace, require_room, require_writable

Usage = namedtuple("Usage", "total used free")


def test_home_and_port_have_defaults_and_can_be_chosen(tmp_path: Path) -> None:
    plain = Workspace.from_environment({})
    chosen = Workspace.from_environment({"ALPHASWARM_HOME": str(tmp_path), "ALPHASWARM_PORT": "9000"})

    assert (plain.home, plain.port) == (plain.root / ".alphaswarm", 8321)
    assert (chosen.home, chosen.base_url) == (tmp_path, "http://127.0.0.1:9000")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "8321 ", "٣"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(LaunchProblem, match=r"ALPHASWARM_PORT is .*, which is not a port"):
        Workspace.from_environment({"ALPHASWARM_PORT": port})


def test_a_taken_port_is_named_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(LaunchProblem, match=f"Port {port} .* taken .* ALPHASWARM_PORT="):
            require_free(port)

    require_free(port)


def test_a_free_port_can_be_listened_on() -> None:
    require_free(free_port())


def test_a_place_that_is_a_file_cannot_be_the_home(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(LaunchProblem, match=r"Nothing can be written to .*file.*ALPHASWARM_HOME"):
        require_writable(tmp_path / "file", variable="ALPHASWARM_HOME")


def test_a_read_only_file_system_cannot_be_the_home() -> None:
    with pytest.raises(LaunchProblem, match="Nothing can be written to /proc/alphaswarm"):
        require_writable(Path("/proc/alphaswarm"), variable="ALPHASWARM_HOME")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told_as_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", lambda dir: Path("/dev/full").open("wb"))  # noqa: SIM115

    with pytest.raises(LaunchProblem, match="No space left on device"):
        require_writable(tmp_path)


def test_too_little_room_is_told_in_megabytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 5, 100 * 1024 * 1024))

    with pytest.raises(LaunchProblem, match=r"Only 100 MB are free .* 2,500 MB are needed"):
        require_room(tmp_path, mebibytes=2500)
    require_room(tmp_path, mebibytes=100)


def test_the_home_is_made_where_it_is_missing(tmp_path: Path) -> None:
    require_writable(tmp_path / "a" / "b")

    assert os.listdir(tmp_path / "a" / "b") == []
