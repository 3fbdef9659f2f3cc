from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import pytest

from persistence.database import Database
from persistence.models import RunRow
from persistence.runs import Claim, NewRun, RunOutcome, RunRecord, RunRepository, RunTotals
from runtime.errors import NotFound
from runtime.ids import RunId, SpecName, TaskId, UserId
from tests.persistence.conftest import NOW

LEASE = timedelta(seconds=6)
SECOND = timedelta(seconds=1)
R1, R2 = RunId("r1"), RunId("r2")


def new_run(run_id: str, **fields: object) -> NewRun:
    run = NewRun(
        run_id=RunId(run_id),
        task_id=TaskId(f"t-{run_id}"),
        spec_name=SpecName("desk.momentum"),
        spec={"name": "desk.momentum", "params": {"window": 252, "floor": 0.1}},
        spec_hash="h" * 64,
        layout={"a": [1, 2]},
        inputs={"as_of": "2022-12-28"},
        created_by=UserId("u1"),
        created_by_name="Ada",
    )
    return replace(run, **fields)  # pyright: ignore[reportArgumentType]  fields of NewRun


def accept(database: Database, *run_ids: str, at: datetime = NOW, **fields: object) -> None:
    with database.write() as session:
        for run_id in run_ids:
            RunRepository(session).insert_pending(new_run(run_id, **fields), at)


def claim(database: Database, run_id: RunId = R1, *, at: datetime = NOW, worker: str = "w1") -> Claim | None:
    with database.write() as session:
        return RunRepository(session).claim(run_id, worker=worker, now=at, lease=LEASE)


def claimed(database: Database, run_id: RunId = R1, *, at: datetime = NOW, worker: str = "w1") -> Claim:
    taken = claim(database, run_id, at=at, worker=worker)
    assert taken is not None
    return taken


def outcome(status: Literal["completed", "halted", "error"] = "completed") -> RunOutcome:
    return RunOutcome(
        status=status,
        final_state={"weights": {"AAPL": 0.2}},
        crumbs=[{"node": "prices", "status": "ok"}, {"node": "gate", "status": "ok"}],
        totals=RunTotals(cost_usd=0.25, n_calls=3, n_tool_calls=2, n_rag_hits=1),
        duration_ms=812.5,
        error="no" if status == "error" else None,
    )


def finish(database: Database, token: int, result: RunOutcome | None = None, *, at: datetime = NOW) -> bool:
    with database.write() as session:
        return RunRepository(session).finish(R1, token, result or outcome(), at)


def get(database: Database, run_id: RunId = R1) -> RunRecord:
    with database.read() as session:
        run = RunRepository(session).get(run_id)
    assert run is not None
    return run


def test_a_run_is_pending_claimed_and_finished(database: Database) -> None:
    accept(database, "r1")
    pending = get(database)
    assert pending.dispatch is not None
    assert (pending.summary.status, pending.summary.started_at, pending.dispatch.token) == ("pending", NOW, 0)

    taken = claimed(database, at=NOW + SECOND)
    assert (taken.token, taken.attempt, taken.lease_until) == (1, 1, NOW + SECOND + LEASE)
    assert (taken.spec, taken.spec_hash) == (new_run("r1").spec, "h" * 64)
    assert (taken.inputs, taken.layout, taken.crumbs) == ({"as_of": "2022-12-28"}, {"a": [1, 2]}, [])
    assert (taken.created_by, taken.created_by_name, taken.task_id) == ("u1", "Ada", "t-r1")

    assert finish(database, taken.token, at=NOW + 2 * SECOND)
    done = get(database)
    assert (done.summary.status, done.summary.halted, done.summary.error) == ("completed", False, None)
    assert (done.summary.created_at, done.summary.started_at) == (NOW, NOW + SECOND)
    assert (done.summary.completed_at, done.summary.duration_ms) == (NOW + 2 * SECOND, 812.5)
    assert done.summary.totals == RunTotals(cost_usd=0.25, n_calls=3, n_tool_calls=2, n_rag_hits=1)
    assert done.final_state == {"weights": {"AAPL": 0.2}}
    assert [crumb["node"] for crumb in done.crumbs] == ["prices", "gate"]
    assert done.dispatch is not None
    assert (done.dispatch.worker, done.dispatch.claimed_at, done.dispatch.lease_until) == (
        "w1",
        NOW + SECOND,
        None,
    )


