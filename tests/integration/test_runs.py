"""Runs on real workers, from the request to the last frame, on both databases."""

from __future__ import annotations

import redis

from tasks.app import RUN_WORKFLOW
from tasks.control.follow import follow, frames_after
from tasks.control.runs import start_run
from tasks.control.workers import count_workers
from tests.integration.installation import Installation, check_story, eventually


def test_a_run_completes_and_its_story_is_whole(served: Installation) -> None:
    started = start_run(served.control, served.admin, "quick", {"as_of": "2022-06-01"})

    view = served.ended(started.run_id)

    assert started.dispatched
    assert view.shown == "completed", view.record.summary.error
    assert view.record.inputs == {"as_of": "2022-06-01"}
    assert [crumb["node"] for crumb in view.record.crumbs] == ["prices", "wait", "report"]
    frames = served.frames(started.run_id)
    check_story(frames)
    assert frames[-1]["result"]["stage"] == "workflow_complete"
    assert frames_after(served.control, started.run_id) == frames


async def test_whoever_follows_a_run_sees_every_frame_once(served: Installation) -> None:
    started = start_run(served.control, served.admin, "quick", {})

    told = [frame async for batch in follow(served.control, started.run_id) for frame in batch]

    check_story(told)
    assert told == served.frames(started.run_id)


def test_two_starts_are_two_runs(served: Installation) -> None:
    first = start_run(served.control, served.admin, "quick", {})
    second = start_run(served.control, served.admin, "quick", {})

    ended = [served.ended(run.run_id) for run in (first, second)]

    assert first.run_id != second.run_id
    assert [view.shown for view in ended] == ["completed", "completed"]


def test_a_message_that_comes_again_runs_nothing(served: Installation) -> None:
    started = start_run(served.control, served.admin, "quick", {})
    served.control.celery.send_task(RUN_WORKFLOW, args=[started.run_id], ignore_result=True)
    served.ended(started.run_id)

    served.control.celery.send_task(RUN_WORKFLOW, args=[started.run_id], ignore_result=True)
    after = start_run(served.control, served.admin, "quick", {})
    served.ended(after.run_id)

    frames = served.frames(started.run_id)
    check_story(frames)
    assert [frame["stage"] for frame in frames].count("start") == 1
    assert len(served.markers(started.run_id)) == len(set(served.markers(started.run_id)))
    assert (row := served.run(started.run_id).record.dispatch) is not None
    assert row.attempts == 1


def test_a_run_reaches_one_queue_only(served: Installation) -> None:
    started = start_run(served.control, served.admin, "quick", {})
    served.ended(started.run_id)

    with redis.Redis.from_url(served.server.url, decode_responses=True) as client:
        bindings = {name: client.smembers(f"_kombu.binding.{name}") for name in ("agents", "default")}

    assert {name: len(bound) for name, bound in bindings.items()} == {"agents": 1, "default": 1}


def test_the_checkpoints_of_an_ended_run_are_deleted(served: Installation) -> None:
    started = start_run(served.control, served.admin, "quick", {})
    served.ended(started.run_id)

    eventually(lambda: not checkpoints(served, started.run_id))


def test_workers_are_counted(served: Installation) -> None:
    assert count_workers(served.control).live == 2


def checkpoints(installation: Installation, run_id: str) -> int:
    """Return how many checkpoints a run has."""
    from sqlalchemy import create_engine, text

    url = installation.settings.resolved_database_url()
    if url.startswith("sqlite"):
        url = f"sqlite:///{installation.settings.home / 'checkpoints.db'}"
    engine = create_engine(url)
    with engine.connect() as connection:
        counted = connection.execute(
            text("SELECT count(*) FROM checkpoints WHERE thread_id = :run"), {"run": run_id}
        ).scalar_one()
    engine.dispose()
    return counted
