"""Prices from a folder: both shapes, and a clear word for each fault."""

import gzip
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from runtime.errors import InvalidValue, NotFound, TooLarge
from runtime.market.folder import FolderPrices
from runtime.market.shipped import ShippedPrices
from runtime.market.source import price_source
from runtime.settings import Settings

WIDE = "date,AAA,BBB\n2024-01-03,11,20\n2024-01-02,10,\n"


def folder_with(tmp_path: Path, **files: str | bytes) -> FolderPrices:
    """Write files, `__` in a name standing for a dot, and return the folder as a source."""
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name.replace("__", ".")).write_bytes(data)
    return FolderPrices(tmp_path)


def test_a_wide_file_is_sorted_and_keeps_its_holes(tmp_path: Path) -> None:
    frame = folder_with(tmp_path, prices__csv=WIDE).prices(["BBB", "AAA"], start=None, end=None)

    expected = pd.DataFrame(
        {"BBB": [np.nan, 20.0], "AAA": [10.0, 11.0]},
        index=pd.DatetimeIndex(["2024-01-02", "2024-01-03"], name="date").as_unit("us"),
    )
    pd.testing.assert_frame_equal(frame, expected)


def test_single_files_are_named_after_their_symbol_and_prefer_adjusted_closes(tmp_path: Path) -> None:
    source = folder_with(
        tmp_path,
        AAA__csv="Date,Open,Close,Adj Close,Volume\n2024-01-02,1,100,99,5\n",
        ÄÖ__csv="date,close\n2024-01-03T00:00:00Z,7\n",
        README__md="not prices",
    )

    assert source.symbols() == ["AAA", "ÄÖ"]
    frame = source.prices(["AAA", "ÄÖ"], start=None, end=None)
    assert frame.loc["2024-01-02", "AAA"] == 99.0
    assert frame.loc["2024-01-03", "ÄÖ"] == 7.0


def test_parquet_and_packed_files_give_what_csv_gives(tmp_path: Path) -> None:
    shipped = ShippedPrices().prices(["AAPL", "XOM"], start=date(2022, 1, 1), end=None)
    shipped.to_parquet(tmp_path / "wide.parquet")
    other = ShippedPrices().prices(["JNJ"], start=date(2022, 1, 1), end=None)
    (tmp_path / "more.csv.gz").write_bytes(gzip.compress(other.to_csv().encode()))

    frame = FolderPrices(tmp_path).prices(["AAPL", "XOM", "JNJ"], start=None, end=None)

    expected = ShippedPrices().prices(["AAPL", "XOM", "JNJ"], start=date(2022, 1, 1), end=None)
    pd.testing.assert_frame_equal(frame, expected)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    source = folder_with(tmp_path, prices__csv=WIDE)
    assert source.symbols() == ["AAA", "BBB"]

    folder_with(tmp_path, prices__csv="date,CCC\n2024-01-02,1\n")
    os.utime(tmp_path / "prices.csv", ns=(1, 1))

    assert source.symbols() == ["CCC"]


