from __future__ import annotations

from datetime import timedelta

from persistence.database import Database
from persistence.halts import HaltedRun, HaltItem, HaltRepository, NewHalt
from runtime.ids import HaltId, RunId, UserId
from tests.persistence.conftest import NOW

MS = timedelta(milliseconds=1)
H1, H2 = HaltId("h1"), HaltId("h2")
R1, R2 = RunId("r1"), RunId("r2")


def request(database: Database, halt_id: HaltId, *runs: RunId, after: timedelta = timedelta()) -> None:
    halt = NewHalt(
        id=halt_id,
        scope="workflows" if len(runs) > 1 else "run",
        reason="limit breach",
        actor_id=UserId("u1"),
        actor_name="Ada",
        requested_at=NOW + after,
    )
    with database.write() as session:
        HaltRepository(session).create(halt, [HaltedRun(run_id=run, prior_status="running") for run in runs])


def item(database: Database, halt_id: HaltId, run_id: RunId) -> HaltItem:
    with database.read() as session:
        halt = HaltRepository(session).get(halt_id)
    assert halt is not None
    return next(entry for entry in halt.items if entry.run_id == run_id)


def test_a_halt_climbs_its_ladder_with_a_time_per_step(database: Database) -> None:
    request(database, H1, R1, R2)
    assert item(database, H1, R1).state == "requested"

    with database.write() as session:
        halts = HaltRepository(session)
        assert halts.acknowledge(R1, NOW + 1.5 * MS) == 1
        assert halts.acknowledge(R1, NOW + 9 * MS) == 0
        assert halts.cancelled(R1, NOW + 2 * MS) == 1
        assert halts.prove(R1, last_effect_at=NOW + 0.25 * MS, at=NOW + 3 * MS) == 1
        assert halts.prove(R1, last_effect_at=None, at=NOW + 9 * MS) == 0

    proved, untouched = item(database, H1, R1), item(database, H1, R2)
    assert (proved.state, untouched.state) == ("proved", "requested")
    assert proved.requested_at == NOW
    assert (proved.acknowledged_at, proved.cancelled_at) == (NOW + 1.5 * MS, NOW + 2 * MS)
    assert (proved.last_effect_at, proved.proved_at) == (NOW + 0.25 * MS, NOW + 3 * MS)


def test_many_runs_are_proved_at_once_each_with_its_own_last_effect(database: Database) -> None:
    idle = [RunId(f"i{number}") for number in range(600)]
    request(database, H1, R1, *idle)
    request(database, H2, R1, after=MS)
    effects = dict.fromkeys(idle) | {R1: NOW - MS}

    with database.write() as session:
        halts = HaltRepository(session)
        assert halts.prove_all(effects, at=NOW + MS) == 602
        assert halts.prove_all(effects, at=NOW + 2 * MS) == 0
        assert halts.unproved() == []

    assert item(database, H1, R1).last_effect_at == item(database, H2, R1).last_effect_at == NOW - MS
    assert item(database, H1, idle[-1]).last_effect_at is None


def test_a_step_that_arrives_late_does_not_take_the_state_back(database: Database) -> None:
    request(database, H1, R1)

    with database.write() as session:
        halts = HaltRepository(session)
        halts.prove(R1, last_effect_at=None, at=NOW + MS)
        assert halts.acknowledge(R1, NOW + 2 * MS) == 1

    late = item(database, H1, R1)
    assert (late.state, late.acknowledged_at, late.last_effect_at) == ("proved", NOW + 2 * MS, None)


def test_a_node_that_was_given_up_and_killed_stays_unproved_until_it_is_gone(database: Database) -> None:
    request(database, H1, R1)

    with database.write() as session:
        halts = HaltRepository(session)
        halts.acknowledge(R1, NOW + MS)
        assert halts.abandoned(R1, NOW + 2 * MS) == 1
        assert halts.abandoned(R1, NOW + 9 * MS) == 0
    assert (item(database, H1, R1).state, item(database, H1, R1).proved_at) == ("abandoned", None)
    with database.write() as session:
        assert HaltRepository(session).killed(R1, NOW + 3 * MS) == 1
    assert (item(database, H1, R1).state, item(database, H1, R1).proved_at) == ("killed", None)
    with database.write() as session:
        HaltRepository(session).prove(R1, last_effect_at=NOW + 4 * MS, at=NOW + 4 * MS)

    gone = item(database, H1, R1)
    assert (gone.state, gone.abandoned_at, gone.killed_at, gone.cancelled_at) == (
        "proved",
        NOW + 2 * MS,
        NOW + 3 * MS,
        None,
    )


def test_every_halt_of_a_run_is_proved_together(database: Database) -> None:
    request(database, H1, R1)
    request(database, H2, R1, R2, after=MS)

    with database.write() as session:
        halts = HaltRepository(session)
        assert [(entry.halt_id, entry.run_id) for entry in halts.unproved()] == [
            ("h1", "r1"),
            ("h2", "r1"),
            ("h2", "r2"),
        ]
        assert halts.prove(R1, last_effect_at=None, at=NOW + 2 * MS) == 2
        assert [(entry.halt_id, entry.run_id) for entry in halts.unproved()] == [("h2", "r2")]
        assert [entry.halt_id for entry in halts.for_run(R1)] == ["h2", "h1"]


def test_the_newest_halts_come_first_with_what_they_hit(database: Database) -> None:
    request(database, H1, R1)
    request(database, H2, R1, R2, after=MS)
    request(database, HaltId("h3"), after=2 * MS)

    with database.read() as session:
        newest, second = HaltRepository(session).recent(limit=2)
        assert HaltRepository(session).get(HaltId("none")) is None

    assert (newest.id, newest.items) == ("h3", ())
    assert (second.id, second.scope, second.reason, second.actor_name) == (
        "h2",
        "workflows",
        "limit breach",
        "Ada",
    )
    assert [entry.run_id for entry in second.items] == ["r1", "r2"]
