"""Read one CSV or Parquet file of daily prices, or say exactly what is wrong with it.

Two shapes: *wide* (a date column, then one column of closes per symbol) and *single* (a date column and a column `close` or
`adj close`; the file's name is the symbol, other columns are ignored). Dates are written YYYY-MM-DD.
"""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from runtime.errors import InvalidValue, TooLarge
from runtime.market.csv_table import MAX_BYTES, read_csv_table

DATE_NAMES = frozenset({"date", "day", "datetime", "time", "timestamp"})
CLOSE_NAMES = ("adj close", "adj_close", "adjclose", "adjusted close", "adjusted_close", "close")
"""In order of preference."""
SUFFIXES = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """Columns as they were read, and how to name a row of them."""

    table: pd.DataFrame
    where: list[str]
    """For each row, the words that find it in the file."""


def read_price_file(path: Path) -> pd.DataFrame:
    """Return closes in USD, ascending unique days × symbols, NaN where a cell is empty.

    Raises `InvalidValue` naming file, line and fault, `TooLarge` over the limit.
    """
    cells = _from_parquet(path) if path.name.lower().endswith(".parquet") else _from_csv(path)
    date_column = _date_column(list(cells.table.columns), path)
    days = _days(cells, date_column, path)
    columns = _price_columns([name for name in cells.table.columns if name != date_column], path)
    closes = pd.DataFrame(
        {symbol: _closes(cells, column, path) for column, symbol in columns.items()}, dtype=float
    )
    closes.index = days
    if closes.isna().to_numpy().all():
        raise InvalidValue(f"{path.name} holds no prices.")
    return closes.sort_index()


def is_price_file(path: Path) -> bool:
    """Tell whether a name has a suffix that can be read; hidden files have not."""
    return path.name.lower().endswith(SUFFIXES) and not path.name.startswith(".")


def symbol_of(path: Path) -> str:
    """Return the symbol that a single-share file is named after."""
    suffix = next(suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix))
    return unicodedata.normalize("NFC", path.name[: -len(suffix)])


def _from_csv(path: Path) -> _Cells:
    text = read_csv_table(path)
    _refuse_twins(text.header, path)
    table = pd.DataFrame(text.rows, columns=pd.Index(text.header, dtype=object), dtype=object)
    return _Cells(table=table, where=[f"line {line}" for line in text.lines])


def _from_parquet(path: Path) -> _Cells:
    if path.stat().st_size > MAX_BYTES:
        raise TooLarge(f"{path.name} is larger than {MAX_BYTES // 2**20} MB.")
    try:
        table = pd.read_parquet(path)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise InvalidValue(f"{path.name} is not a Parquet file that can be read: {error}.") from error
    if isinstance(table.index, pd.DatetimeIndex) or table.index.name is not None:
        table = table.reset_index(names="date")
    table.columns = pd.Index([str(name).strip() for name in table.columns], dtype=object)
    _refuse_twins(list(table.columns), path)
    return _Cells(table=table, where=[f"row {row}" for row in range(1, len(table) + 1)])


def _refuse_twins(header: list[str], path: Path) -> None:
    names = [unicodedata.normalize("NFC", name) for name in header]
    twin = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twin is not None:
        raise InvalidValue(f"{path.name}: there are two columns named {twin!r}.")


def _date_column(header: list[str], path: Path) -> str:
    for name in header:
        if name.lower() in DATE_NAMES:
            return name
    # What pandas writes for an index without a name: a first column without a title.
    if header and header[0] == "":
        return ""
    raise InvalidValue(f"{path.name}: there is no column named date. Found: {', '.join(header[:6])}.")


def _days(cells: _Cells, column: str, path: Path) -> pd.DatetimeIndex:
    raw = cells.table[column]
    if raw.empty:
        raise InvalidValue(f"{path.name} has a header but no rows.")
    parsed = pd.to_datetime(raw, format="ISO8601", errors="coerce", utc=True)
    bad = parsed.isna().to_numpy()
    if bad.any():
        row = int(np.argmax(bad))
        raise InvalidValue(
            f"{path.name}, {cells.where[row]}: {str(raw.iloc[row])!r} is not a date. Write dates as YYYY-MM-DD."
        )
    days = pd.DatetimeIndex(parsed.dt.tz_localize(None).dt.normalize(), name="date").as_unit("us")
    twins = np.asarray(days.duplicated())
    if twins.any():
        row = int(np.argmax(twins))
        raise InvalidValue(f"{path.name}, {cells.where[row]}: the day {days[row]:%Y-%m-%d} appears twice.")
    return days


def _price_columns(names: list[str], path: Path) -> dict[str, str]:
    """Return column → symbol: the file's name for a single share, else each column's own."""
    by_lower = {name.lower(): name for name in names}
    close = next((by_lower[name] for name in CLOSE_NAMES if name in by_lower), None)
    if close is not None:
        return {close: symbol_of(path)}
    if "" in names:
        raise InvalidValue(f"{path.name}: a column has no name; it must be a symbol.")
    return {name: unicodedata.normalize("NFC", name) for name in names}


def _closes(cells: _Cells, column: str, path: Path) -> pd.Series:
    raw = cells.table[column]
    text = raw.map(lambda cell: cell.strip() if isinstance(cell, str) else cell)
    empty = text.isna() | (text == "")
    numbers = pd.to_numeric(text.where(~empty, None), errors="coerce").astype(float)
    for fault, is_bad in (
        ("is not a number", numbers.isna() & ~empty),
        ("is not a finite number", numbers.abs() == np.inf),
        ("is not a price: prices are above zero", numbers <= 0.0),
    ):
        if is_bad.any():
            row = int(np.argmax(is_bad.to_numpy()))
            cell = str(raw.iloc[row])[:40]
            raise InvalidValue(f"{path.name}, {cells.where[row]}, column {column!r}: {cell!r} {fault}.")
    return numbers
