"""Prices from a file of the analyst's own."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Self

import pandas as pd
from pydantic import Field, field_validator, model_validator

from runtime.errors import InvalidValue
from runtime.files.folders import MAX_PATH, check_name, find_file
from runtime.files.table_file import check_parquet
from runtime.market.as_of import as_of_day, earliest
from runtime.market.price_file import read_price_file
from runtime.market.selection import select
from runtime.node import Effects, Family, NodeConfig, NodeContext, NodeKind, Port


class FilePricesConfig(NodeConfig):
    """Which file, and what of it."""

    path: str = Field(
        default="prices.csv",
        min_length=1,
        max_length=MAX_PATH,
        title="File",
        description=(
            "A CSV or Parquet file below the market folder or the uploads of the installation. Either a date column and a "
            "column of closes per symbol, or a date column and a column named close; then the file's name is the symbol."
        ),
    )
    symbols: list[str] = Field(
        default_factory=list[str],
        max_length=5000,
        title="Symbols",
        description="The symbols to take. Leave empty for all of the file.",
    )
    start: date | None = Field(
        default=None, title="First day", description="Leave empty to start with the oldest price."
    )
    end: date | None = Field(
        default=None,
        title="Last day",
        description="Leave empty for the newest price. A run started with `as_of` never sees a later day.",
    )

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        try:
            return check_name(path)
        except InvalidValue as error:
            raise ValueError(error.message) from error

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.start > self.end:
            raise ValueError("the first day is after the last day")
        return self


class FilePrices(NodeKind):
    """Reads daily closes from one file; says which line is wrong when one is."""

    kind = "data.file_prices"
    title = "Prices from a file"
    family: ClassVar[Family] = "data"
    icon = "file-chart-line"
    summary = "Reads daily closes from a CSV or Parquet file of your own, in USD."
    example: ClassVar[dict[str, Any]] = {"path": "prices.csv"}
    outputs = (Port(id="prices", type="prices", title="Prices"),)
    effects: ClassVar[Effects] = "reads"
    headline = ("path", "symbols")
    Config = FilePricesConfig

    async def run(
        self,
        inputs: Mapping[str, Any],  # noqa: ARG002  a source of data has no inputs
        config: FilePricesConfig,
        ctx: NodeContext,
    ) -> Mapping[str, Any]:
        """Return the closes, days × symbols."""
        end = earliest(config.end, as_of_day(ctx.inputs))
        frame: pd.DataFrame = await ctx.compute(_load, tuple(ctx.files), config, end)
        if frame.empty:
            raise InvalidValue(
                f"{config.path} has no prices from {config.start or 'the first day'} to {end or 'the last day'}.",
                field="start",
            )
        return {"prices": frame}


def _load(folders: Sequence[Path], config: FilePricesConfig, end: date | None) -> pd.DataFrame:
    path = find_file(folders, config.path)
    if path.name.lower().endswith(".parquet"):
        check_parquet(path)
    closes = read_price_file(path)
    wanted = list(dict.fromkeys(config.symbols)) or [str(name) for name in closes.columns]
    return select(closes, wanted, start=config.start, end=end)
