"""Cut symbols and days out of a frame of closes."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from runtime.errors import NotFound


def select(
    frame: pd.DataFrame, symbols: Sequence[str], *, start: date | None, end: date | None
) -> pd.DataFrame:
    """Return a copy of the given symbols, in that order, and days, both ends included.

    Raises `NotFound` with the nearest known symbol. Days outside the data give an empty frame.
    """
    known = [str(column) for column in frame.columns]
    for symbol in symbols:
        if symbol not in known:
            raise NotFound("symbol", symbol, known=known)
    first = None if start is None else pd.Timestamp(start)
    last = None if end is None else pd.Timestamp(end)
    return frame.loc[first:last, list(symbols)].copy()