def test_of_many_workers_one_gets_the_run(database: Database) -> None:
    accept(database, "r1")

    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda n: claim(database, worker=f"w{n}"), range(8)))

    assert [taken.token for taken in claims if taken is not None] == [1]


def test_of_many_who_take_over_a_lapsed_run_one_gets_it(database: Database) -> None:
    accept(database, "r1")
    claimed(database)

    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda n: claim(database, worker=f"w{n}", at=NOW + LEASE), range(8)))

    assert [taken.token for taken in claims if taken is not None] == [2]


def test_a_running_run_is_taken_over_only_when_its_lease_has_lapsed(database: Database) -> None:
    accept(database, "r1")
    first = claimed(database)
    with database.write() as session:
        assert RunRepository(session).append_progress(
            R1, first.token, crumbs=[{"node": "prices"}], totals=RunTotals(cost_usd=0.1, n_calls=1)
        )
    assert claim(database, at=NOW + LEASE - SECOND) is None

    second = claimed(database, at=NOW + LEASE, worker="w2")

    assert (second.token, second.attempt, second.started_at) == (2, 2, NOW)
    assert (second.crumbs, second.totals) == ([{"node": "prices"}], RunTotals(cost_usd=0.1, n_calls=1))


def test_a_worker_that_was_taken_over_can_write_nothing(database: Database) -> None:
    accept(database, "r1")
    stale = claimed(database)
    fresh = claimed(database, at=NOW + LEASE, worker="w2")

    with database.write() as session:
        runs = RunRepository(session)
        assert not runs.renew(R1, stale.token, NOW + 9 * LEASE)
        assert not runs.append_progress(R1, stale.token, crumbs=[{"node": "ghost"}])
        assert not runs.finish(R1, stale.token, outcome("error"), NOW)
        assert not runs.keep_partial(R1, stale.token, outcome("halted"))
    untouched = get(database)
    assert untouched.dispatch is not None
    assert (untouched.summary.status, untouched.crumbs) == ("running", [])
    assert untouched.dispatch.lease_until == NOW + 2 * LEASE

    assert finish(database, fresh.token)


def test_a_renewed_lease_keeps_others_out(database: Database) -> None:
    accept(database, "r1")
    taken = claimed(database)

    with database.write() as session:
        assert RunRepository(session).renew(R1, taken.token, NOW + 2 * LEASE)

    assert claim(database, at=NOW + LEASE) is None
    with database.read() as session:
        assert RunRepository(session).lapsed(NOW + LEASE) == []


def test_crumbs_are_appended_and_totals_replaced(database: Database) -> None:
    accept(database, "r1")
    token = claimed(database).token

    with database.write() as session:
        runs = RunRepository(session)
        assert runs.append_progress(R1, token, crumbs=[{"n": 1}, {"n": 2}], totals=RunTotals(n_calls=2))
        assert runs.append_progress(R1, token, crumbs=[{"n": 3}])
        assert runs.append_progress(R1, token, totals=RunTotals(n_calls=5))
        assert runs.append_progress(R1, token)

    run = get(database)
    assert (run.crumbs, run.summary.totals.n_calls) == ([{"n": 1}, {"n": 2}, {"n": 3}], 5)


def test_a_halted_queued_run_never_starts(database: Database) -> None:
    accept(database, "r1")

    with database.write() as session:
        hit = RunRepository(session).halt(R1, reason="limit breach", now=NOW + SECOND)

    assert hit is not None
    assert (hit.prior_status, hit.was_claimed, hit.task_id) == ("pending", False, "t-r1")
    assert claim(database, at=NOW + SECOND) is None
    run = get(database).summary
    assert (run.status, run.halted, run.error, run.completed_at) == (
        "halted",
        True,
        "limit breach",
        NOW + SECOND,
    )


def test_a_halted_row_is_never_completed_later_but_keeps_what_its_worker_had(database: Database) -> None:
    accept(database, "r1")
    token = claimed(database).token
    with database.write() as session:
        hit = RunRepository(session).halt(R1, reason="stop", now=NOW + SECOND)
    assert hit is not None
    assert (hit.prior_status, hit.was_claimed) == ("running", True)

    assert not finish(database, token, at=NOW + 2 * SECOND)
    with database.write() as session:
        runs = RunRepository(session)
        assert not runs.append_progress(R1, token, crumbs=[{"node": "late"}])
        assert not runs.renew(R1, token, NOW + 9 * LEASE)
        assert runs.keep_partial(R1, token, outcome("halted"))
        assert runs.halt(R1, reason="again", now=NOW + 3 * SECOND) is None

    run = get(database)
    assert (run.summary.status, run.summary.error, run.summary.completed_at) == (
        "halted",
        "stop",
        NOW + SECOND,
    )
    assert (run.summary.totals.n_calls, len(run.crumbs), run.final_state) == (
        3,
        2,
        {"weights": {"AAPL": 0.2}},
    )


