"""Tables from files: typed columns, and a clear word for each fault."""

from pathlib import Path

import pandas as pd
import pytest

from runtime.errors import InvalidValue, TooLarge
from runtime.files import table_file
from runtime.files.table_file import read_table_file
from runtime.values import Value, encode


def written(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_columns_become_numbers_only_where_every_cell_is_one(tmp_path: Path) -> None:
    table = read_table_file(written(tmp_path, "name,a,b\nx,1,2\ny,,n/a\n"))

    assert table["a"].dtype == float
    assert table["a"].isna().tolist() == [False, True]
    assert table["b"].tolist() == ["2", "n/a"]
    encode(Value(type="table", data=table))


def test_a_date_column_becomes_a_sorted_index(tmp_path: Path) -> None:
    table = read_table_file(written(tmp_path, "Date,a\n2024-02-01,2\n2024-01-01,1\n2024-02-01,3\n"))

    assert table["a"].tolist() == [1, 2, 3]
    assert table.index[0] == pd.Timestamp("2024-01-01")


def test_parquet_gives_what_was_stored_and_odd_cells_become_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"n": [1, 2], "lists": [[1], [2]], "name": ["x", None]})
    frame.to_parquet(tmp_path / "t.parquet")

    table = read_table_file(tmp_path / "t.parquet")

    assert table["n"].tolist() == [1, 2]
    assert table["lists"].tolist() == ["[1]", "[2]"]
    encode(Value(type="table", data=table))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("hello", "not a CSV table"),
        ("a;b\n1;2\n", "separated by commas"),
        ("a,b\n", "header but no rows"),
        ("a,b\n1\n", "line 2: 1 fields where the header has 2"),
        ("a,a\n1,2\n", "two columns named 'a'"),
        ("date,a\nsoon,2\n", "row 1: 'soon' is not a date"),
        ('a,b\n"1,2\n', "not CSV"),
        ("<html>\n<body>\n", "not a CSV table"),
    ],
)
def test_a_file_that_is_no_table_is_told_apart(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        read_table_file(written(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [("t.csv", b"PAR1\0\0", "binary data"), ("t.parquet", b"a,b\n1,2\n", "not a Parquet file")],
)
def test_a_file_that_is_not_what_its_name_says_is_told_apart(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(InvalidValue, match=words):
        read_table_file(tmp_path / name)


def test_a_table_over_the_limit_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_file, "MAX_CELLS", 5)
    pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, 3]}).to_parquet(tmp_path / "t.parquet")

    with pytest.raises(TooLarge, match="3 rows × 2 columns"):
        read_table_file(tmp_path / "t.parquet")
    with pytest.raises(TooLarge, match="3 rows × 2 columns"):
        read_table_file(written(tmp_path, "a,b\n1,1\n2,2\n3,3\n"))
