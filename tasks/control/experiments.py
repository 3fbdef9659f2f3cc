"""What the rl desk's fronts ask: start, look at experiments and checkpoints, halt everything. The work is `tasks.desks.rl`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from persistence.actors import Named
from persistence.artifacts import ArtifactRepository
from persistence.desk_runs import DeskRunRecord, DeskRunRepository
from persistence.experiments import ExperimentRepository, ExperimentVersion
from runtime.errors import InvalidSpec, InvalidValue, NotFound
from runtime.ids import Digest, RunId, TaskId, UserId, VersionId
from runtime.market.source import price_source
from runtime.rl.spec import RLExperimentSpec
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.desk_halts import halt_desk

CHECKPOINT_MEDIA = "application/x-npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """Who started a run, as its row knows it."""

    id: UserId | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RLHalted:
    """What a halt of the desk has hit."""

    run_ids: tuple[RunId, ...]
    task_ids: tuple[TaskId, ...]
    failures: tuple[str, ...]
    """One sentence each."""


def checked_experiment(control: Control, payload: Mapping[str, Any]) -> RLExperimentSpec:
    """Return an experiment whose symbols have prices; raises `InvalidSpec` naming the field, and `NotFound`."""
    try:
        spec = RLExperimentSpec.parse(payload)
    except InvalidSpec as error:
        raise InvalidSpec(error.message, field=f"experiment.{error.field}") from error
    known = price_source(control.settings).symbols()
    for symbol in spec.market.symbols:
        if symbol not in known:
            raise NotFound("symbol", symbol, known=known)
    return spec


def frozen_experiment(control: Control, actor: Named, spec: RLExperimentSpec) -> ExperimentVersion:
    """Freeze an experiment under its hash; the same content is the same version."""
    with control.database.write() as session:
        return ExperimentRepository(session).freeze(
            spec.name,
            spec_hash=spec.snapshot_hash(),
            payload=spec.dump(),
            actor=actor,
            now=control.clock.now(),
        )


def list_experiments(
    control: Control, actor: Actor, *, name: str | None = None, limit: int = 100
) -> Sequence[ExperimentVersion]:
    """Return frozen experiments, newest first."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        return ExperimentRepository(session).list(name=name, limit=limit)


def get_experiment(control: Control, actor: Actor, version_id: str) -> ExperimentVersion:
    """Return one frozen experiment; raises `NotFound`."""
    require(actor, Permission.READ)
    return stored_experiment(control, version_id)


def stored_experiment(control: Control, version_id: str) -> ExperimentVersion:
    """Return one frozen experiment; raises `NotFound`. Asks nobody's rights."""
    with control.database.read() as session:
        found = ExperimentRepository(session).get(VersionId(version_id))
    if found is None:
        raise NotFound("experiment version", version_id)
    return found


def trained_run(control: Control, run_id: str) -> DeskRunRecord:
    """Return a run of the desk that has a checkpoint; raises `NotFound` and `InvalidValue`. Asks nobody's rights."""
    with control.database.read() as session:
        record = DeskRunRepository(session).get(RunId(run_id))
    if record is None or record.summary.desk != "rl":
        raise NotFound("run of the rl desk", run_id)
    if not (record.result or {}).get("checkpoint"):
        raise InvalidValue(
            f"Run {run_id!r} has no checkpoint (it is {record.summary.status}).", field="run_id"
        )
    return record


def checkpoint_bytes(control: Control, actor: Actor, run_id: str) -> bytes:
    """Return the checkpoint that a run has got so far; raises `NotFound` and `InvalidValue`."""
    require(actor, Permission.READ)
    record = trained_run(control, run_id)
    digest = Digest((record.result or {})["checkpoint"]["digest"])
    with control.database.read() as session:
        stored = ArtifactRepository(session).get(digest)
    if stored is None:
        raise NotFound("checkpoint", digest)
    return stored.data


def halt_all(control: Control, actor: Actor, reason: str) -> RLHalted:
    """Halt everything of the desk, also what waits and what no task is known of; nothing to halt is no error."""
    record = halt_desk(control, actor, "rl", reason)
    late = "The database did not take the halt in time: workers were told, and the rows follow."
    return RLHalted(
        run_ids=tuple(hit.run_id for hit in record.hit),
        task_ids=tuple(hit.task_id for hit in record.hit if hit.task_id),
        failures=() if record.row_written else (late,),
    )
