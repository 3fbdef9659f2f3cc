"""The paper desk: sessions that trade a strategy on paper, bar by bar, until their bars are over or they are halted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from persistence.desk_runs import DeskRunRecord
from persistence.paper_sessions import PaperSessionRepository
from runtime.errors import InvalidValue
from runtime.ids import RunId
from runtime.market.source import price_source
from runtime.paper.config import PaperConfig
from runtime.paper.replay import replay
from tasks.access import Actor
from tasks.control.context import Control
from tasks.desks.desk import Desk, DeskConfig, DeskContext, Queue
from tasks.worker.paper_session import PAPER_SESSION, trade


class PaperDeskConfig(DeskConfig, PaperConfig):
    """A paper session."""


class PaperDesk(Desk):
    """Runs paper sessions."""

    name = "paper"
    title = "Paper trading"
    icon = "candlestick-chart"
    summary = "Sessions that trade a strategy on paper, bar by bar."
    Config: ClassVar[type[DeskConfig]] = PaperDeskConfig
    example: ClassVar[Mapping[str, Any]] = {"universe": ["AAPL", "MSFT", "XOM"]}

    @classmethod
    def kind_of(cls, config: PaperDeskConfig) -> str:  # noqa: ARG003
        """All of them are sessions."""
        return PAPER_SESSION

    @classmethod
    def queue_of(cls, config: PaperDeskConfig) -> Queue:  # noqa: ARG003
        """Sessions have a queue of their own: they take their slot for long."""
        return "paper"

    @classmethod
    def title_of(cls, config: PaperDeskConfig) -> str:
        """Return the name of the run."""
        return config.run_name

    @classmethod
    def check(cls, control: Control, actor: Actor, config: PaperDeskConfig) -> PaperDeskConfig:  # noqa: ARG003
        """Refuse what could not trade: a strategy, symbols or days that there are not."""
        check_session(control, config)
        return config

    @classmethod
    def holds(cls, control: Control, record: DeskRunRecord) -> str:
        """Say how many orders are open."""
        return open_orders(control, record.summary.run_id)

    @classmethod
    def clear_up(cls, session: Session, run_id: RunId, *, why: str, now: datetime) -> None:
        """Cancel the orders that a lost worker left open."""
        PaperSessionRepository(session).cancel_open(run_id, reason=why, now=now)

    async def run(self, config: PaperDeskConfig, ctx: DeskContext) -> Mapping[str, Any]:
        """Trade."""
        return await trade(config, ctx)


def check_session(control: Control, config: PaperConfig) -> None:
    """Raise what is wrong with a session before it is accepted: `InvalidValue`, or `NotFound` for a symbol. Blocks."""
    strategy = PaperConfig.parse(config.dump()).build()
    if not config.stop_on_kill_switch:
        raise InvalidValue(
            "The kill switch stops every session here: leave stop_on_kill_switch true. "
            "A session that is to send no orders is a dry_run.",
            field="stop_on_kill_switch",
        )
    market = price_source(control.settings)
    config.check_universe(market.symbols())
    replay(
        market.prices(config.universe, start=None, end=config.end), config, bars_needed=strategy.bars_needed
    )


def open_orders(control: Control, run_id: RunId) -> str:
    """Return how many orders a session has open, in words; empty for none."""
    with control.database.read() as session:
        count = PaperSessionRepository(session).open_orders(run_id)
    return f"{count} open order{'s' if count > 1 else ''}" if count else ""
