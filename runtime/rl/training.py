"""Train, evaluate and replay one experiment."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from runtime.errors import InvalidValue
from runtime.rl.catalogue import learner_of
from runtime.rl.checkpoint import Checkpoint, require_fit
from runtime.rl.conduct import Conduct, EpisodeReport
from runtime.rl.environment import PortfolioEnv
from runtime.rl.learner import Knowledge
from runtime.rl.panel import MarketPanel, Span, market_panel, parts
from runtime.rl.rollout import Metrics, Trajectory, buy_and_hold, measure, play
from runtime.rl.spec import RLExperimentSpec

DEFAULT_CONDUCT = Conduct()


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How a policy did on a span, and what doing nothing would have brought."""

    policy: Metrics
    buy_and_hold: Metrics
    first_day: str
    last_day: str
    """ISO dates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A policy on the days it was trained on and on those it never saw."""

    train: Score
    test: Score
    digest: str
    """Of the rewards out of sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A finished training."""

    checkpoint: Checkpoint
    rewards: tuple[float, ...]
    """By episode, those played in this call; exploration included."""
    evaluation: Evaluation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replay:
    """A policy played once more over the days out of sample."""

    trajectory: Trajectory
    score: Score
    exact: bool | None
    """Whether the rewards are those of the digest that was asked for; None when none was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One training among those of a job."""

    name: str = ""
    place: int = 0
    of: int = 1


async def train(
    spec: RLExperimentSpec,
    prices: pd.DataFrame,
    *,
    conduct: Conduct = DEFAULT_CONDUCT,
    resume: Checkpoint | None = None,
) -> Training:
    """Learn for the budget's episodes (those a checkpoint has not seen yet) and measure on both parts of the days.

    How the work was cut into chunks, or resumed, does not change the result. Raises `InvalidValue` for too few days or a
    checkpoint that does not fit, and what `conduct.admit` raises.
    """
    panel: MarketPanel = await conduct.compute(market_panel, prices, spec.market)
    span, _ = parts(panel, spec.market)
    if resume is not None:
        require_fit(resume, experiment=spec.snapshot_hash(), blank=learner_of(spec).start(panel, span))
    knowledge, rewards = await learn(spec, panel, span, conduct=conduct, resume=resume)
    await conduct.admit()
    evaluation = await conduct.compute(judge, spec, panel, knowledge)
    return Training(checkpoint=checkpoint_of(spec, knowledge), rewards=rewards, evaluation=evaluation)


async def evaluate(
    spec: RLExperimentSpec,
    prices: pd.DataFrame,
    checkpoint: Checkpoint,
    *,
    conduct: Conduct = DEFAULT_CONDUCT,
) -> Evaluation:
    """Measure a checkpoint on both parts of the days."""
    panel: MarketPanel = await conduct.compute(market_panel, prices, spec.market)
    knowledge = _fitting(spec, panel, checkpoint)
    await conduct.admit()
    return await conduct.compute(judge, spec, panel, knowledge)


async def replay(
    spec: RLExperimentSpec,
    prices: pd.DataFrame,
    checkpoint: Checkpoint,
    *,
    digest: str | None = None,
    conduct: Conduct = DEFAULT_CONDUCT,
) -> Replay:
    """Play a checkpoint over the days out of sample and return every decision, compared to an earlier `digest`."""
    panel: MarketPanel = await conduct.compute(market_panel, prices, spec.market)
    knowledge = _fitting(spec, panel, checkpoint)
    _, span = parts(panel, spec.market)
    await conduct.admit()
    trajectory: Trajectory = await conduct.compute(play, spec, panel, span, knowledge)
    score: Score = await conduct.compute(score_of, spec, panel, trajectory)
    exact = None if digest is None else trajectory.digest == digest
    return Replay(trajectory=trajectory, score=score, exact=exact)


async def learn(
    spec: RLExperimentSpec,
    panel: MarketPanel,
    span: Span,
    *,
    conduct: Conduct,
    resume: Checkpoint | None = None,
    phase: Phase = Phase(),
) -> tuple[Knowledge, tuple[float, ...]]:
    """Return what is known at the end of the budget and the reward of each episode; asks and keeps between chunks."""
    # The learner never gets the days after its span, so that it cannot look ahead whatever it does.
    seen = panel.until(span.last)
    knowledge = learner_of(spec).start(seen, span) if resume is None else resume.knowledge
    done = 0 if resume is None else resume.episodes
    rewards: list[float] = []
    while done < spec.budget.episodes:
        await conduct.admit()
        count = min(spec.budget.checkpoint_every, spec.budget.episodes - done)
        chunk = range(done, done + count)
        knowledge, earned = await conduct.compute(play_episodes, spec, seen, span, knowledge, chunk)
        for place, reward in enumerate(earned, start=done + 1):
            share = (phase.place + place / spec.budget.episodes) / phase.of
            conduct.progress(
                EpisodeReport(
                    phase=phase.name, episode=place, episodes=spec.budget.episodes, reward=reward, done=share
                )
            )
        done += count
        rewards.extend(earned)
        await conduct.keep(checkpoint_of(spec, knowledge, episodes=done))
    return knowledge, tuple(rewards)


def play_episodes(
    spec: RLExperimentSpec, panel: MarketPanel, span: Span, knowledge: Knowledge, episodes: range
) -> tuple[Knowledge, list[float]]:
    """Learn from these episodes, counted from 0; each has its own chance, whatever came before it."""
    learner = learner_of(spec)
    env = PortfolioEnv(panel, spec.market, span)
    rewards: list[float] = []
    for episode in episodes:
        lesson = learner.learn(knowledge, env, np.random.default_rng([spec.budget.seed, episode]))
        knowledge = lesson.knowledge
        rewards.append(lesson.reward)
    return knowledge, rewards


def judge(spec: RLExperimentSpec, panel: MarketPanel, knowledge: Knowledge) -> Evaluation:
    """Measure what is known on both parts of the days."""
    train_span, test_span = parts(panel, spec.market)
    seen = play(spec, panel, train_span, knowledge)
    unseen = play(spec, panel, test_span, knowledge)
    return Evaluation(
        train=score_of(spec, panel, seen), test=score_of(spec, panel, unseen), digest=unseen.digest
    )


def score_of(spec: RLExperimentSpec, panel: MarketPanel, trajectory: Trajectory) -> Score:
    """Measure a trajectory and, over the same days, doing nothing."""
    span = trajectory.span
    return Score(
        policy=measure(trajectory, panel, spec.market),
        buy_and_hold=buy_and_hold(panel, spec.market, span),
        first_day=f"{panel.days[span.first]:%Y-%m-%d}",
        last_day=f"{panel.days[span.last]:%Y-%m-%d}",
    )


def checkpoint_of(spec: RLExperimentSpec, knowledge: Knowledge, *, episodes: int | None = None) -> Checkpoint:
    """Return the checkpoint of an experiment, by default after its whole budget."""
    return Checkpoint(
        experiment=spec.snapshot_hash(),
        algorithm=spec.algorithm.name,
        episodes=spec.budget.episodes if episodes is None else episodes,
        knowledge=knowledge,
    )


def _fitting(spec: RLExperimentSpec, panel: MarketPanel, checkpoint: Checkpoint) -> Knowledge:
    if checkpoint.episodes == 0:
        raise InvalidValue("The checkpoint has not seen an episode yet.", field="checkpoint")
    span, _ = parts(panel, spec.market)
    blank = learner_of(spec).start(panel, span)
    return require_fit(checkpoint, experiment=spec.snapshot_hash(), blank=blank).knowledge
