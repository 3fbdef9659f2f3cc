"""Nodes that read files: what of a file they take."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from runtime.catalog import kind_named
from runtime.errors import InvalidValue, NotFound
from tests.fakes import make_context

PRICES = "date,AAA,BBB\n2024-01-02,10,20\n2024-01-03,11,21\n2024-01-04,12,22\n"


async def run(tmp_path: Path, kind: str, *, as_of: str = "", **config: object) -> Any:
    """Run a file node over one folder with one file."""
    (tmp_path / "own.csv").write_text(PRICES)
    node = kind_named(kind)
    context = make_context(tmp_path, files=[tmp_path], inputs={"as_of": as_of})
    return await node().run({}, node.Config.model_validate({"path": "own.csv"} | config), context)


async def test_prices_are_cut_to_symbols_and_days(tmp_path: Path) -> None:
    frame = (await run(tmp_path, "data.file_prices", symbols=["BBB"], start="2024-01-03"))["prices"]

    assert frame["BBB"].tolist() == [21, 22]
    assert list(frame.columns) == ["BBB"]


@pytest.mark.parametrize(("kind", "port"), [("data.file_prices", "prices"), ("data.file_table", "table")])
async def test_a_run_with_as_of_never_sees_a_later_day(tmp_path: Path, kind: str, port: str) -> None:
    frame = (await run(tmp_path, kind, as_of="2024-01-03"))[port]

    assert frame.index[-1] == pd.Timestamp("2024-01-03")


@pytest.mark.parametrize("kind", ["data.file_prices", "data.file_table"])
async def test_a_run_before_the_first_row_says_so(tmp_path: Path, kind: str) -> None:
    with pytest.raises(InvalidValue, match=r"own\.csv has no"):
        await run(tmp_path, kind, as_of="2020-01-01")


async def test_columns_are_chosen_by_name(tmp_path: Path) -> None:
    table = (await run(tmp_path, "data.file_table", columns=["BBB"]))["table"]

    assert list(table.columns) == ["BBB"]
    with pytest.raises(NotFound, match="column 'BBC'"):
        await run(tmp_path, "data.file_table", columns=["BBC"])


async def test_an_unknown_symbol_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="Did you mean 'AAA'"):
        await run(tmp_path, "data.file_prices", symbols=["AAB"])


@pytest.mark.parametrize("kind", ["data.file_prices", "data.file_table"])
def test_a_path_that_leads_out_is_an_error_of_its_field(kind: str) -> None:
    with pytest.raises(ValidationError, match="no file of the workflow's folder") as caught:
        kind_named(kind).Config.model_validate({"path": "../studio.csv"})

    assert caught.value.errors()[0]["loc"] == ("path",)


async def test_an_installation_without_a_folder_says_that_there_is_no_file(tmp_path: Path) -> None:
    node = kind_named("data.file_prices")

    with pytest.raises(NotFound, match=r"no file 'own\.csv'"):
        await node().run(
            {}, node.Config.model_validate({"path": "own.csv"}), make_context(tmp_path, files=())
        )
