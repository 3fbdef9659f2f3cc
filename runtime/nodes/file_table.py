"""A table from a file of the analyst's own."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field, field_validator

from runtime.errors import InvalidValue, NotFound
from runtime.files.folders import MAX_PATH, check_name, find_file
from runtime.files.table_file import read_table_file
from runtime.market.as_of import as_of_day
from runtime.node import Effects, Family, NodeConfig, NodeContext, NodeKind, Port


class FileTableConfig(NodeConfig):
    """Which file, and what of it."""

    path: str = Field(
        default="table.csv",
        min_length=1,
        max_length=MAX_PATH,
        title="File",
        description="A CSV or Parquet file below the market folder or the uploads of the installation.",
    )
    columns: list[str] = Field(
        default_factory=list[str],
        max_length=1000,
        title="Columns",
        description="The columns to take. Leave empty for all of the file.",
    )

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        try:
            return check_name(path)
        except InvalidValue as error:
            raise ValueError(error.message) from error


class FileTable(NodeKind):
    """Reads any table; with a date column it is sorted by day, and a run with `as_of` sees no later day."""

    kind = "data.file_table"
    title = "Table from a file"
    family: ClassVar[Family] = "data"
    icon = "file-spreadsheet"
    summary = "Reads a table of numbers and texts from a CSV or Parquet file of your own."
    example: ClassVar[dict[str, Any]] = {"path": "factors.csv", "columns": ["factor", "beta"]}
    outputs = (Port(id="table", type="table", title="Table"),)
    effects: ClassVar[Effects] = "reads"
    headline = ("path", "columns")
    Config = FileTableConfig

    async def run(
        self,
        inputs: Mapping[str, Any],  # noqa: ARG002  a source of data has no inputs
        config: FileTableConfig,
        ctx: NodeContext,
    ) -> Mapping[str, Any]:
        """Return the table."""
        table: pd.DataFrame = await ctx.compute(_load, tuple(ctx.files), config, as_of_day(ctx.inputs))
        if table.empty:
            raise InvalidValue(f"{config.path} has no rows up to {as_of_day(ctx.inputs)}.", field="path")
        return {"table": table}


def _load(folders: Sequence[Path], config: FileTableConfig, end: date | None) -> pd.DataFrame:
    table = read_table_file(find_file(folders, config.path))
    for name in config.columns:
        if name not in table.columns:
            raise NotFound("column", name, known=[str(column) for column in table.columns])
    chosen = table[list(dict.fromkeys(config.columns))] if config.columns else table
    if end is not None and isinstance(chosen.index, pd.DatetimeIndex):
        return chosen[chosen.index < pd.Timestamp(end + timedelta(days=1))]
    return chosen
