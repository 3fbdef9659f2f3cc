"""The tree of processes: what crashes comes back, and what is ended is ended, with all it has started."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from studio.launch.supervisor import GRACE_SECONDS
from tests.launch import tree_program

WAIT = 20.0
# Says its process id into a file, then waits to be ended.
SLEEPER = "import os, signal; open('{name}', 'a').write(f'{{os.getpid()}}\\n'); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER
# Starts a grandchild in its own group, as a worker starts its pool.
PARENT = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', {grandchild!r}]); " + SLEEPER


def sleeper(name: str) -> str:
    return f"{name}={SLEEPER.format(name=name)}"


def stubborn(name: str) -> str:
    return f"{name}={STUBBORN.format(name=name)}"


@dataclass(slots=True, kw_only=True)
class Tree:
    """A running `tree_program`."""

    folder: Path
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list[str])
    handles: dict[int, int] = field(default_factory=dict[int, int])

    def until(self, text: str) -> str:
        """Read what it prints up to a line that contains `text`."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if text in line:
                return line.strip()
        raise AssertionError(f"ended without {text!r}: {self.lines}")

    def pids(self, name: str, count: int = 1) -> list[int]:
        """The process ids a child has written; waits until there are so many."""
        path = self.folder / name
        with subprocess.Popen(
            ["sh", "-c", f'until [ "$(cat {name} 2>/dev/null | wc -l)" -ge {count} ]; do sleep 0.02; done'],
            cwd=self.folder,
        ) as waiter:
            waiter.wait(timeout=WAIT)
        pids = [int(line) for line in path.read_text().split()]
        for pid in pids:
            if pid not in self.handles and Path(f"/proc/{pid}").exists():
                self.handles[pid] = os.pidfd_open(pid)
        return pids

    def has_ended(self, pid: int) -> bool:
        """Wait for the end of a process that is not our child."""
        ready, _, _ = select.select([self.handles[pid]], [], [], WAIT)
        return bool(ready)

    def finish(self) -> str:
        """Wait for its end and return all it has printed."""
        rest, _ = self.process.communicate(timeout=WAIT)
        return "\n".join([*self.lines, rest])


Grow = Callable[..., Tree]


@pytest.fixture
def grow(tmp_path: Path) -> Iterator[Grow]:
    trees: list[Tree] = []

    def start(*children: str, grace_seconds: float = GRACE_SECONDS) -> Tree:
        program = [sys.executable, "-m", tree_program.__name__, str(tmp_path), str(grace_seconds), *children]
        tree = Tree(
            folder=tmp_path,
            process=subprocess.Popen(program, stdout=subprocess.PIPE, text=True, start_new_session=True),
        )
        trees.append(tree)
        tree.until("up")
        return tree

    yield start
    for tree in trees:
        if tree.process.poll() is None:
            tree.process.kill()
            tree.process.wait()
        if tree.process.stdout is not None:
            tree.process.stdout.close()
        for handle in tree.handles.values():
            os.close(handle)


def test_a_killed_child_is_started_again_and_that_is_said(grow: Grow) -> None:
    tree = grow(sleeper("worker"))
    (first,) = tree.pids("worker")

    os.kill(first, signal.SIGKILL)

    assert tree.until("restarted") == "worker ended with code -9, restarted (1)"
    assert tree.pids("worker", 2)[1] != first


def test_a_child_that_keeps_failing_is_started_again_ever_more_slowly(grow: Grow) -> None:
    tree = grow("web=import sys; sys.exit(3)")

    assert tree.until("restarted (1)") == "web ended with code 3, restarted (1)"
    assert tree.until("restarted (3)") == "web ended with code 3, restarted (3)"
    assert tree.until("again in 2 s").startswith("web ended with code 3, is started again in 2 s. Its log: ")


@pytest.mark.parametrize("request_to_stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_stop_ends_every_child_and_says_so(grow: Grow, request_to_stop: signal.Signals) -> None:
    tree = grow(sleeper("redis"), sleeper("worker"), sleeper("web"))
    pids = [tree.pids(name)[0] for name in ("redis", "worker", "web")]

    tree.process.send_signal(request_to_stop)
    printed = tree.finish()

    assert "Stopping" in printed
    assert ": redis, worker, web." in printed
    assert tree.process.returncode == 0
    assert all(tree.has_ended(pid) for pid in pids)


def test_a_child_that_ignores_the_request_is_killed_and_named(grow: Grow) -> None:
    tree = grow(stubborn("worker"), sleeper("web"))
    (pid,) = tree.pids("worker")
    tree.pids("web")

    tree.process.send_signal(signal.SIGTERM)
    printed = tree.finish()

    assert "worker did not end when asked, and was killed." in printed
    assert "web did not end" not in printed
    assert tree.has_ended(pid)


def test_a_second_interrupt_does_not_wait_for_a_stubborn_child(grow: Grow) -> None:
    tree = grow(stubborn("worker"), grace_seconds=1000)
    tree.pids("worker")

    tree.process.send_signal(signal.SIGINT)
    tree.until("Stopping")
    tree.process.send_signal(signal.SIGINT)

    assert "worker did not end when asked, and was killed." in tree.finish()


def test_nothing_outlives_a_killed_supervisor_not_even_a_stubborn_grandchild(grow: Grow) -> None:
    grandchild = STUBBORN.format(name="grandchild")
    tree = grow(f"worker={PARENT.format(grandchild=grandchild, name='worker')}", sleeper("web"))
    pids = [tree.pids(name)[0] for name in ("worker", "grandchild", "web")]

    tree.process.kill()
    tree.process.wait()

    assert [tree.has_ended(pid) for pid in pids] == [True, True, True]


def test_a_crashed_child_takes_what_it_had_started_with_it(grow: Grow) -> None:
    grandchild = STUBBORN.format(name="grandchild")
    tree = grow(f"worker={PARENT.format(grandchild=grandchild, name='worker')}")
    orphan = tree.pids("grandchild")[0]

    os.kill(tree.pids("worker")[0], signal.SIGKILL)
    tree.until("restarted (1)")

    assert tree.has_ended(orphan)


def test_a_child_that_ends_while_starting_is_a_problem_with_its_last_words(tmp_path: Path) -> None:
    source = (
        "import sys\n"
        "from pathlib import Path\n"
        "from studio.launch.children import ChildSpec\n"
        "from studio.launch.problems import LaunchProblem\n"
        "from studio.launch.supervisor import Supervisor\n"
        "folder = Path(sys.argv[1])\n"
        "with Supervisor(logs=folder, say=print) as supervisor:\n"
        "    child = supervisor.start(ChildSpec(name='web', cwd=folder, environment={},\n"
        "        command=(sys.executable, '-c', 'raise SystemExit(\"no such table\")')))\n"
        "    try:\n"
        "        supervisor.wait_until(lambda: False, what='never', needs=[child], seconds=10)\n"
        "    except LaunchProblem as problem:\n"
        "        print(problem)\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", source, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )

    assert "The web process ended with code 1 while starting." in ran.stdout
    assert "no such table" in ran.stdout
    assert ran.stderr == ""
