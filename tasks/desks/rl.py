"""The rl desk: trains, evaluates and replays small policies over daily closes (`runtime.rl`)."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import Field

from persistence.artifacts import ArtifactRepository
from runtime.errors import InvalidValue, NotFound, Unavailable
from runtime.ids import Digest
from runtime.rl.checkpoint import Checkpoint, dump_checkpoint, load_checkpoint
from runtime.rl.conduct import Conduct, EpisodeReport
from runtime.rl.selection import MAX_CANDIDATES, MAX_FOLDS, best_of_n, walk_forward
from runtime.rl.spec import RLExperimentSpec
from runtime.rl.training import Evaluation, Replay, evaluate, replay, train
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.experiments import (
    CHECKPOINT_MEDIA,
    Starter,
    checked_experiment,
    frozen_experiment,
    stored_experiment,
    trained_run,
)
from tasks.desks.desk import Desk, DeskConfig, DeskContext, Queue

_log = logging.getLogger(__name__)

RLKind = Literal["train", "evaluate", "replay", "walk_forward", "best_of_n"]
TOLD_EPISODES = 400
"""Frames and points of the curve of one run; of longer trainings every n-th episode is told."""
STORE_SECONDS = 2.0
"""Between two stored checkpoints of one run; the last one is always stored."""


class RLConfig(DeskConfig):
    """What to do: an experiment, or a run to go on from."""

    kind: RLKind = "train"
    experiment: dict[str, Any] = Field(default_factory=dict[str, Any])
    """An `RLExperimentSpec`; for a run to go on from it is filled in."""
    run_id: str = ""
    """A run with a checkpoint: needed to evaluate and replay, and to go on with a training that was halted."""
    folds: int = Field(default=4, ge=1, le=MAX_FOLDS)
    candidates: int = Field(default=4, ge=1, le=MAX_CANDIDATES)
    version_id: str = ""
    """The frozen experiment; filled in."""
    checkpoint: str = ""
    """The digest of the checkpoint to go on from; filled in."""
    digest: str = ""
    """What a replay is compared to; filled in."""


class RLDesk(Desk):
    """Learning on real prices; nothing it does reaches the world, so a halt has nothing to put in order but a checkpoint."""

    name = "rl"
    title = "Reinforcement learning"
    icon = "brain-circuit"
    summary = "Trains small policies over daily closes and measures them on days they never saw."
    Config = RLConfig
    example: ClassVar[Mapping[str, Any]] = {
        "experiment": {"name": "three-shares", "market": {"symbols": ["AAPL", "MSFT", "XOM"]}}
    }
    filled_in = frozenset({"version_id", "checkpoint", "digest"})

    @classmethod
    def kind_of(cls, config: RLConfig) -> str:
        """Return what it does."""
        return config.kind

    @classmethod
    def queue_of(cls, config: RLConfig) -> Queue:  # noqa: ARG003
        """Trainings wait among themselves."""
        return "training"

    @classmethod
    def title_of(cls, config: RLConfig) -> str:
        """Return the experiment's name."""
        return str(config.experiment["name"])

    @classmethod
    def check(cls, control: Control, actor: Actor, config: RLConfig) -> RLConfig:
        """Freeze the experiment and find the checkpoint, so that the run is what it was when it was asked for."""
        if config.run_id:
            return _from_run(control, config)
        if config.kind in ("evaluate", "replay"):
            raise InvalidValue(f"To {config.kind} say which training: `run_id`.", field="run_id")
        spec = checked_experiment(control, config.experiment)
        version = frozen_experiment(control, actor, spec)
        return config.model_copy(
            update={"experiment": spec.dump(), "version_id": version.id, "checkpoint": "", "digest": ""}
        )

    async def run(self, config: RLConfig, ctx: DeskContext) -> Mapping[str, Any]:
        """Do the work; a run that is stopped keeps its last checkpoint and the rewards so far."""
        spec = RLExperimentSpec.parse(config.experiment)
        job = _Job(config=config, spec=spec, version_id=config.version_id, ctx=ctx)
        market = job.spec.market
        prices = await ctx.parts.offload(
            ctx.parts.market.prices, list(market.symbols), start=market.start, end=market.end
        )
        try:
            return await _WORK[config.kind](job, prices)
        finally:
            await job.store_last()


