"""Real prices with no download: 20 S&P 500 shares, 1990-2022, from the data file inside the `skfolio` package."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from runtime.errors import Unavailable
from runtime.market.selection import select

_DATA_FILE = Path("datasets", "data", "sp500_dataset.csv.gz")


class ShippedPrices:
    """Daily adjusted closes of AAPL … XOM, 1990-01-02 to 2022-12-28, in USD."""

    def symbols(self) -> Sequence[str]:
        """Return the 20 symbols, sorted."""
        return sorted(shipped_frame().columns)

    def prices(self, symbols: Sequence[str], *, start: date | None, end: date | None) -> pd.DataFrame:
        """Return closes, days × symbols, both ends included; raises `NotFound` for an unknown symbol."""
        return select(shipped_frame(), symbols, start=start, end=end)


@cache
def shipped_frame() -> pd.DataFrame:
    """Return all shipped closes, read once per process. Callers copy before they change anything."""
    # find_spec finds the folder without importing the package, which would pull in scikit-learn (seconds).
    package = find_spec("skfolio")
    folders = [] if package is None else list(package.submodule_search_locations or [])
    path = next(
        (Path(folder) / _DATA_FILE for folder in folders if (Path(folder) / _DATA_FILE).is_file()), None
    )
    if path is None:
        raise Unavailable("The shipped prices are missing: the skfolio package has no sp500_dataset.csv.gz.")
    frame = pd.read_csv(path, index_col=0, parse_dates=[0]).astype(float)
    frame.index.name = "date"
    return frame.sort_index(axis="columns")
