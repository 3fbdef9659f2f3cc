"""What one look decides, after any silence."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.scheduling.misfire import MOST_AT_ONCE, Due, MisfirePolicy, due
from runtime.scheduling.timing import Timing, occurrences
from tests.runtime.scheduling.test_timing import CHANGES, EXPRESSIONS, cron, every

START = datetime(2026, 6, 1, tzinfo=UTC)
HOURLY = cron("0 * * * *", "UTC")


def look(hours: float, policy: MisfirePolicy, *, most: int = 10, timing: Timing = HOURLY) -> Due:
    return due(timing, START, START + timedelta(hours=hours), policy=policy, most=most)


def hours_of(decision: Due) -> list[float]:
    return [(slot - START) / timedelta(hours=1) for slot in decision.slots]


@pytest.mark.parametrize(
    ("hours", "policy", "expected", "skipped"),
    [
        (0.5, "all", [], False),
        (1.0, "skip", [1], False),
        (1.01, "skip", [1], False),
        (1.5, "skip", [], True),
        (5.0, "skip", [5], True),
        (5.5, "once", [5], True),
        (5.0, "once", [5], True),
        (1.5, "once", [1], False),
        (5.5, "all", [1, 2, 3, 4, 5], False),
        (5.0, "all", [1, 2, 3, 4, 5], False),
    ],
)
def test_each_policy_after_a_silence(
    hours: float, policy: MisfirePolicy, expected: list[float], skipped: bool
) -> None:
    decision = look(hours, policy)

    assert hours_of(decision) == expected
    assert decision.skipped is skipped


def test_all_runs_the_newest_up_to_its_limit_oldest_first() -> None:
    decision = look(50.5, "all", most=3)

    assert hours_of(decision) == [48, 49, 50]
    assert decision.skipped


def test_whatever_was_skipped_is_dealt_with() -> None:
    decision = look(5.5, "skip")

    assert decision.last_slot == START + timedelta(hours=5)
    assert decision.next_slot == START + timedelta(hours=6)
    assert due(HOURLY, decision.last_slot, START + timedelta(hours=5.6), policy="all").slots == ()


def test_a_look_before_the_first_slot_changes_nothing() -> None:
    decision = look(0.5, "once")

    assert (decision.last_slot, decision.next_slot) == (START, START + timedelta(hours=1))


def test_a_clock_that_went_back_runs_nothing_twice() -> None:
    decision = due(HOURLY, START, START - timedelta(hours=3), policy="all")

    assert (decision.slots, decision.last_slot) == ((), START)
    assert decision.next_slot == START + timedelta(hours=1)


def test_ten_years_of_silence_are_decided_at_once() -> None:
    decision = due(every(10), START, START + timedelta(days=3650), policy="all", most=1000)

    assert len(decision.slots) == MOST_AT_ONCE + 7
    assert decision.slots[-1] == decision.last_slot == START + timedelta(days=3650)
    assert decision.skipped


def test_slots_on_time_do_not_count_against_the_limit_for_missed_ones() -> None:
    decision = due(every(10), START, START + timedelta(seconds=50), policy="all", most=1)

    assert len(decision.slots) == 5
    assert not decision.skipped


def test_a_rare_time_is_found_years_ahead() -> None:
    assert look(1.0, "all", timing=cron("0 12 29 2 *", "UTC")).next_slot == datetime(
        2028, 2, 29, 12, tzinfo=UTC
    )


@settings(max_examples=60, deadline=None)
@given(
    timing=st.one_of(
        st.builds(cron, st.sampled_from(EXPRESSIONS), st.sampled_from(["Europe/Berlin", "America/New_York"])),
        st.builds(every, st.sampled_from([600, 3600, 7000])),
    ),
    change=st.sampled_from(CHANGES),
    gaps=st.lists(st.integers(1, 600), min_size=1, max_size=30),
)
def test_however_one_looks_every_slot_runs_exactly_once(
    timing: Timing, change: datetime, gaps: list[int]
) -> None:
    start = change - timedelta(hours=30)
    now, last, ran = start, start, []
    for gap in gaps:
        now += timedelta(minutes=gap)
        decision = due(timing, last, now, policy="all", most=MOST_AT_ONCE)
        ran += decision.slots
        last = decision.last_slot

    expected = []
    for slot in occurrences(timing, start):
        if slot > now:
            break
        expected.append(slot)
    assert ran == expected


@settings(max_examples=60, deadline=None)
@given(
    policy=st.sampled_from(["skip", "once", "all"]),
    silence=st.integers(0, 10_000),
    most=st.integers(-1, 200),
    expression=st.sampled_from(EXPRESSIONS),
)
def test_no_policy_runs_what_is_not_due(
    policy: MisfirePolicy, silence: int, most: int, expression: str
) -> None:
    timing, now = cron(expression), START + timedelta(minutes=silence)

    decision = due(timing, START, now, policy=policy, most=most)

    assert list(decision.slots) == sorted(set(decision.slots))
    assert all(START < slot <= now for slot in decision.slots)
    assert START <= decision.last_slot <= max(now, START)
    assert decision.next_slot is not None
    assert decision.next_slot > now
