"""The rl desk in a real worker process: trained on real prices, stopped, gone on with, measured, played again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import update

from persistence import migrate
from persistence.artifacts import ArtifactRepository
from persistence.models import DeskRunRow
from runtime.errors import AccessDenied, InvalidSpec, InvalidValue, NotFound
from runtime.ids import Digest, RunId
from runtime.rl.checkpoint import load_checkpoint
from runtime.settings import Settings
from tasks.access import Actor, Role
from tasks.control.desks import DeskRunView, desk_events, get_desk_run, list_desk_runs, start_desk_run
from tasks.control.experiments import checkpoint_bytes, get_experiment, halt_all, list_experiments
from tasks.halt.keys import EPOCH_KEY
from tasks.worker.process import WorkerProcess
from tests.conftest import NewDatabase
from tests.integration.installation import eventually

ANN = Actor(id="ann", name="Ann", role=Role.ANALYST)
OPS = Actor(id="ops", name="Ops", role=Role.OPERATOR)
VIC = Actor(id="vic", name="Vic", role=Role.VIEWER)
EXPERIMENT: dict[str, Any] = {
    "name": "two-shares",
    "market": {
        "symbols": ["AAPL", "XOM"],
        "start": "2010-01-01",
        "end": "2013-12-31",
        "episode_days": 60,
        "momentum_days": 21,
    },
    "algorithm": {"name": "q_learning"},
    "budget": {"episodes": 20, "checkpoint_every": 5, "seed": 3},
}
LONG = EXPERIMENT | {"budget": {"episodes": 20_000, "checkpoint_every": 2, "seed": 3}}


@pytest.fixture(scope="module")
def process(
    new_database: NewDatabase, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WorkerProcess]:
    """A worker process's parts in this process, for the whole module: its hosts take seconds to warm."""
    url = new_database("sqlite")
    migrate.upgrade(url)
    home = tmp_path_factory.mktemp("home")
    made = WorkerProcess(Settings(home=home, database_url=url, redis_url=redis_url, run_lease_seconds=2))
    yield made
    made.close()


@pytest.fixture
def worker(process: WorkerProcess) -> Iterator[WorkerProcess]:
    """The process with nothing to do, before and after."""
    process.control.redis.flushall()
    process.control.redis.set(EPOCH_KEY, "now")
    yield process
    halt_all(process.control, OPS, "Cleared")


def ended(worker: WorkerProcess, **config: Any) -> DeskRunView:
    """Start a run, execute it, and return how it ended."""
    started = start_desk_run(worker.control, ANN, "rl", config)
    worker.execute_desk(started.run_id)
    view = get_desk_run(worker.control, ANN, started.run_id)
    assert view.record.summary.error in (None, "Drill")
    return view


def result_of(view: DeskRunView) -> dict[str, Any]:
    assert view.record.result is not None
    return view.record.result


def test_a_training_ends_with_a_checkpoint_and_metrics_of_both_parts_of_the_days(
    worker: WorkerProcess,
) -> None:
    view = ended(worker, experiment=EXPERIMENT)

    run, result = view.record.summary, result_of(view)
    assert (run.status, run.kind, run.name, run.progress) == ("completed", "train", "two-shares", 1.0)
    assert run.completed_at is not None
    assert result["algorithm"] == "q_learning"
    for part in ("train", "test"):
        for who in ("policy", "buy_and_hold"):
            assert {"mean_reward", "sharpe", "max_drawdown", "annual_turnover"} <= set(
                result["metrics"][part][who]
            )
    data = checkpoint_bytes(worker.control, ANN, run.run_id)
    assert hashlib.sha256(data).hexdigest() == result["checkpoint"]["digest"]
    assert load_checkpoint(data).episodes == 20
    with worker.control.database.read() as session:
        assert ArtifactRepository(session).get(Digest(result["checkpoint"]["digest"])) is not None
    frames = [event.frame for event in desk_events(worker.control, ANN, run.run_id)]
    assert [frame["episode"] for frame in frames if frame.get("event") == "episode"] == list(range(1, 21))
    (measured,) = [frame for frame in frames if frame.get("event") == "metrics"]
    assert measured["metrics"] == result["metrics"]


