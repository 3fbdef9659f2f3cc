"""Prices from a folder of CSV or Parquet files, read again when a file has changed."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd

from runtime.errors import InvalidValue
from runtime.market.price_file import SUFFIXES, is_price_file, read_price_file
from runtime.market.selection import select

Fingerprint = tuple[tuple[str, int, int], ...]
"""Name, time of change in ns and size in bytes of each file."""


class FolderPrices:
    """Daily closes from the files of one folder; see `runtime.market.price_file` for their shapes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def symbols(self) -> Sequence[str]:
        """Return the symbols of all files, sorted; raises `InvalidValue` when a file is wrong."""
        return sorted(self._frame().columns)

    def prices(self, symbols: Sequence[str], *, start: date | None, end: date | None) -> pd.DataFrame:
        """Return closes, days × symbols, both ends included; raises `NotFound` for an unknown symbol."""
        return select(self._frame(), symbols, start=start, end=end)

    def _frame(self) -> pd.DataFrame:
        return _read_folder(self._folder.absolute(), _fingerprint(self._folder))


def _fingerprint(folder: Path) -> Fingerprint:
    if not folder.is_dir():
        raise InvalidValue(f"The market folder {str(folder)!r} is not a folder.", field="market_folder")
    files = sorted(path for path in folder.iterdir() if is_price_file(path) and path.is_file())
    if not files:
        raise InvalidValue(
            f"The market folder {str(folder)!r} holds no price files ({', '.join(SUFFIXES)}).",
            field="market_folder",
        )
    return tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)


@lru_cache(maxsize=2)
def _read_folder(folder: Path, fingerprint: Fingerprint) -> pd.DataFrame:
    """Return all closes of a folder as it was at its fingerprint, days × symbols."""
    owner: dict[str, str] = {}
    frames: list[pd.DataFrame] = []
    for name, _, _ in fingerprint:
        frame = read_price_file(folder / name)
        for symbol in map(str, frame.columns):
            if symbol in owner:
                raise InvalidValue(f"{owner[symbol]} and {name} both hold prices of {symbol!r}.")
            owner[symbol] = name
        frames.append(frame)
    return pd.concat(frames, axis="columns", join="outer", sort=True).sort_index(axis="columns")
