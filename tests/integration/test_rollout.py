"""A flip on a real installation: its checks ask the real database, the real worker and the real switch."""

from __future__ import annotations

from persistence import migrate
from tasks.control.rollout.rollout import flip, preflight
from tasks.control.settings import settings_in_force
from tasks.control.workers import note_beat
from tests.integration.installation import Installation

PROPAGATION = "orchestration_kill_propagation_enabled"


def test_without_a_worker_the_check_says_so(installation: Installation) -> None:
    [found] = [
        check
        for check in preflight(installation.control, installation.admin, [PROPAGATION])
        if check.name == "workers"
    ]

    assert not found.ok
    assert "No worker answered" in found.evidence


def test_halt_fan_out_is_flipped_back_and_on_again_behind_its_checks(served: Installation) -> None:
    note_beat(served.control)

    flip(served.control, served.admin, {PROPAGATION: False}, "drill: back")
    assert not settings_in_force(served.control).live.orchestration_kill_propagation_enabled
    done = flip(served.control, served.admin, {PROPAGATION: True}, "drill: on")

    found = {check.name: (check.ok, check.evidence) for check in done.checks}
    assert found.keys() == {"regression", "watchdog", "migration", "kill-switch", "workers", "beat"}
    assert all(ok for ok, _ in found.values())
    assert migrate.head() in found["migration"][1]
    assert "1 of 1 workers" in found["workers"][1]