def test_an_unknown_symbol_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="'ZZZ'"):
        folder_with(tmp_path, prices__csv=WIDE).prices(["ZZZ"], start=None, end=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A bad file and what must be said of it."""

    content: bytes
    says: str
    name: str = "bad.csv"


FAULTS = {
    "empty": Fault(content=b"", says="bad.csv is empty"),
    "only blank lines": Fault(content=b"\n\n", says="bad.csv is empty"),
    "header only": Fault(content=b"date,AAA\n", says="bad.csv has a header but no rows"),
    "prose": Fault(content=b"Dear reader\n", says="line 1: this is not a CSV table"),
    "semicolons": Fault(
        content=b"date;AAA\n2024-01-02;1\n", says="line 1: the fields must be separated by commas"
    ),
    "binary": Fault(content=b"\x89PNG\0\0\0", says="holds binary data"),
    "not utf-8": Fault(content=b"date,AAA\n2024-01-02,1\n\xff\xfe,2\n", says="line 3: the text is not UTF-8"),
    "no date column": Fault(content=b"day of week,AAA\nmon,1\n", says="no column named date.*day of week"),
    "bad date": Fault(
        content=b"date,AAA\n2024-01-02,1\n02/01/2024,1\n", says="line 3: '02/01/2024' is not a date"
    ),
    "empty date": Fault(content=b"date,AAA\n,1\n", says="line 2: '' is not a date"),
    "bad date after a blank line": Fault(
        content=b"date,AAA\n\nsoon,1\n", says="line 3: 'soon' is not a date"
    ),
    "duplicate date": Fault(
        content=b"date,AAA\n2024-01-02,1\n2024-01-03,1\n2024-01-02,2\n",
        says="line 4: the day 2024-01-02 appears twice",
    ),
    "not a number": Fault(
        content=b"date,AAA,BBB\n2024-01-02,1,n/a\n", says="line 2, column 'BBB': 'n/a' is not a number"
    ),
    "negative": Fault(content=b"date,AAA\n2024-01-02,-1\n", says="line 2, column 'AAA': '-1' is not a price"),
    "zero": Fault(content=b"date,AAA\n2024-01-02,0\n", says="'0' is not a price"),
    "infinite": Fault(content=b"date,AAA\n2024-01-02,inf\n", says="'inf' is not a finite number"),
    "too few fields": Fault(
        content=b"date,AAA,BBB\n2024-01-02,1\n", says="line 2: 2 fields where the header has 3"
    ),
    "too many fields": Fault(
        content=b"date,AAA\n2024-01-02,1,2\n", says="line 2: 3 fields where the header has 2"
    ),
    "open quote": Fault(content=b'date,AAA\n2024-01-02,"1\n', says="this is not CSV"),
    "same column twice": Fault(content=b"date,AAA,AAA\n2024-01-02,1,2\n", says="two columns named 'AAA'"),
    "nameless column": Fault(content=b"date,AAA,\n2024-01-02,1,2\n", says="a column has no name"),
    "no price at all": Fault(content=b"date,AAA\n2024-01-02,\n", says="holds no prices"),
    "not gzip": Fault(content=b"date,AAA\n", says="cannot be read", name="bad.csv.gz"),
    "cut gzip": Fault(content=gzip.compress(WIDE.encode())[:-9], says="cannot be read", name="bad.csv.gz"),
    "not parquet": Fault(content=b"PAR0", says="not a Parquet file", name="bad.parquet"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named_with_its_file_and_place(fault: Fault, tmp_path: Path) -> None:
    (tmp_path / fault.name).write_bytes(fault.content)

    with pytest.raises(InvalidValue, match=fault.says) as refusal:
        FolderPrices(tmp_path).symbols()

    assert fault.name in refusal.value.message


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.market.csv_table.MAX_BYTES", 1024 * 1024)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"date,AAA\n" + b"\n" * 2_000_000))

    with pytest.raises(TooLarge, match=r"bomb.csv.gz is larger than 1 MB"):
        FolderPrices(tmp_path).symbols()


def test_a_symbol_in_two_files_is_refused(tmp_path: Path) -> None:
    source = folder_with(tmp_path, one__csv=WIDE, two__csv="date,AAA\n2024-01-02,1\n")

    with pytest.raises(InvalidValue, match=r"one.csv and two.csv both hold prices of 'AAA'"):
        source.symbols()


def test_a_folder_that_is_missing_or_has_no_prices_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="holds no price files"):
        FolderPrices(tmp_path).symbols()
    with pytest.raises(InvalidValue, match="is not a folder"):
        FolderPrices(tmp_path / "nowhere").symbols()


def test_the_settings_choose_the_source(tmp_path: Path) -> None:
    folder_with(tmp_path, prices__csv=WIDE)

    assert price_source(Settings(market_folder=tmp_path)).symbols() == ["AAA", "BBB"]
    assert len(price_source(Settings()).symbols()) == 20
