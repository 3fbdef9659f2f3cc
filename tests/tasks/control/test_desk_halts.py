"""Halting a part of a desk: which runs that is is found as they are halted, and the others are left alone."""

from __future__ import annotations

from dataclasses import replace

from persistence.desk_runs import DeskRunRepository
from runtime.ids import RunId, UserId
from tasks.access import Actor, Role
from tasks.control.context import Control
from tasks.control.halts import halt_status
from tasks.control.paper import stop_all
from tasks.control.reaper import reap
from tasks.halt.keys import halt_all_key
from tasks.worker.paper_session import PAPER_SESSION
from tests.tasks.broken_database import BrokenDatabase
from tests.tasks.control.test_halts import published  # noqa: F401  a fixture
from tests.tasks.desk_rows import queued, under_way

OPERATOR = Actor(id=UserId("op"), name="oli", role=Role.OPERATOR)


def status(control: Control, run_id: RunId) -> str:
    with control.database.read() as session:
        record = DeskRunRepository(session).get(run_id)
    assert record is not None
    return record.summary.status


def test_all_sessions_are_stopped_whoever_runs_them_and_a_bots_back_test_goes_on(control: Control) -> None:
    own = under_way(control, "paper", kind=PAPER_SESSION)
    of_bot = queued(control, "bots", kind=PAPER_SESSION)
    back_test = under_way(control, "bots", kind="backtest")

    stopped = stop_all(control, OPERATOR, "Drill")

    assert set(stopped.run_ids) == {own, of_bot}
    assert [status(control, run_id) for run_id in (own, of_bot, back_test)] == ["halted", "halted", "running"]


def test_while_the_database_is_away_no_more_is_stopped_than_was_meant_and_what_starts_meanwhile_is(
    control: Control,
    published: object,  # noqa: F811
) -> None:
    first = under_way(control, "bots", kind=PAPER_SESSION)
    back_test = under_way(control, "bots", kind="backtest")
    cut_off: Control = replace(control, database=BrokenDatabase(control.database))  # pyright: ignore[reportArgumentType]

    stopped = stop_all(cut_off, OPERATOR, "Drill")

    assert len(stopped.failures) == 2
    of_bots = stopped.records[1]
    assert not of_bots.row_written
    told = {message["halt_id"]: message["run_ids"] for message in published()}  # type: ignore[operator]
    assert told[of_bots.id] == []
    assert not control.redis.exists(halt_all_key("bots"))

    second = queued(control, "bots", kind=PAPER_SESSION)
    reap(control)

    assert [status(control, run_id) for run_id in (first, second, back_test)] == [
        "halted",
        "halted",
        "running",
    ]
    assert {item.run_id for item in halt_status(control, of_bots.id).items} == {first, second}
    assert [m["run_ids"] for m in published() if m["halt_id"] == of_bots.id] == [[first]]  # type: ignore[operator]