def test_of_halting_and_finishing_at_once_exactly_one_wins(database: Database) -> None:
    names = [f"r{number}" for number in range(20)]
    accept(database, *names)
    tokens = {name: claimed(database, RunId(name)).token for name in names}

    def end(name: str) -> bool:
        with database.write() as session:
            return RunRepository(session).finish(RunId(name), tokens[name], outcome(), NOW + SECOND)

    def halt(name: str) -> bool:
        with database.write() as session:
            return RunRepository(session).halt(RunId(name), reason="stop", now=NOW + SECOND) is not None

    with ThreadPoolExecutor(8) as pool:
        pairs = [(pool.submit(end, name), pool.submit(halt, name)) for name in names]
        results = {
            name: (first.result(), second.result())
            for name, (first, second) in zip(names, pairs, strict=True)
        }

    for name, (finished, halted) in results.items():
        assert finished != halted
        assert get(database, RunId(name)).summary.status == ("completed" if finished else "halted")


def test_everything_active_is_halted_and_nothing_else(database: Database) -> None:
    accept(database, "r1", "r2", "r3")
    accept(database, "r4", spec_name=SpecName("other"))
    finish(database, claimed(database).token)
    claimed(database, R2)

    with database.write() as session:
        hit = RunRepository(session).halt_all_active(
            reason="desk", now=NOW, spec_name=SpecName("desk.momentum")
        )
        assert {(row.run_id, row.prior_status, row.was_claimed) for row in hit} == {
            ("r2", "running", True),
            ("r3", "pending", False),
        }
        rest = RunRepository(session).halt_all_active(reason="all", now=NOW)
        assert [(row.run_id, row.spec_name) for row in rest] == [("r4", "other")]
        assert RunRepository(session).halt_all_active(reason="all", now=NOW) == []
        assert RunRepository(session).counts() == {
            "pending": 0,
            "running": 0,
            "waiting": 0,
            "completed": 1,
            "halted": 3,
            "error": 0,
        }


def test_more_runs_than_a_statement_has_room_for_are_halted_together(database: Database) -> None:
    accept(database, *(f"r{number:04}" for number in range(1100)))
    claimed(database, RunId("r0007"))

    with database.write() as session:
        hit = RunRepository(session).halt_all_active(reason="all", now=NOW)

    assert len(hit) == 1100
    assert [row.run_id for row in hit if row.was_claimed] == ["r0007"]
    with database.read() as session:
        assert RunRepository(session).counts()["halted"] == 1100


def test_halts_of_everything_at_once_hit_each_run_once(database: Database) -> None:
    accept(database, *(f"r{number}" for number in range(60)))

    def halt_all(_: int) -> int:
        with database.write() as session:
            return len(RunRepository(session).halt_all_active(reason="all", now=NOW))

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(halt_all, range(6))) == 60


def test_a_run_of_a_dead_worker_is_lost_once_and_its_worker_fenced_out(database: Database) -> None:
    accept(database, "r1")
    taken = claimed(database)
    later = NOW + LEASE + SECOND

    with database.write() as session:
        runs = RunRepository(session)
        assert not runs.lose(R1, taken.token, status="error", error="early", now=NOW)
        (lost,) = runs.lapsed(later)
        assert (lost.run_id, lost.token, lost.attempts, lost.worker) == ("r1", 1, 1, "w1")
        assert not runs.lose(R1, lost.token + 1, status="error", error="other token", now=later)
        assert runs.lose(R1, lost.token, status="error", error="The worker is gone.", now=later)
        assert not runs.lose(R1, lost.token, status="error", error="twice", now=later)
        assert runs.lapsed(later) == []

    assert not finish(database, taken.token)
    run = get(database).summary
    assert (run.status, run.error, run.completed_at) == ("error", "The worker is gone.", later)


