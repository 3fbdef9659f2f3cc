"""Read a CSV or Parquet file as a table with typed columns."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from runtime.errors import InvalidValue, TooLarge
from runtime.market.csv_table import MAX_BYTES, read_csv_table
from runtime.market.price_file import DATE_NAMES

MAX_CELLS = 20_000_000


def read_table_file(path: Path) -> pd.DataFrame:
    """Return the table: columns of numbers, of yes/no, or of text; a column named date becomes a sorted index of days.

    Raises `InvalidValue` naming file and fault, `TooLarge` over the limits.
    """
    if path.name.lower().endswith(".parquet"):
        check_parquet(path)
        table = _plain_columns(pd.read_parquet(path))
    else:
        table = _from_csv(path)
    if table.empty:
        raise InvalidValue(f"{path.name} has a header but no rows.")
    return _by_day(table, path)


def check_parquet(path: Path) -> None:
    """Raise unless the file is Parquet and small enough once it is unpacked."""
    try:
        about = pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        raise InvalidValue(f"{path.name} is not a Parquet file that can be read: {error}.") from error
    unpacked = sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
    if unpacked > 4 * MAX_BYTES or about.num_rows * about.num_columns > MAX_CELLS:
        raise TooLarge(f"{path.name} is too large: {about.num_rows:,} rows × {about.num_columns:,} columns.")


def _from_csv(path: Path) -> pd.DataFrame:
    text = read_csv_table(path)
    if len(text.rows) * len(text.header) > MAX_CELLS:
        raise TooLarge(f"{path.name} is too large: {len(text.rows):,} rows × {len(text.header):,} columns.")
    twin = next((name for place, name in enumerate(text.header) if name in text.header[:place]), None)
    if twin is not None:
        raise InvalidValue(f"{path.name}: there are two columns named {twin!r}.")
    table = pd.DataFrame(text.rows, columns=pd.Index(text.header, dtype=object), dtype=object)
    return pd.DataFrame({name: _typed(table[name]) for name in table.columns})


def _typed(column: pd.Series) -> pd.Series:
    """Return numbers when every cell that is not empty is one, else text; empty cells are unknown."""
    text = column.map(str.strip)
    known = text.where(text != "", None)
    numbers = pd.to_numeric(known, errors="coerce").astype(float)
    return numbers if not (numbers.isna() & known.notna()).any() else known


def _plain_columns(table: pd.DataFrame) -> pd.DataFrame:
    if isinstance(table.index, pd.DatetimeIndex) or table.index.name is not None:
        table = table.reset_index(names=table.index.name or "date")
    table.columns = pd.Index([str(name).strip() for name in table.columns], dtype=object)
    plain = {
        name: column if column.dtype.kind in "biufM" else column.map(str, na_action="ignore")
        for name, column in table.items()
    }
    return pd.DataFrame(plain)


def _by_day(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    name = next((name for name in table.columns if str(name).lower() in DATE_NAMES), None)
    if name is None or table.shape[1] == 1:
        return table
    parsed = pd.to_datetime(table[name], format="ISO8601", errors="coerce", utc=True)
    bad = parsed.isna().to_numpy()
    if bad.any():
        row = int(bad.argmax())
        raise InvalidValue(
            f"{path.name}, row {row + 1}: {str(table[name].iloc[row])[:40]!r} is not a date. Write dates as YYYY-MM-DD."
        )
    days = pd.DatetimeIndex(parsed.dt.tz_localize(None), name="date").as_unit("us")
    return table.drop(columns=[name]).set_index(days).sort_index(kind="stable")
