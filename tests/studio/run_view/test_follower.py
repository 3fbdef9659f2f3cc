"""Following a run over time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from persistence.approvals import ApprovalRecord
from persistence.halts import HaltItem
from persistence.run_records import RunRecord, RunSummary, RunTotals
from runtime.errors import Unavailable
from runtime.ids import HaltId, RunId, SpecName
from runtime.status import RunStatus
from studio.run_view.follower import CLIENT_EVERY, LARGE_PAUSE, PAUSE, Reading, follow
from studio.run_view.view import RunView
from tasks.control.halts import HaltRecord
from tests.fakes import FakeClock
from tests.studio.run_view.frames import START, ended, finished, numbered, running, started

RUN = RunId("r1")
WHOLE = numbered(started("a"), running("a", 0), finished("a", 0, 50), ended(60))


def row(status: RunStatus) -> RunRecord:
    return RunRecord(
        summary=RunSummary(
            run_id=RUN, spec_name=SpecName("demo"), spec_version_id=None, parent_run_id=None, task_id=None,
            status=status, halted=status == "halted", error=None, totals=RunTotals(), duration_ms=None,
            created_at=START, started_at=START, completed_at=None, created_by=None, created_by_name="ann",
            owner_user_id=None,
        ),
        session_id=None, inputs={}, final_state=None, crumbs=[], dispatch=None,
    )  # fmt: skip


def halt(*, proved: bool) -> HaltRecord:
    item = HaltItem(
        halt_id=HaltId("h1"), run_id=RUN, prior_status="running", requested_at=START, acknowledged_at=START,
        cancelled_at=None, last_effect_at=START, proved_at=START if proved else None,
        state="proved" if proved else "acknowledged",
    )  # fmt: skip
    return HaltRecord(
        id=HaltId("h1"),
        scope="run",
        reason="drill",
        actor_name="ann",
        requested_at=START,
        items=(item,),
    )


class Story:
    """Answers the n-th look with the n-th chapter; the last one stays."""

    def __init__(
        self,
        *chapters: Sequence[Mapping[str, Any]] | Exception,
        rows: Sequence[RunRecord] = (row("running"),),
        halts: Sequence[HaltRecord | None] = (None,),
    ) -> None:
        self._chapters, self._rows, self._halts = list(chapters), list(rows), list(halts)
        self.asked: list[int] = []

    async def frames(self, after: int) -> Sequence[Mapping[str, Any]]:
        self.asked.append(after)
        chapter = self._chapters.pop(0) if len(self._chapters) > 1 else self._chapters[0]
        if isinstance(chapter, Exception):
            raise chapter
        return [each for each in chapter if each["seq"] > after]

    async def record(self) -> RunRecord:
        return self._rows.pop(0) if len(self._rows) > 1 else self._rows[0]

    async def halt(self) -> HaltRecord | None:
        return self._halts.pop(0) if len(self._halts) > 1 else self._halts[0]

    async def approvals(self) -> Sequence[ApprovalRecord]:
        return ()


async def readings(
    story: Story, *, clock: FakeClock | None = None, watched: Sequence[bool] = (), limit: int = 200
) -> list[Reading]:
    left = list(watched)

    async def is_watched() -> bool:
        return left.pop(0) if left else True

    seen: list[Reading] = []
    clock = clock or FakeClock(datetime(2024, 1, 2, 15, 0, tzinfo=UTC))
    async for reading in follow(RunView(run_id=RUN), story, clock=clock, is_watched=is_watched):
        seen.append(reading)
        if len(seen) == limit:
            break
    return seen


async def test_a_finished_run_is_read_once() -> None:
    seen = await readings(Story(WHOLE, rows=[row("completed")]))

    assert [(each.view.status, each.freshness) for each in seen] == [("completed", "live")]


async def test_it_asks_for_what_comes_after_what_it_has() -> None:
    story = Story(WHOLE[:2], WHOLE[:2], WHOLE, rows=[row("running"), row("completed")])

    seen = await readings(story)

    assert story.asked == [0, 2, 2]
    assert list(dict.fromkeys(each.view.seq for each in seen)) == [2, 4]
    assert seen[-1].is_final


async def test_a_late_joiner_says_that_it_is_catching_up() -> None:
    first = (await readings(Story(WHOLE[:3], WHOLE, rows=[row("running"), row("completed")])))[0]

    assert first.freshness == "catching up"


async def test_a_source_that_does_not_answer_makes_it_stale_and_then_live_again() -> None:
    seen = await readings(
        Story(WHOLE[:1], *[Unavailable("no")] * 6, WHOLE, rows=[row("running"), row("completed")])
    )

    assert [(each.freshness, each.stale_seconds) for each in seen] == [
        ("live", 0),
        ("stale", 0),
        ("stale", 1),
        ("live", 0),
    ]


async def test_a_gap_is_waited_for_and_then_crossed() -> None:
    holey = [WHOLE[0], *WHOLE[2:]]

    seen = await readings(Story(holey, rows=[row("completed")]))

    assert list(dict.fromkeys(each.freshness for each in seen)) == ["catching up", "live"]
    assert (seen[-1].view.status, seen[-1].view.lost) == ("completed", 1)


async def test_a_gap_that_is_filled_in_time_loses_nothing() -> None:
    seen = await readings(Story([WHOLE[0], *WHOLE[2:]], WHOLE, rows=[row("completed")]))

    assert (seen[-1].view.status, seen[-1].view.lost) == ("completed", 0)


async def test_a_halted_run_is_followed_until_the_halt_is_proved() -> None:
    over = numbered(started("a"), running("a", 0), ended(60, "halted"))
    story = Story(
        over, rows=[row("halted")], halts=[halt(proved=False), halt(proved=False), halt(proved=True)]
    )

    seen = await readings(story)

    assert [each.is_final for each in seen] == [False, True]
    assert len(story.asked) == 3


async def test_the_halt_is_read_as_soon_as_the_row_says_halted() -> None:
    story = Story(WHOLE[:2], rows=[row("halted")], halts=[halt(proved=False)])

    seen = await readings(story, limit=1)

    assert (seen[0].view.status, seen[0].halt) == ("running", halt(proved=False))
    assert not seen[0].is_final


async def test_it_ends_when_nobody_watches() -> None:
    story = Story(WHOLE[:1])

    await readings(story, watched=[True, False])

    assert len(story.asked) == 1 + 2 * CLIENT_EVERY / PAUSE


async def test_a_run_that_is_over_without_a_terminal_frame_is_given_up_after_a_while() -> None:
    seen = await readings(Story(WHOLE[:1], rows=[row("error")]))

    assert (seen[-1].silent, seen[-1].is_final, seen[-1].view.ended) == (True, True, False)


async def test_a_longer_axis_is_a_new_reading_though_nothing_has_happened() -> None:
    seen = await readings(Story(WHOLE[:2]), watched=[True, True, False])

    assert len({replace(each, stale_seconds=0).view.seq for each in seen}) == 1
    assert len(seen) > 2


async def test_a_large_graph_is_read_less_often() -> None:
    clock = FakeClock(START)
    many = numbered(started(*(f"n{n}" for n in range(500))))

    await readings(Story(many), clock=clock, watched=[False])

    assert set(clock.slept) == {LARGE_PAUSE}
