"""A training on a real worker is halted in the middle of an episode: what the record says is what the machine does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from runtime.rl.checkpoint import load_checkpoint
from tasks.control.desks import desk_events, get_desk_run, start_desk_run
from tasks.control.experiments import checkpoint_bytes, halt_all
from tasks.control.halts import recent_halts
from tests.conftest import NewDatabase
from tests.integration.installation import Installation, check_story, eventually

SLOW: dict[str, Any] = {
    "name": "slow",
    "market": {
        "symbols": ["AAPL", "KO", "XOM"],
        "start": "2005-01-01",
        "end": "2015-12-31",
        "rebalance_days": 1,
        "episode_days": 504,
    },
    "algorithm": {"name": "evolution", "pairs": 16},
    "budget": {"episodes": 10_000, "checkpoint_every": 1},
}
"""One episode is a second or so of nothing but arithmetic, so a halt practically always comes in the middle of one."""

NURSERY = b"tasks.worker.hosts.nursery"


@pytest.fixture(scope="module")
def installation(
    new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """On one kind of database only: that halts are the same on both is shown elsewhere."""
    made = Installation.start(tmp_path_factory.mktemp("home"), new_database("sqlite"))
    yield made
    made.stop()


def test_a_training_is_halted_mid_episode_with_its_last_checkpoint_and_no_process_left(
    served: Installation,
) -> None:
    control, ann = served.control, served.admin
    run_id = start_desk_run(control, ann, "rl", {"experiment": SLOW}).run_id
    eventually(lambda: (get_desk_run(control, ann, run_id).record.result or {}).get("checkpoint"))
    (worker,) = served.workers
    busy = eventually(lambda: busiest(worker.pid))

    halted = halt_all(control, ann, "Drill")
    eventually(lambda: get_desk_run(control, ann, run_id).record.summary.closed_at)

    assert halted.run_ids == (run_id,)
    view = get_desk_run(control, ann, run_id)
    assert (view.shown, view.record.summary.error) == ("halted", "Drill")
    assert view.record.summary.completed_at is not None
    assert recent_halts(control, ann)[0].proved
    assert not is_alive(busy)
    kept = load_checkpoint(checkpoint_bytes(control, ann, run_id))
    assert view.record.result is not None
    assert 0 < kept.episodes == view.record.result["checkpoint"]["episodes"] < 10_000
    frames = [{**event.frame, "seq": event.seq} for event in desk_events(control, ann, run_id)]
    check_story(frames)

    # The worker takes other work, and the halted run says nothing more.
    quick = SLOW | {"budget": {"episodes": 1}}
    again = start_desk_run(control, ann, "rl", {"experiment": quick}).run_id
    eventually(lambda: get_desk_run(control, ann, again).record.summary.closed_at)
    assert get_desk_run(control, ann, again).shown == "completed"
    assert len(desk_events(control, ann, run_id)) == len(frames)


def busiest(worker: int) -> int | None:
    """Return the host below a worker that has computed most, once it has for half a second; None until then."""
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            parents[int(stat.parent.name)] = int(fields[1])
            spent[int(stat.parent.name)] = int(fields[11])
    hosts = [pid for pid in parents if _is_below(pid, worker, parents) and _is_host(pid, parents)]
    enough = os.sysconf("SC_CLK_TCK") // 2
    return max((pid for pid in hosts if spent[pid] > enough), key=spent.__getitem__, default=None)


def is_alive(pid: int) -> bool:
    """Tell whether there is such a process that can still do something; a zombie cannot."""
    stat = Path(f"/proc/{pid}/stat")
    with suppress(OSError):
        return stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def _is_below(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid in parents:
        pid = parents[pid]
        if pid == ancestor:
            return True
    return False


def _is_host(pid: int, parents: dict[int, int]) -> bool:
    """Tell whether it was forked by a nursery: it has its command line."""
    with suppress(OSError):
        return NURSERY in _command(pid) and NURSERY in _command(parents[pid])
    return False


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