def _from_run(control: Control, config: RLConfig) -> RLConfig:
    if config.experiment:
        raise InvalidValue("Give an experiment or a run to go on from, not both.", field="experiment")
    if config.kind in ("walk_forward", "best_of_n"):
        raise InvalidValue(f"{config.kind} starts from an experiment, not from a run.", field="run_id")
    record = trained_run(control, config.run_id)
    result = record.result or {}
    version = stored_experiment(control, result["experiment"]["version_id"])
    return config.model_copy(
        update={
            "experiment": version.payload,
            "version_id": version.id,
            "checkpoint": result["checkpoint"]["digest"],
            "digest": result.get("digest") or "",
        }
    )


@dataclass(slots=True)
class _Job:
    """One run of the desk under way."""

    config: RLConfig
    spec: RLExperimentSpec
    version_id: str
    ctx: DeskContext
    rewards: list[tuple[str, int, float]] = field(default_factory=list[tuple[str, int, float]])
    """Phase, episode, mean reward."""
    latest: Checkpoint | None = None
    stored: dict[str, Any] | None = None
    """What the result says of the checkpoint that is stored."""
    stored_at: float = float("-inf")

    def conduct(self, *, keeps: bool) -> Conduct:
        """Return how the work meets this run; trainings that are one of several keep no checkpoints."""
        return Conduct(
            admit=self._admit,
            compute=self.ctx.compute,
            progress=self._hear,
            keep=self._take if keeps else _pass,
        )

    def base(self) -> dict[str, Any]:
        """Return what every result says."""
        return {
            "kind": self.config.kind,
            "algorithm": self.spec.algorithm.name,
            "experiment": {
                "name": self.spec.name,
                "version_id": self.version_id,
                "hash": self.spec.snapshot_hash(),
            },
            "checkpoint": self.stored,
            "rewards": [list(point) for point in self.rewards],
        }

    async def loaded(self) -> Checkpoint:
        """Return the checkpoint to go on from."""
        digest = Digest(self.config.checkpoint)
        data = await self.ctx.parts.offload(self._read, digest)
        self.stored = {"digest": digest, "bytes": len(data)}
        checkpoint = load_checkpoint(data)
        self.stored["episodes"] = checkpoint.episodes
        return checkpoint

    async def become(self, spec: RLExperimentSpec) -> None:
        """Go on as another experiment, frozen like one that was asked for: what is stored now is its."""
        claim = self.ctx.claim
        starter = Starter(id=claim.created_by, name=claim.created_by_name)
        version = await self.ctx.parts.offload(frozen_experiment, self.ctx.parts.control, starter, spec)
        self.spec, self.version_id = spec, version.id

    async def store(self, checkpoint: Checkpoint) -> None:
        """Store a checkpoint by its content, and let the run's row name it."""
        data = dump_checkpoint(checkpoint)
        digest = hashlib.sha256(data).hexdigest()
        await self.ctx.parts.offload(self._write, Digest(digest), data)
        self.stored = {"digest": digest, "episodes": checkpoint.episodes, "bytes": len(data)}
        self.latest = None
        self.ctx.keep(self.base())

    async def store_last(self) -> None:
        """Store what was learnt last and is not stored yet; while the database is away the one before is the last."""
        if self.latest is None:
            return
        try:
            await self.store(self.latest)
        except Unavailable:
            _log.exception("the last checkpoint could not be stored", extra={"run_id": self.ctx.run_id})

    async def _admit(self) -> None:
        await self.ctx.admit()

    async def _take(self, checkpoint: Checkpoint) -> None:
        self.latest = checkpoint
        now = self.ctx.parts.clock.monotonic()
        if now - self.stored_at >= STORE_SECONDS:
            self.stored_at = now
            await self.store(checkpoint)

    def _hear(self, report: EpisodeReport) -> None:
        stride = -(-report.episodes // TOLD_EPISODES)
        if report.episode % stride and report.episode != report.episodes:
            return
        self.rewards.append((report.phase, report.episode, report.reward))
        where = f"{report.phase}: " if report.phase else ""
        self.ctx.tell(
            "episode",
            f"{where}episode {report.episode} of {report.episodes}",
            phase=report.phase,
            episode=report.episode,
            reward=report.reward,
        )
        self.ctx.progress(report.done, f"{where}episode {report.episode} of {report.episodes}")

    def _read(self, digest: Digest) -> bytes:
        with self.ctx.parts.control.database.read() as session:
            stored = ArtifactRepository(session).get(digest)
        if stored is None:
            raise NotFound("checkpoint", digest)
        return stored.data

    def _write(self, digest: Digest, data: bytes) -> None:
        now = self.ctx.parts.clock.now()
        with self.ctx.parts.control.database.write() as session:
            ArtifactRepository(session).put(digest, media=CHECKPOINT_MEDIA, data=data, now=now)


async def _pass(checkpoint: Checkpoint) -> None:  # noqa: ARG001
    return None


async def _train(job: _Job, prices: Any) -> Mapping[str, Any]:  # noqa: ANN401  a frame of pandas
    resume = await job.loaded() if job.config.checkpoint else None
    trained = await train(job.spec, prices, conduct=job.conduct(keeps=True), resume=resume)
    await job.store(trained.checkpoint)
    return _measured(job, trained.evaluation)


async def _evaluate(job: _Job, prices: Any) -> Mapping[str, Any]:  # noqa: ANN401
    checkpoint = await job.loaded()
    return _measured(job, await evaluate(job.spec, prices, checkpoint, conduct=job.conduct(keeps=False)))


async def _replay(job: _Job, prices: Any) -> Mapping[str, Any]:  # noqa: ANN401
    checkpoint = await job.loaded()
    played = await replay(
        job.spec, prices, checkpoint, digest=job.config.digest or None, conduct=job.conduct(keeps=False)
    )
    score = asdict(played.score)
    job.ctx.tell("metrics", "Measured on the days out of sample.", metrics={"test": score})
    return {
        **job.base(),
        "metrics": {"test": score},
        "digest": played.trajectory.digest,
        "exact": played.exact,
        "decisions": _decisions(job.spec, played),
    }


async def _walk_forward(job: _Job, prices: Any) -> Mapping[str, Any]:  # noqa: ANN401
    walked = await walk_forward(job.spec, prices, folds=job.config.folds, conduct=job.conduct(keeps=False))
    metrics = {"test": asdict(walked.overall), "folds": [asdict(fold) for fold in walked.folds]}
    job.ctx.tell("metrics", "Measured on every fold.", metrics=metrics)
    return {**job.base(), "metrics": metrics, "digest": walked.digest}


async def _best_of_n(job: _Job, prices: Any) -> Mapping[str, Any]:  # noqa: ANN401
    best = await best_of_n(
        job.spec, prices, candidates=job.config.candidates, conduct=job.conduct(keeps=False)
    )
    await job.become(best.spec)
    await job.store(best.checkpoint)
    tried = [{"seed": each.seed, "validation": asdict(each.validation)} for each in best.candidates]
    return {**_measured(job, best.evaluation), "candidates": tried, "best_seed": best.spec.budget.seed}


_WORK = {
    "train": _train,
    "evaluate": _evaluate,
    "replay": _replay,
    "walk_forward": _walk_forward,
    "best_of_n": _best_of_n,
}


def _measured(job: _Job, evaluation: Evaluation) -> Mapping[str, Any]:
    metrics = {"train": asdict(evaluation.train), "test": asdict(evaluation.test)}
    job.ctx.tell("metrics", "Measured on both parts of the days.", metrics=metrics)
    return {**job.base(), "metrics": metrics, "digest": evaluation.digest}


def _decisions(spec: RLExperimentSpec, played: Replay) -> list[dict[str, Any]]:
    names = [*spec.market.symbols, "cash"]
    way = played.trajectory
    return [
        {
            "day": f"{day:%Y-%m-%d}",
            "weights": {name: round(float(weight), 6) for name, weight in zip(names, target, strict=True)},
            "reward": reward,
            "turnover": traded,
        }
        for day, target, reward, traded in zip(way.days, way.targets, way.rewards, way.turnover, strict=True)
    ]