def test_runs_that_never_reached_a_worker_are_found(database: Database) -> None:
    accept(database, "r1", "r2", "r3")
    late = NOW + LEASE
    with database.write() as session:
        runs = RunRepository(session)
        assert runs.mark_dispatched(R2, NOW + SECOND)
        assert runs.mark_dispatched(RunId("r3"), NOW + SECOND)
        assert not runs.mark_dispatched(RunId("none"), NOW)
        runs.claim(RunId("r3"), worker="w1", now=NOW + SECOND, lease=LEASE)

        assert [run.run_id for run in runs.undispatched(late)] == ["r1"]
        assert runs.undispatched(NOW) == []
        assert [run.run_id for run in runs.unclaimed(late)] == ["r2"]
        assert runs.unclaimed(NOW + SECOND) == []

        assert runs.lose(R2, 0, status="error", error="No worker came.", now=late)
        assert runs.unclaimed(late) == []
        assert runs.claim(R2, worker="w1", now=late, lease=LEASE) is None


def test_the_terminal_frame_is_written_by_one_and_only_after_the_end(database: Database) -> None:
    accept(database, "r1")
    token = claimed(database).token

    def close(_: int) -> bool:
        with database.write() as session:
            return RunRepository(session).close(R1, NOW)

    assert not close(0)
    finish(database, token)
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(close, range(8))) == [False] * 7 + [True]
    dispatch = get(database).dispatch
    assert dispatch is not None
    assert dispatch.closed_at == NOW


def test_the_row_says_whether_a_run_is_halted(database: Database) -> None:
    accept(database, "r1", "r2")
    with database.write() as session:
        RunRepository(session).halt(R1, reason="stop", now=NOW)

    with database.read() as session:
        runs = RunRepository(session)
        assert runs.is_halted(R1)
        assert not runs.is_halted(R2)
        with pytest.raises(NotFound):
            runs.is_halted(RunId("none"))


def test_runs_are_listed_newest_first_in_pages_that_neither_skip_nor_repeat(database: Database) -> None:
    for number in range(7):
        accept(database, f"r{number}", at=NOW + (number // 2) * SECOND)
    accept(database, "x1", spec_name=SpecName("other"), at=NOW + 9 * SECOND)
    with database.write() as session:
        RunRepository(session).halt(R2, reason="stop", now=NOW)

    with database.read() as session:
        runs = RunRepository(session)
        seen: list[str] = []
        before = None
        while page := runs.list(spec_name=SpecName("desk.momentum"), limit=3, before=before).runs:
            seen += [run.run_id for run in page]
            before = page[-1].run_id
        assert seen == ["r6", "r5", "r4", "r3", "r2", "r1", "r0"]
        page = runs.list(spec_name=SpecName("desk.momentum"), limit=3)
        assert (page.total, page.runs[0].created_by_name) == (7, "Ada")
        assert [run.run_id for run in runs.list(status="halted").runs] == ["r2"]
        assert runs.list(limit=1).runs[0].run_id == "x1"
        assert runs.get(RunId("none")) is None


def test_a_run_from_before_the_studio_can_be_seen_and_halted(database: Database) -> None:
    with database.write() as session:
        session.add(RunRow(id="old", workflow_spec_name="legacy"))

    with database.write() as session:
        hit = RunRepository(session).halt(RunId("old"), reason="stop", now=NOW)
        assert hit is not None
        assert (hit.prior_status, hit.was_claimed) == ("pending", False)
    run = get(database, RunId("old"))
    assert (run.summary.status, run.dispatch, run.summary.created_by_name) == ("halted", None, "")
    with database.read() as session:
        assert [row.run_id for row in RunRepository(session).list().runs] == ["old"]


def test_a_result_that_no_json_holds_is_stored_all_the_same(database: Database) -> None:
    accept(database, "r1")
    token = claimed(database).token
    odd = replace(
        outcome("error"),
        final_state={"sharpe": float("nan"), "path": [float("inf"), 1.0]},
        error="bad \x00 byte \ud800",
    )

    assert finish(database, token, odd)

    run = get(database)
    assert run.final_state == {"sharpe": None, "path": [None, 1.0]}
    assert run.summary.error == "bad \ufffd byte ?"


def test_the_runs_that_a_run_has_started_are_known(database: Database) -> None:
    accept(database, "r1")
    accept(database, "r3", "r2", parent_run_id=R1)

    with database.read() as session:
        runs = RunRepository(session)
        assert list(runs.children(R1)) == ["r2", "r3"]
        assert list(runs.children(R2)) == []
