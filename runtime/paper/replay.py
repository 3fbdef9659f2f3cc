"""The bars of a session: a deterministic replay of daily closes, with the history before the first of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import numpy as np
import pandas as pd

from runtime.errors import InvalidValue
from runtime.paper.config import PaperConfig
from runtime.strategy import Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Bars to come. What lies before `first` is known already and makes no bar."""

    closes: pd.DataFrame
    """Days × symbols, USD; ends with the last bar."""
    first: int
    """The row of bar number 1."""
    keep: int
    """Rows of history that a strategy gets to see."""

    def __len__(self) -> int:
        return len(self.closes) - self.first

    def bars(self) -> Iterator[Bar]:
        """Return the bars, in order."""
        for number in range(1, len(self) + 1):
            yield self.bar(number)

    def bar(self, number: int) -> Bar:
        """Return bar `number`, from 1."""
        row = self.closes.iloc[self.first + number - 1]
        known = row[np.isfinite(row.to_numpy(dtype=float)) & (row.to_numpy(dtype=float) > 0)]
        return Bar(
            number=number,
            at=_moment(self.closes.index[self.first + number - 1]),
            closes={str(symbol): float(close) for symbol, close in known.items()},
        )

    def history(self, number: int) -> pd.DataFrame:
        """Return what is known when bar `number` has closed: that bar last, nothing after it."""
        end = self.first + number
        return self.closes.iloc[max(0, end - self.keep) : end]


def replay(closes: pd.DataFrame, config: PaperConfig, *, bars_needed: int) -> Replay:
    """Return the bars of a session; raises `InvalidValue` when there are none in its days.

    `closes` reach from the first day there is to the session's end. The first bar is the first at or after `config.start`
    that has `bars_needed` days behind it, itself included.
    """
    start = 0 if config.start is None else int(closes.index.searchsorted(pd.Timestamp(config.start)))
    first = max(start, bars_needed - 1)
    if first >= len(closes):
        raise InvalidValue(
            f"There are no bars to replay: strategy {config.strategy!r} needs {bars_needed} days of prices, and from "
            f"{config.start or 'the first day'} to {config.end or 'the last'} no day has as many behind it.",
            field="start",
        )
    last = len(closes) if config.max_bars is None else min(len(closes), first + config.max_bars)
    return Replay(closes=closes.iloc[:last], first=first, keep=config.history_bars)


def _moment(label: object) -> datetime:
    stamp = cast(pd.Timestamp, label)
    return stamp.to_pydatetime().replace(tzinfo=UTC)
