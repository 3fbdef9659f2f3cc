"""What the agents' watchdog halts, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runtime.watchdog import Policy, Verdict, Watched, judge, last_sign, silent_for
from tests.fakes import EPOCH

SECOND = timedelta(seconds=1)
THRESHOLD = 300.0
AGENTS = Policy(desk="agent", enabled=True, stall_threshold_seconds=THRESHOLD)


def pending(seconds: float) -> Watched:
    return Watched(run_id="r", status="pending", asked_at=EPOCH - seconds * SECOND)


def running(seconds: float, *, step: float | None = None) -> Watched:
    return Watched(
        run_id="r",
        status="running",
        asked_at=EPOCH - (seconds + 5) * SECOND,
        started_at=EPOCH - seconds * SECOND,
        last_frame_at=None if step is None else EPOCH - step * SECOND,
    )


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (pending(599), None),
        (pending(601), "watchdog:pending_stalled"),
        (running(299), None),
        (running(301), "watchdog:stalled"),
        (running(4000, step=299), None),
        (running(4000, step=301), "watchdog:stalled"),
    ],
)
def test_a_pending_run_may_wait_twice_the_threshold_and_a_running_one_be_silent_for_it(
    run: Watched, reason: str | None
) -> None:
    expected = [] if reason is None else [Verdict(run_id="r", reason=reason)]

    assert judge([run], EPOCH, AGENTS) == expected


def test_runs_of_workflows_have_reasons_of_their_own() -> None:
    policy = Policy(desk="workflow", enabled=True, stall_threshold_seconds=THRESHOLD)

    reasons = [verdict.reason for verdict in judge([pending(601), running(301)], EPOCH, policy)]

    assert reasons == ["watchdog:workflow_pending_stalled", "watchdog:workflow_stalled"]


def test_a_threshold_below_thirty_seconds_counts_as_thirty() -> None:
    hasty = Policy(desk="agent", enabled=True, stall_threshold_seconds=1)

    assert judge([running(29)], EPOCH, hasty) == []
    assert judge([running(31)], EPOCH, hasty)


@pytest.mark.parametrize(
    "at", ["2024-01-02T14:59:30+00:00", "2024-01-02T09:59:30-05:00", "2024-01-02T14:59:30"]
)
def test_the_time_of_a_crumb_is_an_iso_text_in_any_zone(at: str) -> None:
    run = Watched(
        run_id="r", status="running", asked_at=EPOCH - 4000 * SECOND, crumbs=[{"node": "a", "at": at}]
    )

    assert silent_for(run, EPOCH) == 30 * SECOND


@pytest.mark.parametrize("crumb", [{}, {"at": None}, {"at": "yesterday"}, {"at": 12}])
def test_a_crumb_without_a_readable_time_says_nothing(crumb: dict[str, object]) -> None:
    start = EPOCH - 10 * SECOND
    run = Watched(run_id="r", status="running", asked_at=start - SECOND, started_at=start, crumbs=[crumb])

    assert last_sign(run) == start


def test_the_newest_sign_counts_whatever_the_order() -> None:
    crumbs = [{"at": (EPOCH - seconds * SECOND).isoformat()} for seconds in (50, 20, 90)]
    run = Watched(
        run_id="r",
        status="running",
        asked_at=EPOCH - 200 * SECOND,
        started_at=EPOCH - 100 * SECOND,
        crumbs=crumbs,
        last_frame_at=EPOCH - 40 * SECOND,
    )

    assert last_sign(run) == EPOCH - 20 * SECOND


def test_a_healthy_run_of_twenty_minutes_is_never_halted() -> None:
    start = EPOCH
    for minute in range(20):
        now = start + timedelta(minutes=minute)
        run = Watched(
            run_id="r",
            status="running",
            asked_at=start,
            started_at=start,
            crumbs=[{"at": start.isoformat()}],
            last_frame_at=now - timedelta(minutes=4),
        )
        assert judge([run], now, AGENTS) == []


def test_a_sign_from_a_clock_that_is_ahead_is_no_stall() -> None:
    assert silent_for(running(-30), EPOCH) == timedelta()


@pytest.mark.parametrize("status", ["pending", "running", "waiting"])
def test_with_the_kill_switch_engaged_every_run_is_halted_for_its_reason(status: str) -> None:
    run = Watched(run_id="r", status=status, asked_at=EPOCH)  # pyright: ignore[reportArgumentType]
    engaged = Policy(desk="agent", enabled=True, stall_threshold_seconds=THRESHOLD, switch_reason="Storm")

    assert judge([run], EPOCH, engaged) == [Verdict(run_id="r", reason="Storm")]


def test_a_run_that_waits_for_a_person_is_not_stalled() -> None:
    run = Watched(run_id="r", status="waiting", asked_at=EPOCH - timedelta(days=3))

    assert judge([run], EPOCH, AGENTS) == []


def test_a_watchdog_that_is_switched_off_halts_nothing() -> None:
    off = Policy(desk="agent", enabled=False, stall_threshold_seconds=THRESHOLD, switch_reason="Storm")

    assert judge([running(4000)], EPOCH, off) == []