def test_an_experiment_is_frozen_once_under_its_hash(worker: WorkerProcess) -> None:
    named = EXPERIMENT | {"name": "frozen", "budget": {"episodes": 4}}
    first = result_of(ended(worker, experiment=named))
    again = result_of(ended(worker, experiment=named))
    ended(worker, experiment=named | {"budget": {"episodes": 5}})

    assert first["experiment"] == again["experiment"]
    assert first["checkpoint"]["digest"] == again["checkpoint"]["digest"]
    assert first["digest"] == again["digest"]
    versions = list_experiments(worker.control, VIC, name="frozen")
    assert sorted(version.version for version in versions) == [1, 2]
    frozen = get_experiment(worker.control, VIC, first["experiment"]["version_id"])
    assert (frozen.spec_hash, frozen.created_by_name) == (first["experiment"]["hash"], "Ann")


def test_a_training_is_evaluated_and_replayed_exactly(worker: WorkerProcess) -> None:
    trained = ended(worker, experiment=EXPERIMENT)
    run_id = trained.record.summary.run_id

    evaluated = result_of(ended(worker, kind="evaluate", run_id=run_id))
    replayed = result_of(ended(worker, kind="replay", run_id=run_id))

    assert evaluated["metrics"] == result_of(trained)["metrics"]
    assert replayed["exact"] is True
    assert replayed["metrics"]["test"] == evaluated["metrics"]["test"]
    first = replayed["decisions"][0]
    assert set(first["weights"]) == {"AAPL", "XOM", "cash"}
    assert sum(first["weights"].values()) == pytest.approx(1.0, abs=1e-5)


def test_walk_forward_and_best_of_n_run_on_the_desk(worker: WorkerProcess) -> None:
    quick = EXPERIMENT | {"budget": {"episodes": 4}}

    walked = result_of(ended(worker, kind="walk_forward", experiment=quick, folds=2))
    chosen = ended(worker, kind="best_of_n", experiment=quick, candidates=3)
    best = result_of(chosen)
    evaluated = result_of(ended(worker, kind="evaluate", run_id=chosen.record.summary.run_id))

    assert len(walked["metrics"]["folds"]) == 2
    assert [tried["seed"] for tried in best["candidates"]] == [0, 1, 2]
    assert best["best_seed"] in (0, 1, 2)
    assert evaluated["metrics"] == best["metrics"]


def under_way(worker: WorkerProcess) -> tuple[RunId, Thread]:
    """Start a long training, and return once it has stored a checkpoint."""
    started = start_desk_run(worker.control, ANN, "rl", {"experiment": LONG})
    thread = Thread(target=worker.execute_desk, args=[started.run_id])
    thread.start()
    eventually(
        lambda: (get_desk_run(worker.control, ANN, started.run_id).record.result or {}).get("checkpoint")
    )
    return started.run_id, thread


def test_a_halted_training_keeps_its_last_checkpoint_and_can_be_gone_on_with(worker: WorkerProcess) -> None:
    run_id, thread = under_way(worker)

    halted = halt_all(worker.control, OPS, "Drill")
    thread.join(timeout=20)

    assert (halted.run_ids, len(halted.task_ids), halted.failures) == ((run_id,), 1, ())
    view = get_desk_run(worker.control, ANN, run_id)
    assert (view.shown, view.record.summary.error) == ("halted", "Drill")
    assert view.record.summary.completed_at is not None
    kept = load_checkpoint(checkpoint_bytes(worker.control, ANN, run_id))
    assert 0 < kept.episodes == result_of(view)["checkpoint"]["episodes"] < 20_000
    assert all(episode <= kept.episodes for _, episode, _ in result_of(view)["rewards"])

    resumed = start_desk_run(worker.control, ANN, "rl", {"run_id": run_id})
    thread = Thread(target=worker.execute_desk, args=[resumed.run_id])
    thread.start()
    eventually(
        lambda: any(
            event.frame.get("event") == "episode"
            for event in desk_events(worker.control, ANN, resumed.run_id)
        )
    )
    halt_all(worker.control, OPS, "Drill")
    thread.join(timeout=20)
    episodes = [
        event.frame["episode"]
        for event in desk_events(worker.control, ANN, resumed.run_id)
        if event.frame.get("event") == "episode"
    ]
    assert episodes[0] > kept.episodes
    evaluated = ended(worker, kind="evaluate", run_id=run_id)
    assert result_of(evaluated)["checkpoint"]["episodes"] == kept.episodes


