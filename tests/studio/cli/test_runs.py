"""`run`, `runs` and `halt`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event

from persistence.runs import RunOutcome, RunRepository, RunTotals
from runtime.ids import RunId
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.desks import get_desk_run
from tasks.control.halts import halt_run
from tasks.control.runs import get_run, list_runs
from tests.studio.cli.conftest import Shell
from tests.tasks.desk_rows import queued
from tests.tasks.runs import claimed


def when_there_is_a_run(here: Control, admin: Actor, act: Callable[[RunId], object]) -> None:
    """Do something to the run that the command under test has started."""
    pause = Event()
    for _ in range(1000):
        runs = list_runs(here, admin).runs
        if runs:
            act(runs[0].run_id)
            return
        pause.wait(0.02)
    raise AssertionError("no run was started")


def complete(here: Control, run_id: RunId) -> None:
    """Do what a worker does: claim the run and end it well."""
    now = here.clock.now()
    outcome = RunOutcome(
        status="completed", final_state={"answer": 42}, crumbs=[], totals=RunTotals(), duration_ms=1.0
    )
    with here.database.write() as session:
        runs = RunRepository(session)
        claim = runs.claim(run_id, worker="w1", now=now, lease=timedelta(seconds=60))
        assert claim is not None
        assert runs.finish(run_id, claim.token, outcome, now)


def test_a_run_is_accepted_and_listed(shell: Shell, here: Control, admin: Actor, workflow: str) -> None:
    started = shell.json("run", workflow, "--inputs", '{"seed": 1}', "--as", "ada")
    listed = shell("runs", "--status", "pending", "--limit", "5", "--as", "ada")
    none = shell.json("runs", "--status", "completed", "--as", "ada")

    assert get_run(here, admin, started["run_id"]).record.inputs == {"seed": 1}
    assert started["run_id"] in listed.stdout
    assert workflow in listed.stdout
    assert none == []


def test_waiting_for_a_run_ends_when_it_has(shell: Shell, here: Control, admin: Actor, workflow: str) -> None:
    with ThreadPoolExecutor() as worker:
        done = worker.submit(when_there_is_a_run, here, admin, lambda run_id: complete(here, run_id))
        told = shell.json("run", workflow, "--wait", "--timeout", "60", "--as", "ada")
        done.result()

    assert (told["status"], told["final_state"]) == ("completed", {"answer": 42})


def test_waiting_for_a_run_that_is_halted_fails(
    shell: Shell, here: Control, admin: Actor, workflow: str
) -> None:
    with ThreadPoolExecutor() as worker:
        done = worker.submit(
            when_there_is_a_run, here, admin, lambda run_id: halt_run(here, admin, run_id, "enough")
        )
        told = shell("run", workflow, "--wait", "--timeout", "60", "--as", "ada")
        done.result()

    assert told.exit_code == 1
    assert "is halted" in told.stdout


def test_a_wait_that_takes_too_long_says_that_the_run_goes_on(shell: Shell, workflow: str) -> None:
    told = shell("run", workflow, "--wait", "--timeout", "0.1", "--as", "ada")

    assert told.exit_code == 3
    assert "is pending after 0.1 s. It goes on" in told.stderr


def test_a_run_that_cannot_be_is_refused(shell: Shell, here: Control, workflow: str) -> None:
    missing = shell("run", "research.debate_fuson", "--as", "ada")
    no_json = shell("run", workflow, "--inputs", "{", "--as", "ada")
    no_object = shell("run", workflow, "--inputs", "[1]", "--as", "ada")

    assert missing.exit_code == 1
    assert f"Did you mean {workflow!r}?" in missing.stderr
    assert (no_json.exit_code, no_object.exit_code) == (2, 2)


def test_a_viewer_may_not_start_runs(shell: Shell, workflow: str, viewer: Actor) -> None:
    refused = shell("run", workflow, "--as", "vic")

    assert refused.exit_code == 1
    assert "may not start runs" in refused.stderr


def test_a_run_that_waits_is_halted_and_proved(
    shell: Shell, here: Control, admin: Actor, workflow: str
) -> None:
    run_id = shell.json("run", workflow, "--as", "ada")["run_id"]

    halted = shell("halt", run_id, "--reason", "enough", "--as", "ada")
    again = shell("halt", run_id, "--reason", "enough", "--as", "ada")

    assert halted.exit_code == 0, halted.output
    assert f"Run {run_id} is halted; its last side effect: none" in halted.stdout
    assert get_run(here, admin, run_id).shown == "halted"
    assert again.exit_code == 0


def test_a_halt_that_is_not_proved_is_not_called_one(shell: Shell, here: Control, admin: Actor) -> None:
    claim = claimed(here.database, here.clock.now())

    told = shell("halt", claim.run_id, "--reason", "enough", "--patience", "0", "--as", "ada")

    assert told.exit_code == 3
    assert f"Run {claim.run_id} is halting" in told.stdout
    assert "is halted" not in told.stdout
    assert "not proved" in told.stderr


def test_a_run_that_has_ended_is_left_alone(shell: Shell, here: Control, workflow: str) -> None:
    run_id = shell.json("run", workflow, "--as", "ada")["run_id"]
    complete(here, run_id)

    told = shell("halt", run_id, "--reason", "enough", "--as", "ada")

    assert told.exit_code == 0
    assert "Nothing was halted" in told.stdout


def test_a_run_of_a_desk_is_halted_by_its_id_as_well(
    shell: Shell, here: Control, admin: Actor, tmp_path: Path
) -> None:
    run_id = queued(here, "rl", by=admin.id)

    halted = shell("halt", run_id, "--reason", "enough", "--as", "ada")

    assert halted.exit_code == 0, halted.output
    assert get_desk_run(here, admin, run_id).record.summary.status == "halted"


def test_halting_what_is_not_there_or_not_allowed_is_refused(
    shell: Shell, workflow: str, viewer: Actor
) -> None:
    run_id = shell.json("run", workflow, "--as", "ada")["run_id"]

    missing = shell("halt", "nothing", "--reason", "x", "--as", "ada")
    denied = shell("halt", run_id, "--reason", "x", "--as", "vic")
    silent = shell("halt", run_id, "--reason", "", "--as", "ada")

    assert missing.exit_code == 1
    assert "nothing" in missing.stderr
    assert denied.exit_code == 1
    assert "may not halt runs" in denied.stderr
    assert silent.exit_code == 1
    assert "reason" in silent.stderr
