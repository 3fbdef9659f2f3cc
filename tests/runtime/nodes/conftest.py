"""Run one node kind once, in a world of fakes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from runtime.catalog import kind_named
from runtime.node import Ledger
from runtime.settings import LiveSettings
from tests.fakes import Effects, FakeClock, InMemoryOrders, make_context
from tests.support.model_environment import model_server

__all__ = ["Bench", "bench", "model_server"]

FUSION_ON = LiveSettings(orchestration_fusion_enabled=True)


@dataclass(slots=True)
class Bench:
    """A node's surroundings, and what it did to them."""

    folder: Path
    settings: LiveSettings = FUSION_ON
    clock: FakeClock = field(default_factory=FakeClock)
    effects: Effects = field(default_factory=Effects)
    ledger: Ledger = field(default_factory=Ledger)
    orders: InMemoryOrders = field(default_factory=InMemoryOrders)
    state: dict[str, Any] = field(default_factory=dict)
    run_id: str = "run"

    async def run(self, kind: str, inputs: Mapping[str, Any], **config: object) -> Mapping[str, Any]:
        """Run the kind with a config and return its outputs."""
        node = kind_named(kind)
        context = make_context(
            self.folder,
            settings=self.settings,
            clock=self.clock,
            effects=self.effects,
            ledger=self.ledger,
            orders=self.orders,
            state=self.state,
            run_id=self.run_id,
        )
        return await node().run(inputs, node.Config.model_validate(config), context)

    @property
    def slots(self) -> dict[str, Any]:
        """What the node wrote."""
        return self.ledger.slots


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A fresh one; the catalogue is loaded."""
    from runtime.catalog import node_kinds

    node_kinds()
    return Bench(folder=tmp_path)


def weights(**now: float) -> pd.DataFrame:
    """Return one row of weights."""
    return pd.DataFrame([now], index=pd.DatetimeIndex(["2024-04-30"]), dtype=float)


def prices(**last: float) -> pd.DataFrame:
    """Return constant prices over two months."""
    days = pd.bdate_range("2024-03-01", "2024-04-30")
    return pd.DataFrame(
        {symbol: [price] * len(days) for symbol, price in last.items()}, index=days, dtype=float
    )