def test_gap_halting_everything_always_sets_completed_at_also_of_what_never_started(
    worker: WorkerProcess,
) -> None:
    started = [start_desk_run(worker.control, ANN, "rl", {"experiment": EXPERIMENT}) for _ in range(2)]

    halted = halt_all(worker.control, OPS, "Storm")

    assert set(halted.run_ids) == {each.run_id for each in started}
    for each in started:
        summary = get_desk_run(worker.control, ANN, each.run_id).record.summary
        assert (summary.status, summary.error) == ("halted", "Storm")
        assert summary.completed_at is not None
    assert halt_all(worker.control, OPS, "Again").run_ids == ()


def test_gap_a_row_whose_task_nobody_knows_is_halted_too(worker: WorkerProcess) -> None:
    started = start_desk_run(worker.control, ANN, "rl", {"experiment": EXPERIMENT})
    with worker.control.database.write() as session:
        session.execute(update(DeskRunRow).where(DeskRunRow.id == started.run_id).values(task_id=""))
    worker.control.redis.flushall()

    halted = halt_all(worker.control, OPS, "Storm")

    assert (halted.run_ids, halted.task_ids) == ((started.run_id,), ())
    assert get_desk_run(worker.control, ANN, started.run_id).record.summary.status == "halted"


@pytest.mark.parametrize(
    ("config", "error", "words"),
    [
        ({}, InvalidSpec, "Field 'name'"),
        ({"experiment": {**EXPERIMENT, "budget": {"episodes": 0}}}, InvalidSpec, "at least 1"),
        ({"experiment": {**EXPERIMENT, "market": {"symbols": ["APPL"]}}}, NotFound, "Did you mean 'AAPL'"),
        ({"kind": "evaluate"}, InvalidValue, "run_id"),
        ({"kind": "replay", "run_id": "nobody"}, NotFound, "nobody"),
        ({"kind": "best_of_n", "run_id": "x"}, InvalidValue, "starts from an experiment"),
        ({"experiment": EXPERIMENT, "run_id": "x"}, InvalidValue, "not both"),
        ({"experiment": EXPERIMENT, "kind": "walk_forward", "folds": 0}, InvalidValue, "folds"),
    ],
)
def test_a_bad_request_names_what_is_wrong_and_nothing_starts(
    worker: WorkerProcess, config: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        start_desk_run(worker.control, ANN, "rl", config)

    assert list_desk_runs(worker.control, ANN, desk="rl", statuses=["pending"]) == []


def test_a_run_without_a_checkpoint_cannot_be_gone_on_with_and_a_viewer_may_not_start(
    worker: WorkerProcess,
) -> None:
    waiting = start_desk_run(worker.control, ANN, "rl", {"experiment": EXPERIMENT})

    with pytest.raises(InvalidValue, match="has no checkpoint"):
        start_desk_run(worker.control, ANN, "rl", {"kind": "evaluate", "run_id": waiting.run_id})
    with pytest.raises(AccessDenied):
        start_desk_run(worker.control, VIC, "rl", {"experiment": EXPERIMENT})
    with pytest.raises(AccessDenied):
        halt_all(worker.control, ANN, "Mine?")


def test_too_few_days_end_the_run_with_the_reason(worker: WorkerProcess) -> None:
    short = EXPERIMENT | {"market": EXPERIMENT["market"] | {"end": "2010-03-01"}}
    started = start_desk_run(worker.control, ANN, "rl", {"experiment": short})
    worker.execute_desk(started.run_id)

    summary = get_desk_run(worker.control, ANN, started.run_id).record.summary
    assert summary.status == "error"
    assert "too few to train" in (summary.error or "")
