"""The bots desk: deployments of bots, to a back-test or to a paper session. A deployment runs one frozen version."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field
from sqlalchemy.orm import Session

from persistence.bots import BotRecord, BotRepository, BotVersion
from persistence.desk_runs import DeskRunRecord
from persistence.paper_sessions import PaperSessionRepository
from runtime.bots.backtest import BotBacktest, run_backtest
from runtime.bots.spec import BotSpec, DeploymentTarget
from runtime.errors import NotFound, NotReproducible
from runtime.ids import RunId
from runtime.market.source import price_source
from runtime.paper.replay import replay
from runtime.spec import canonical_hash
from tasks.access import Actor
from tasks.control.context import Control
from tasks.desks.desk import Desk, DeskConfig, DeskContext, Queue
from tasks.desks.paper import check_session, open_orders
from tasks.worker.paper_session import trade

EQUITY_POINTS = 500
"""Of a back-test's equity, at most, that are kept with its result."""


class BotDeskConfig(DeskConfig):
    """What to deploy, and where. The frozen content is filled in when the deployment is accepted."""

    bot: str = Field(min_length=1, max_length=80)
    """Slug or id."""
    target: DeploymentTarget | Literal["spec"] = "spec"
    """`spec`: where the bot itself says."""
    version: int | None = Field(default=None, ge=1)
    """None: the current one."""
    run_name: str = Field(default="", max_length=120)
    """Of a paper session."""
    version_id: str = ""
    spec_hash: str = ""
    spec: dict[str, Any] = Field(default_factory=dict[str, Any])


class BotsDesk(Desk):
    """Runs deployments."""

    name = "bots"
    title = "Bots"
    icon = "bot"
    summary = "Deployments of bots, to a back-test or to a paper session."
    Config: ClassVar[type[DeskConfig]] = BotDeskConfig
    filled_in = frozenset({"version_id", "spec_hash", "spec"})
    nameable = False

    @classmethod
    def kind_of(cls, config: BotDeskConfig) -> str:
        """Return the target."""
        return config.target

    @classmethod
    def queue_of(cls, config: BotDeskConfig) -> Queue:
        """Paper sessions wait with the others of their kind."""
        return "paper" if config.target == "paper_session" else "backtest"

    @classmethod
    def title_of(cls, config: BotDeskConfig) -> str:
        """Return the slug: all deployments of a bot have its name."""
        return config.bot

    @classmethod
    def check(cls, control: Control, actor: Actor, config: BotDeskConfig) -> BotDeskConfig:  # noqa: ARG003
        """Freeze what is deployed into the config; refuse what could not run there."""
        with control.database.read() as session:
            bot, version = _version(BotRepository(session), config)
        spec = thawed(version)
        target = spec.deployment.target if config.target == "spec" else config.target
        _check_target(control, spec, target, config.run_name)
        return config.model_copy(
            update={
                "bot": bot.slug,
                "target": target,
                "version": version.version,
                "version_id": version.id,
                "spec_hash": version.spec_hash,
                "spec": version.payload,
            }
        )

    @classmethod
    def holds(cls, control: Control, record: DeskRunRecord) -> str:
        """Say how many orders its paper session has open."""
        return open_orders(control, record.summary.run_id)

    @classmethod
    def clear_up(cls, session: Session, run_id: RunId, *, why: str, now: datetime) -> None:
        """Cancel the orders that a lost worker left open."""
        PaperSessionRepository(session).cancel_open(run_id, reason=why, now=now)

    async def run(self, config: BotDeskConfig, ctx: DeskContext) -> Mapping[str, Any]:
        """Run the frozen version."""
        spec = BotSpec.parse(config.spec)
        of = {"target": config.target, "version": config.version, "spec_hash": config.spec_hash}
        if config.target == "paper_session":
            return {**of, **await trade(spec.paper_config(config.run_name), ctx)}
        market = ctx.parts.market
        closes = await ctx.parts.offload(market.prices, spec.universe, start=None, end=spec.backtest.end)
        ctx.tell("backtest.started", f"Back-test by the {spec.backtest.engine} engine", days=len(closes))
        await ctx.admit()
        tested: BotBacktest = await ctx.compute(run_backtest, spec, closes)
        ctx.progress(1.0, "Passed" if tested.verdict.passed else "; ".join(tested.verdict.failed))
        return {**of, **summary_of(tested)}


def thawed(version: BotVersion) -> BotSpec:
    """Return the content of a version; raises `NotReproducible` when it is not what its hash was made of."""
    if canonical_hash(version.payload) != version.spec_hash:
        raise NotReproducible(
            f"Version {version.version} of the bot is not what was frozen: its content does not fit its hash. "
            "Save the bot again to make a new version."
        )
    return BotSpec.parse(version.payload)


def summary_of(tested: BotBacktest) -> dict[str, Any]:
    """Return a back-test as JSON: figures that cannot be told are null, the equity is thinned out."""
    equity = tested.equity
    step = max(1, math.ceil(len(equity) / EQUITY_POINTS))
    shown = equity.iloc[sorted({*range(0, len(equity), step), len(equity) - 1})]
    return {
        "passed": tested.verdict.passed,
        "failed": list(tested.verdict.failed),
        "metrics": {name: value if math.isfinite(value) else None for name, value in tested.metrics.items()},
        "fills": tested.fills,
        "refused": tested.refused,
        "equity": [
            {"day": str(day)[:10], "equity": float(value)}
            for day, value in zip(pd.DatetimeIndex(shown.index), shown, strict=True)
        ],
    }


def _version(bots: BotRepository, config: BotDeskConfig) -> tuple[BotRecord, BotVersion]:
    bot = bots.find(config.bot)
    if bot is None:
        raise NotFound("bot", config.bot, known=[known.slug for known in bots.list()])
    if config.version is None:
        return bot, bot.current
    version = bots.version(bot.id, config.version)
    if version is None:
        raise NotFound(f"version of bot {bot.slug!r} with number", str(config.version))
    return bot, version


def _check_target(control: Control, spec: BotSpec, target: str, run_name: str) -> None:
    if target == "paper_session":
        check_session(control, spec.paper_config(run_name))
        return
    config, market = spec.backtest_config(), price_source(control.settings)
    config.check_universe(market.symbols())
    closes = market.prices(config.universe, start=None, end=config.end)
    replay(closes, config, bars_needed=config.build().bars_needed)
