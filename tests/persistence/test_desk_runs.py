"""The rows of the desks' runs: each step once, by who holds the token, and a halted row stays halted."""

from __future__ import annotations

from datetime import timedelta

from persistence.database import Database
from persistence.desk_runs import DeskClaim, DeskOutcome, DeskProgress, DeskRunRepository, NewDeskRun
from runtime.desks import DeskName
from runtime.ids import RunId, TaskId, UserId
from tests.persistence.conftest import NOW

LEASE = timedelta(seconds=6)
LATER = NOW + timedelta(seconds=10)
DONE = DeskOutcome(status="completed", result={"equity": 1.5}, cost_usd=0.25, n_calls=2)


def accept(database: Database, run_id: str, *, desk: DeskName = "paper", parent: str | None = None) -> RunId:
    """Accept a run."""
    run = NewDeskRun(
        run_id=RunId(run_id),
        task_id=TaskId(f"task-{run_id}"),
        desk=desk,
        kind="session",
        name=f"{desk} {run_id}",
        queue="paper",
        config={"bars": 3},
        parent_id=None if parent is None else RunId(parent),
        created_by=UserId("ann"),
        created_by_name="Ann",
    )
    with database.write() as session:
        DeskRunRepository(session).insert_pending(run, NOW)
    return run.run_id


def claim(database: Database, run_id: RunId, *, worker: str = "w1", late: bool = False) -> DeskClaim | None:
    """Let a worker try to take a run."""
    with database.write() as session:
        return DeskRunRepository(session).claim(
            run_id, worker=worker, now=LATER if late else NOW, lease=LEASE
        )


def test_a_run_is_pending_claimed_told_and_finished(database: Database) -> None:
    run_id = accept(database, "r1")
    taken = claim(database, run_id)
    assert taken is not None

    with database.write() as session:
        runs = DeskRunRepository(session)
        assert runs.tell(run_id, taken.token, DeskProgress(heard_at=NOW, note="bar 1", fraction=0.5))
        assert runs.finish(run_id, taken.token, DONE, LATER)
    with database.read() as session:
        record = DeskRunRepository(session).get(run_id)

    assert record is not None
    assert (record.config, record.result) == ({"bars": 3}, {"equity": 1.5})
    ended = record.summary
    assert (ended.status, ended.progress, ended.note, ended.completed_at) == (
        "completed",
        0.5,
        "bar 1",
        LATER,
    )
    assert (ended.cost_usd, ended.n_calls, ended.lease_until) == (0.25, 2, None)


def test_only_one_worker_takes_a_run_until_its_lease_lapses(database: Database) -> None:
    run_id = accept(database, "r1")

    first = claim(database, run_id)
    assert claim(database, run_id, worker="w2") is None
    second = claim(database, run_id, worker="w2", late=True)

    assert first is not None
    assert second is not None
    assert (second.token, second.attempt) == (first.token + 1, 2)
    with database.write() as session:
        runs = DeskRunRepository(session)
        assert not runs.renew(run_id, first.token, LATER)
        assert not runs.holds(run_id, first.token)
        assert not runs.finish(run_id, first.token, DONE, LATER)
        assert runs.holds(run_id, second.token)


def test_a_halted_run_is_never_completed_but_keeps_what_its_worker_had(database: Database) -> None:
    run_id = accept(database, "r1")
    taken = claim(database, run_id)
    assert taken is not None

    with database.write() as session:
        hit = DeskRunRepository(session).halt(run_id, reason="Drill", now=NOW)
    with database.write() as session:
        runs = DeskRunRepository(session)
        assert not runs.finish(run_id, taken.token, DONE, LATER)
        assert runs.keep_partial(run_id, taken.token, DONE)
        assert runs.close(run_id, LATER)
        assert not runs.close(run_id, LATER)
        record = runs.get(run_id)

    assert hit is not None
    assert (hit.desk, hit.prior_status, hit.was_claimed) == ("paper", "running", True)
    assert record is not None
    assert (record.summary.status, record.summary.error, record.summary.completed_at) == (
        "halted",
        "Drill",
        NOW,
    )
    assert record.result == {"equity": 1.5}


def test_a_desk_is_halted_whole_and_others_are_left_alone(database: Database) -> None:
    waiting, working = accept(database, "r1"), accept(database, "r2")
    other = accept(database, "r3", desk="rl")
    claim(database, working)

    with database.write() as session:
        hit = DeskRunRepository(session).halt_all_active(reason="Storm", now=NOW, desk="paper")
    with database.read() as session:
        runs = DeskRunRepository(session)
        halted = {run.run_id for run in runs.list(statuses=("halted",))}
        counts = runs.active_counts()

    assert [(row.run_id, row.was_claimed) for row in hit] == [(waiting, False), (working, True)]
    assert halted == {waiting, working}
    assert counts == {"rl": 1}
    assert claim(database, waiting) is None
    assert claim(database, other) is not None


def test_a_lost_run_is_ended_once_and_its_worker_fenced_out(database: Database) -> None:
    run_id = accept(database, "r1")
    taken = claim(database, run_id)
    assert taken is not None

    with database.write() as session:
        runs = DeskRunRepository(session)
        assert runs.lapsed(NOW) == []
        assert not runs.lose(run_id, taken.token, status="error", error="gone", now=NOW)
        assert [run.run_id for run in runs.lapsed(LATER)] == [run_id]
        assert runs.lose(run_id, taken.token, status="error", error="gone", now=LATER)
        assert not runs.lose(run_id, taken.token, status="error", error="gone", now=LATER)
        assert not runs.tell(run_id, taken.token, DeskProgress(heard_at=LATER))


def test_what_waits_for_a_worker_is_found_by_its_age(database: Database) -> None:
    first, second = accept(database, "r1"), accept(database, "r2")

    with database.write() as session:
        runs = DeskRunRepository(session)
        assert runs.mark_dispatched(second, NOW)
        undispatched, unclaimed = runs.undispatched(LATER), runs.unclaimed(LATER)
        young = [*runs.undispatched(NOW), *runs.unclaimed(NOW)]

    assert [(run.run_id, run.queue) for run in undispatched] == [(first, "paper")]
    assert [run.run_id for run in unclaimed] == [second]
    assert young == []


def test_lists_are_paged_and_filtered(database: Database) -> None:
    ids = [accept(database, f"r{number}") for number in range(3)]
    child = accept(database, "child", desk="bots", parent="r0")

    with database.read() as session:
        runs = DeskRunRepository(session)
        page = [run.run_id for run in runs.list(desk="paper", limit=2)]
        rest = [run.run_id for run in runs.list(desk="paper", before=page[-1])]
        of_parent = [run.run_id for run in runs.list(parent_id=ids[0])]
        named = [run.run_id for run in runs.list(name="paper r1", kinds=("session",))]

    assert page + rest == list(reversed(ids))
    assert of_parent == [child]
    assert named == [ids[1]]
