"""The kill switch on real workers: everything stops at once, provably, and nothing comes until it is released."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from persistence.halts import HaltRepository
from runtime.errors import Unavailable
from runtime.ids import RunId
from tasks.access import Reauthentication
from tasks.app import RUN_WORKFLOW
from tasks.control.halts import halt_status
from tasks.control.runs import start_run
from tasks.control.switch import engage, release, switch_status
from tests.integration.installation import Installation, check_story, eventually
from tests.integration.test_halts import pending_run, proved, start_long


@pytest.fixture(autouse=True)
def released(served: Installation) -> Iterator[None]:
    """Leave the switch as the next test expects it."""
    yield
    let_go(served)


def let_go(installation: Installation) -> None:
    control, admin = installation.control, installation.admin
    release(control, admin, "test", Reauthentication(user_id=admin.id, at=control.clock.now()))


def test_engaging_stops_running_and_queued_work_with_a_proof_of_each(served: Installation) -> None:
    running, queued = start_long(served), pending_run(served)

    engaged = engage(served.control, served.admin, "Fat finger")
    record = proved(served, engaged.halt)

    assert {item.run_id for item in record.items} == {running, queued}
    last = next(item.last_effect_at for item in record.items if item.run_id == running)
    assert last is not None
    assert served.markers(running)[-1] <= last
    for run_id in (running, queued):
        view = served.ended(run_id)
        assert (view.shown, view.record.summary.error) == ("halted", "Fat finger")
        check_story(served.frames(run_id))
    assert served.frames(running)[-1]["result"]["stage"] == "kill_switch"


def test_while_it_is_engaged_nothing_starts_and_after_the_release_it_does(served: Installation) -> None:
    engage(served.control, served.admin, "Drill")
    with pytest.raises(Unavailable, match="kill switch is engaged"):
        start_run(served.control, served.admin, "quick", {})

    let_go(served)

    assert served.ended(start_run(served.control, served.admin, "quick", {}).run_id).shown == "completed"


def test_a_key_that_somebody_set_by_hand_stops_what_runs_and_leaves_a_record(served: Installation) -> None:
    run_id = start_long(served)

    served.control.redis.set(served.settings.risk_kill_switch_key, "by hand")
    view = served.ended(run_id)

    assert (view.shown, view.record.summary.error) == ("halted", "by hand")
    with served.control.database.read() as session:
        (item,) = HaltRepository(session).for_run(RunId(run_id))
    record = halt_status(served.control, item.halt_id)
    assert (record.actor_name, record.reason, record.proved) == ("worker", "by hand", True)
    assert item.last_effect_at is not None
    assert served.markers(run_id)[-1] <= item.last_effect_at
    assert switch_status(served.control).state == "engaged"


def test_a_run_that_is_sent_while_the_key_is_there_ends_before_its_first_step(served: Installation) -> None:
    served.control.redis.set(served.settings.risk_kill_switch_key, "by hand")
    run_id = pending_run(served)

    served.control.celery.send_task(RUN_WORKFLOW, args=[run_id], ignore_result=True)
    eventually(lambda: served.run(run_id).shown == "halted")

    assert served.markers(run_id) == []
