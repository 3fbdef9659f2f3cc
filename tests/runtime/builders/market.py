"""A market to run builders on, and one in which nothing is approved."""

from pathlib import Path

import numpy as np
import pandas as pd

from runtime.embedded import FixedSettings, MemoryArtifacts, MemoryJournal
from runtime.engine import RuntimePorts
from runtime.market.shipped import ShippedPrices
from runtime.ports import HaltSource
from tests.contracts.inputs import ALL_ON
from tests.fakes import FakeClock, InMemoryOrders, InMemoryPrices


def ports_over(folder: Path, prices: pd.DataFrame | None = None, *halts: HaltSource) -> RuntimePorts:
    """Return ports in memory over the shipped prices, or over those given, with every flag on."""
    return RuntimePorts(
        market=ShippedPrices() if prices is None else InMemoryPrices(prices),
        orders=InMemoryOrders(),
        artifacts=MemoryArtifacts(),
        journal=MemoryJournal(),
        settings=FixedSettings(ALL_ON),
        halts=halts,
        clock=FakeClock(),
        folder=folder,
    )


def stormy() -> pd.DataFrame:
    """Return prices that swing by fifteen percent a day: too risky, long or short."""
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2015-01-01", periods=1500)
    moves = rng.normal(0.0, 0.15, size=(len(days), 4))
    return pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)), index=days, columns=["A", "B", "C", "D"])
